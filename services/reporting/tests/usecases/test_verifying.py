"""A trail that nobody forged is verified, with its anchors, its keys and the seal of the first release."""

from datetime import timedelta
from functools import partial

import pytest

from services.reporting.consumers import TrailKey
from services.reporting.domain.anchor import Anchor
from services.reporting.domain.chain import Key, Keys, canonical
from services.reporting.queries import anchor_file
from services.reporting.tests.conftest import AUDIT_KEY
from services.reporting.tests.events import NOON, audit_event
from services.reporting.tests.events import hear as take_in
from services.reporting.tests.forgery import KEY, LATER, as_before_batches, hear, with_key, without_key
from services.reporting.usecases.anchors import publish_anchor, write_anchor
from services.reporting.usecases.trail import seal_trail
from shared.db import run_transaction
from shared.testing import check_contract


def test_an_empty_trail_holds(sessions, verify_audit):
    status, said = verify_audit()
    assert status == 0
    assert said.startswith("The audit trail holds: 0 entries")


@pytest.mark.usefixtures("a_trail")
def test_a_sound_trail_says_where_it_ends_and_with_what_it_was_compared(sessions, verify_audit, file):
    assert write_anchor(sessions, file, KEY, NOON)
    hear(sessions, audit_event())
    assert write_anchor(sessions, file, KEY, LATER)
    status, said = verify_audit()
    assert status == 0
    assert said.startswith("The audit trail holds: 7 entries, the last with hash ")
    assert "It agrees with 2 anchors, the newest of 2026-03-11T13:00:00+00:00 with 7 entries." in said


@pytest.mark.usefixtures("a_trail")
def test_without_an_anchor_it_says_that_there_is_nothing_to_compare_with(verify_audit):
    status, said = verify_audit()
    assert status == 2
    assert "There is no anchor to compare it with" in said


@pytest.mark.usefixtures("a_trail")
def test_what_is_no_anchor_is_said_to_be_none(verify_audit):
    assert verify_audit("--anchor", "what I remember") == (1, "This is no anchor: 'what I remember'")


@pytest.mark.usefixtures("a_trail")
def test_a_line_that_a_power_cut_spoilt_spoils_no_other(sessions, verify_audit, file):
    write_anchor(sessions, file, KEY, NOON)
    with file.open("a") as torn:
        torn.write("2026-03-11T12:30:00+00:00 7 2d71")
    hear(sessions, audit_event())
    write_anchor(sessions, file, KEY, LATER)
    status, said = verify_audit()
    assert status == 0
    assert "It agrees with 2 anchors" in said
    assert "1 lines of the anchor file cannot be read" in said


@pytest.mark.usefixtures("a_trail")
def test_the_file_grows_only_when_the_trail_has_moved(sessions, file):
    assert [write_anchor(sessions, file, KEY, NOON) for _ in range(3)] == [True, False, False]
    hear(sessions, audit_event())
    assert write_anchor(sessions, file, KEY, LATER)
    assert [anchor.sequence for anchor in anchor_file.read(file)[0]] == [6, 7]


@pytest.mark.usefixtures("a_trail")
def test_a_key_is_replaced_and_what_was_made_with_it_can_still_be_verified(sessions, verify_audit, file):
    newer = "a newer key for the audit trail of these tests"
    write_anchor(sessions, file, KEY, NOON)
    TrailKey.use(Keys([newer, AUDIT_KEY]).newest)
    try:
        hear(sessions, audit_event())
    finally:
        TrailKey.use(KEY)
    assert verify_audit(keys=f"{newer}, {AUDIT_KEY}")[0] == 0
    assert f"no key {KEY.id} among" in verify_audit(keys=newer)[1]
    assert f"no key {Key.of(newer).id} among" in verify_audit()[1]


@pytest.mark.usefixtures("unguarded")
def test_a_trail_of_the_first_release_is_sealed_once_and_verified_as_before(sessions, forger, verify_audit):
    """Its entries are under no key, and nothing of it is made anew."""
    hear(sessions, *[audit_event() for _ in range(5)])
    as_before_batches(forger, without_key, None)
    before = forger.execute("SELECT sequence, hash FROM audit_entries ORDER BY sequence").fetchall()
    assert "No entry is under a key" in verify_audit()[1]
    for _ in range(2):
        with sessions.begin() as session:
            seal_trail(session.connection(), KEY, LATER)
    hear(sessions, audit_event())
    status, said = verify_audit()
    assert (status, said.partition(",")[0]) == (2, "The audit trail holds: 7 entries")
    kept = forger.execute("SELECT sequence, hash FROM audit_entries WHERE batch = 0 ORDER BY sequence").fetchall()
    assert kept == before
    seal = forger.execute(
        "SELECT action, entity_name, after, audit_entries.key_id FROM audit_links JOIN audit_entries USING (batch)"
        " WHERE audit_links.sequence = 6"
    ).fetchone()
    assert seal == ("AUDIT_TRAIL_SEALED", "AuditTrail", canonical({"entries": 5, "hash": before[-1][1].hex()}), KEY.id)


@pytest.mark.usefixtures("unguarded", "a_trail")
def test_a_trail_from_before_there_were_batches_goes_on_in_batches_and_its_anchors_still_hold(
    sessions, forger, verify_audit, file
):
    as_before_batches(forger, partial(with_key, KEY), KEY.id)
    before = forger.execute("SELECT sequence, hash FROM audit_entries ORDER BY sequence").fetchall()
    assert write_anchor(sessions, file, KEY, NOON)
    take_in(sessions, audit_event(), audit_event())
    hear(sessions, audit_event())
    assert write_anchor(sessions, file, KEY, LATER)
    take_in(sessions, audit_event(), audit_event())
    status, said = verify_audit()
    assert status == 0
    assert said.startswith("The audit trail holds: 9 entries, the last with hash ")
    assert "2 more entries hold, and wait for their place in the chain." in said
    assert "It agrees with 2 anchors, the newest of 2026-03-11T13:00:00+00:00 with 9 entries." in said
    kept = forger.execute("SELECT sequence, hash FROM audit_entries WHERE batch = 0 ORDER BY sequence").fetchall()
    assert kept == before
    forger.execute("DELETE FROM audit_entries WHERE (batch, sequence) = (0, 6)")
    assert "Entry 6 is missing: 7 follows" in verify_audit()[1]


@pytest.mark.usefixtures("a_trail")
def test_the_end_is_published_once_a_day_and_only_when_it_has_moved(sessions, verify_audit):
    def publish(at):
        is_published, events = run_transaction(
            sessions, "reporting", lambda uow: publish_anchor(uow, KEY, at, every=timedelta(hours=24))
        )
        return events if is_published else []

    [event] = publish(NOON)
    check_contract(event)
    assert (event.type, event.data["entries"]) == ("reporting.audit.anchored.v1", 6)
    assert Anchor.from_text(event.data["text"]).sequence == 6
    assert verify_audit("--anchor", event.data["text"])[0] == 0
    hear(sessions, audit_event())
    assert not publish(NOON + timedelta(hours=23))
    assert len(publish(NOON + timedelta(hours=25))) == 1
    assert not publish(NOON + timedelta(hours=50))
