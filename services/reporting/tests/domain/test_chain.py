import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.chain import START, ChainBroken, Entry, Link, canonical, check, next_link

ENTRY = Entry(
    id=UUID(int=1),
    actor_id=None,
    actor_email="ada@example.org",
    actor_role="ADMIN",
    action="LOAN_CREATED",
    entity_name="Loan",
    entity_id="7",
    before=None,
    after='{"status":"DRAFT"}',
    metadata=None,
    ip_address=None,
    user_agent=None,
    occurred_at=datetime(2026, 3, 11, 12, tzinfo=UTC),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
)


@given(json_values)
def test_canonical_text_stays_the_same_when_read_and_written_again(value):
    text = canonical(value)
    assert canonical(json.loads(text)) == text


def test_canonical_text_does_not_depend_on_the_order_of_keys():
    assert canonical({"b": 1, "a": [1, {"d": 2, "c": 3}]}) == canonical({"a": [1, {"c": 3, "d": 2}], "b": 1})


def test_the_same_moment_has_the_same_hash_in_every_zone():
    elsewhere = ENTRY.occurred_at.astimezone(timezone(timedelta(hours=1)))
    assert next_link(START, replace(ENTRY, occurred_at=elsewhere)) == next_link(START, ENTRY)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "LOAN_DELETED"},
        {"after": '{"status":"ACTIVE"}'},
        {"actor_email": None},
        {"occurred_at": ENTRY.occurred_at + timedelta(microseconds=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_does_not_fit_its_hash(change):
    with pytest.raises(ChainBroken, match=r"Entry 1 .* is not what was written"):
        check(START, next_link(START, ENTRY), replace(ENTRY, **change))


def test_an_entry_does_not_fit_behind_another_than_the_one_it_was_written_behind():
    first = next_link(START, ENTRY)
    other = next_link(START, replace(ENTRY, action="LOAN_UPDATED"))
    with pytest.raises(ChainBroken):
        check(other, next_link(first, ENTRY), ENTRY)


def test_a_missing_entry_is_named():
    first = next_link(START, ENTRY)
    with pytest.raises(ChainBroken, match="Entry 2 is missing"):
        check(first, Link(3, bytes(32)), ENTRY)
