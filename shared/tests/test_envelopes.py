"""What an envelope is read from."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shared.messaging.events import Envelope, in_json, plain

WHOLE_NUMBERS = st.integers(-(2**53), 2**53)
NUMBERS = WHOLE_NUMBERS | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ENVELOPES = st.builds(
    Envelope,
    id=st.uuids(),
    type=st.text(),
    source=st.text(),
    aggregate_id=st.uuids(),
    version=WHOLE_NUMBERS,
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    actor_id=st.none() | st.uuids(),
    request_id=st.none() | st.text(),
    traceparent=st.none() | st.text(),
    contents=st.dictionaries(st.text(), VALUES, max_size=3).map(in_json),
    impersonator_id=st.none() | st.uuids(),
)
LATER_NAMES = ("actor_id", "request_id", "traceparent", "impersonator_id")


@given(ENVELOPES)
def test_what_was_written_is_read(envelope: Envelope) -> None:
    assert Envelope.from_json(envelope.to_json()) == envelope


@given(ENVELOPES, st.sets(st.sampled_from(LATER_NAMES), min_size=1))
def test_one_of_before_lacks_what_was_added(envelope: Envelope, missing: set[str]) -> None:
    older = {name: value for name, value in orjson.loads(envelope.to_json()).items() if name not in missing}
    read = Envelope.from_json(orjson.dumps(older | {"new": 1}))
    expected = {name: None if name in missing else getattr(envelope, name) for name in LATER_NAMES}
    assert {name: getattr(read, name) for name in LATER_NAMES} == expected
    assert (read.id, read.occurred_at, read.data) == (envelope.id, envelope.occurred_at, envelope.data)


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", "{}", "null", '{"id": 1}', b"\xff", '{"id": {"a": ' * 100_000 + "1" + "}" * 200_000]
)
def test_what_is_none_is_refused(body: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Envelope.from_json(body)


@pytest.mark.parametrize("data", ["[]", "5", "null", '"text"', '{"of": nothing}', b'{"name": "\xff"}'])
def test_an_event_without_data_that_can_be_read_is_refused(data: str | bytes) -> None:
    envelope = Envelope(
        UUID(int=1), "a.b", "a", UUID(int=2), 1, datetime(2026, 3, 1, tzinfo=UTC), None, None, None, Raw(b"0")
    )
    before, after = envelope.to_json().encode().split(b'"data":0')
    with pytest.raises(ValueError, match=r"."):
        Envelope.from_json(before + b'"data":' + (data if isinstance(data, bytes) else data.encode()) + after)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_money_has_two_decimals_and_more_only_where_it_has_more(amount: Decimal) -> None:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    assert plain({"amount": amount}) == {"amount": f"{amount:.2f}" if exponent >= -2 else str(amount)}
