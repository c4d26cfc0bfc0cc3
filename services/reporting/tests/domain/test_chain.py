import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.reporting.domain.chain import (
    START,
    Batch,
    ChainBroken,
    Entry,
    Key,
    Keys,
    Link,
    canonical,
    chain_of,
    check,
    check_batch,
    check_end,
    check_link,
    link_behind,
    next_link,
)

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
SECRETS = ["the first of two keys for these tests", "the second of two keys for these tests"]
KEYS, KEY, OLDER = Keys(SECRETS), Key.of(SECRETS[0]), Key.of(SECRETS[1])
texts = st.text() | st.text(st.characters(max_codepoint=0x7F))
hashed_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.uuids(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(texts, parts, max_size=3),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(texts, parts, max_size=3),
)


@given(json_values)
def test_canonical_text_stays_the_same_when_read_and_written_again(value):
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@given(hashed_values)
@example({"\x7f": ["\x7f", "ọ", "\0"]})
def test_what_is_hashed_has_the_canonical_text_that_it_always_had(value):
    assert canonical(value) == json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def test_canonical_text_does_not_depend_on_the_order_of_keys():
    assert canonical({"b": 1, "a": [1, {"d": 2, "c": 3}]}) == canonical({"a": [1, {"c": 3, "d": 2}], "b": 1})


def test_the_same_moment_has_the_same_hash_in_every_zone():
    elsewhere = ENTRY.occurred_at.astimezone(timezone(timedelta(hours=1)))
    assert next_link(START, replace(ENTRY, occurred_at=elsewhere), KEY) == next_link(START, ENTRY, KEY)


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
@pytest.mark.parametrize("key", [KEY, OLDER, None], ids=["newest", "older", "none"])
def test_a_changed_entry_does_not_fit_its_hash(change, key):
    link = next_link(START, ENTRY, key)
    check(START, link, ENTRY, KEYS)
    with pytest.raises(ChainBroken, match=r"Entry 1 .* is not what was written"):
        check(START, link, replace(ENTRY, **change), KEYS)


def test_an_entry_does_not_fit_behind_another_than_the_one_it_was_written_behind():
    first = next_link(START, ENTRY, KEY)
    other = next_link(START, replace(ENTRY, action="LOAN_UPDATED"), KEY)
    with pytest.raises(ChainBroken):
        check(other, next_link(first, ENTRY, KEY), ENTRY, KEYS)


def test_a_missing_entry_is_named():
    first = next_link(START, ENTRY, KEY)
    with pytest.raises(ChainBroken, match="Entry 2 is missing"):
        check(first, Link(3, bytes(32), KEY.id), ENTRY, KEYS)


def test_who_has_no_key_makes_no_entry_that_fits():
    forged = replace(next_link(START, ENTRY, None), key_id=KEY.id)
    with pytest.raises(ChainBroken, match="not what was written"):
        check(START, forged, ENTRY, KEYS)


def test_behind_an_entry_under_a_key_there_is_none_without():
    first = next_link(START, ENTRY, KEY)
    with pytest.raises(ChainBroken, match=r"Entry 2 .* is under no key, and the one before it is"):
        check(first, next_link(first, ENTRY, None), ENTRY, KEYS)


def test_an_entry_under_a_key_that_is_not_given_cannot_be_verified_and_says_which():
    link = next_link(START, ENTRY, OLDER)
    with pytest.raises(ChainBroken, match=f"no key {OLDER.id} among {KEY.id}"):
        check(START, link, ENTRY, Keys(SECRETS[:1]))


def test_a_trail_of_which_nothing_is_under_a_key_is_not_believed():
    last = next_link(START, ENTRY, None)
    with pytest.raises(ChainBroken, match="No entry is under a key"):
        check_end(last, last)


def test_the_name_of_a_key_does_not_tell_it():
    assert KEY.id not in SECRETS[0]
    assert SECRETS[0] not in repr(KEY)
    assert KEY.id != OLDER.id


def test_a_batch_that_is_what_was_taken_in_holds_and_any_other_does_not():
    chain = chain_of([replace(ENTRY, id=UUID(int=number)) for number in (1, 2, 3)], KEY)
    batch = Batch(7, 3, chain[-1][0].hash)
    check_batch(batch, chain, KEYS, behind=40, redactions={})
    with pytest.raises(ChainBroken, match=r"Entry 43 is missing: batch 7 had 3 entries and has 2"):
        check_batch(batch, chain[:2], KEYS, behind=40, redactions={})
    with pytest.raises(ChainBroken, match=r"Entry 42 is missing: 43 follows 41"):
        check_batch(batch, [chain[0], chain[2]], KEYS, behind=40, redactions={})
    with pytest.raises(ChainBroken, match=r"Entry 43 is one too many: batch 7 had 2 entries and has 3"):
        check_batch(replace(batch, entries=2), chain, KEYS, behind=40, redactions={})
    with pytest.raises(ChainBroken, match=r"Batch 7, from entry 41 on, is not the one that was taken in"):
        check_batch(replace(batch, hash=bytes(32)), chain, KEYS, behind=40, redactions={})
    with pytest.raises(ChainBroken, match=r"Entry 41 .* is under no key, and came in a batch"):
        check_batch(batch, [(replace(chain[0][0], key_id=None), ENTRY)], KEYS, behind=40, redactions={})


def test_a_link_covers_which_batch_it_is_about_how_many_entries_it_has_and_what_was_before():
    last, batch = Link(40, bytes(32), KEY.id), Batch(7, 3, bytes(range(32)))
    link = link_behind(last, batch, KEY)
    assert (link.sequence, link.key_id) == (43, KEY.id)
    check_link(last, link, batch, KEYS)
    for other in (replace(batch, number=8), replace(batch, hash=bytes(32))):
        with pytest.raises(ChainBroken, match=r"Entry 41 does not follow"):
            check_link(last, link, other, KEYS)
    for wrong in (replace(link, key_id=None), replace(link, key_id=OLDER.id)):
        with pytest.raises(ChainBroken, match=r"Entry 41 does not follow"):
            check_link(last, wrong, batch, KEYS)
    check_link(last, link_behind(last, batch, OLDER), batch, KEYS)
    with pytest.raises(ChainBroken, match=r"Entry 41 does not follow"):
        check_link(replace(last, hash=bytes(range(32))), link, batch, KEYS)
    with pytest.raises(ChainBroken, match=r"Entry 41 is missing: 42 follows"):
        check_link(last, replace(link, sequence=44), batch, KEYS)
