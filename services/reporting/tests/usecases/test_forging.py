"""Somebody who may do anything in the database forges history, as well as it can be done from there."""

import re
from functools import partial

import psycopg
import pytest

from services.reporting.queries import anchor_file
from services.reporting.tests.events import NOON, audit_event
from services.reporting.tests.forgery import (
    CHANGED,
    CUT_OFF,
    DELETED,
    INSERTED,
    KEY,
    LATER,
    PLACES,
    PLACES_BEFORE_BATCHES,
    as_before_batches,
    chain_anew,
    hear,
    with_key,
    without_key,
)
from services.reporting.usecases.anchors import write_anchor
from services.reporting.usecases.trail import seal_trail

FORGERIES = pytest.mark.parametrize(
    "forgery", [CHANGED, INSERTED, DELETED, CUT_OFF], ids=["changed", "inserted", "deleted", "cut off"]
)


@pytest.fixture(params=[PLACES, PLACES_BEFORE_BATCHES], ids=["batches", "before batches"])
def forge(request, a_trail, forger, unguarded):
    """Forge a trail of six entries, in batches or from before there were any."""
    if request.param is PLACES_BEFORE_BATCHES:
        as_before_batches(forger, partial(with_key, KEY), KEY.id)
    return lambda forgery: forger.execute(forgery.format(**request.param))


@FORGERIES
def test_history_made_anew_without_the_key_is_found_out(forge, forger, verify_audit, forgery):
    forge(forgery)
    chain_anew(forger, without_key)
    status, said = verify_audit()
    assert status == 1
    assert re.match(r"The audit trail is broken\. Entry 1 .* is not what was written", said)


@FORGERIES
def test_history_made_anew_as_if_nothing_had_ever_been_under_a_key_is_found_out(forge, forger, verify_audit, forgery):
    forge(forgery)
    chain_anew(forger, without_key, key_id=None)
    status, said = verify_audit()
    assert status == 1
    assert re.match(r"The audit trail is broken\. (No entry is under a key|Entry 1 .* is under no key)", said)


@pytest.mark.usefixtures("a_trail")
def test_an_end_that_was_cut_off_is_found_out_by_the_anchor_although_the_chain_holds(
    sessions, forger, verify_audit, file
):
    write_anchor(sessions, file, KEY, NOON)
    [newest], _ = anchor_file.read(file)
    forger.execute(CUT_OFF.format(**PLACES))
    forger.execute("DELETE FROM audit_links WHERE sequence > 3")
    forger.execute("UPDATE audit_chain SET sequence = 3, hash = (SELECT hash FROM audit_links WHERE sequence = 3)")
    status, said = verify_audit()
    assert (status, said) == (
        1,
        "The audit trail is broken. The trail ends with entry 3, but had 6 entries on 2026-03-11T12:00:00+00:00:"
        " its end was cut off.",
    )
    file.unlink()
    assert verify_audit()[0] == 2
    assert "its end was cut off" in verify_audit("--anchor", newest.to_text())[1]


@FORGERIES
def test_history_made_anew_with_a_leaked_key_is_found_out_by_the_anchor(
    sessions, forge, forger, verify_audit, file, forgery
):
    write_anchor(sessions, file, KEY, NOON)
    [mailed], _ = anchor_file.read(file)
    forge(forgery)
    count = chain_anew(forger, partial(with_key, KEY))
    while count < 7:
        hear(sessions, audit_event())
        count += 1
    status, said = verify_audit()
    assert status == 1
    assert "Entry 6 is not the one that was anchored on 2026-03-11T12:00:00+00:00" in said
    file.unlink()
    assert verify_audit()[0] == 2
    assert verify_audit("--anchor", mailed.to_text()) == (1, said)


@pytest.mark.usefixtures("a_trail")
def test_everything_removed_is_found_out_by_the_anchor(sessions, forger, verify_audit, file):
    write_anchor(sessions, file, KEY, NOON)
    forger.execute("TRUNCATE audit_entries, audit_links")
    forger.execute("UPDATE audit_chain SET sequence = 0, hash = decode(repeat('00', 32), 'hex'), key_id = NULL")
    assert "had 6 entries" in verify_audit()[1]


@pytest.mark.usefixtures("a_trail")
def test_the_newest_anchor_before_a_forgery_says_from_where_on_history_is_another(sessions, forger, verify_audit, file):
    write_anchor(sessions, file, KEY, NOON)
    hear(sessions, *[audit_event() for _ in range(4)])
    write_anchor(sessions, file, KEY, LATER)
    forger.execute("UPDATE audit_entries SET actor_email = 'eve@example.org' WHERE batch = 8")
    chain_anew(forger, partial(with_key, KEY))
    assert "entries were written anew from 7 on or later" in verify_audit()[1]


@pytest.mark.usefixtures("a_trail")
def test_an_anchor_that_was_changed_is_not_believed(sessions, verify_audit, file):
    write_anchor(sessions, file, KEY, NOON)
    file.write_text(file.read_text().replace(" 6 ", " 5 "))
    assert verify_audit() == (
        1,
        "The audit trail is broken. The anchor of 2026-03-11T12:00:00+00:00 is not one that was written.",
    )


@pytest.mark.usefixtures("unguarded")
@FORGERIES
def test_history_of_the_first_release_made_anew_does_not_fit_its_seal(sessions, forger, verify_audit, forgery):
    hear(sessions, *[audit_event() for _ in range(5)])
    as_before_batches(forger, without_key, None)
    with sessions.begin() as session:
        seal_trail(session.connection(), KEY, LATER)
    seal = forger.execute("SELECT * FROM audit_entries WHERE batch > 0").fetchone()
    link_of_seal = forger.execute("DELETE FROM audit_links RETURNING *").fetchone()
    forger.execute("DELETE FROM audit_entries WHERE batch > 0")
    forger.execute(forgery.format(**PLACES_BEFORE_BATCHES))
    end = chain_anew(forger, without_key, None) + 1
    forger.execute(f"INSERT INTO audit_entries VALUES ({', '.join(['%s'] * len(seal))})", seal)
    forger.execute("INSERT INTO audit_links VALUES (%s, %s, %s, %s, %s, %s)", (end, *link_of_seal[1:]))
    forger.execute("UPDATE audit_chain SET sequence = %s, hash = %s, key_id = %s", (end, *link_of_seal[-2:]))
    assert f"Entry {end} does not follow" in verify_audit()[1]


@pytest.mark.usefixtures("a_trail")
def test_the_database_takes_no_entry_without_a_key(forger):
    with pytest.raises(psycopg.errors.CheckViolation):
        forger.execute("UPDATE audit_entries SET key_id = NULL WHERE batch = 1")


@pytest.mark.usefixtures("a_trail")
def test_the_database_takes_no_more_entries_outside_a_batch(forger):
    with pytest.raises(psycopg.errors.CheckViolation):
        forger.execute("UPDATE audit_entries SET batch = 0 WHERE batch = 1")
