"""Somebody who may do anything in the database forges history, as well as it can be done from there."""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import psycopg
import pytest

from services.reporting.__main__ import SERVICE
from services.reporting.consumers import TrailKey
from services.reporting.domain.anchor import Anchor
from services.reporting.domain.chain import Entry, Key, Keys, canonical
from services.reporting.queries import anchor_file
from services.reporting.tests.conftest import AUDIT_KEY
from services.reporting.tests.events import NOON, audit_event, link
from services.reporting.tests.events import hear as take_in
from services.reporting.usecases.anchors import publish_anchor, write_anchor
from services.reporting.usecases.trail import seal_trail
from shared.cli import main
from shared.db import run_transaction
from shared.testing import check_contract

KEY, LATER = Key.of(AUDIT_KEY), NOON + timedelta(hours=1)
FIELDS = (
    "id", "actor_id", "actor_email", "actor_role", "action", "entity_name", "entity_id", "before", "after", "metadata",
    "ip_address", "user_agent", "occurred_at",
)  # fmt: skip
# `{place}` numbers the entries: each is alone in its batch, or they are one stretch from before there were batches.
CHANGED = "UPDATE audit_entries SET actor_email = 'eve@example.org' WHERE {place} = 3"
# The places behind are made free first.
INSERTED = """
    UPDATE audit_entries SET {place} = -{place} WHERE {place} > 3;
    INSERT INTO audit_entries ({place}, {other}, id, action, entity_name, entity_id, occurred_at, hash, key_id)
    SELECT 4, {other}, gen_random_uuid(), action, entity_name, entity_id, occurred_at, hash, key_id FROM audit_entries
     WHERE {place} = 3;
    UPDATE audit_entries SET {place} = 1 - {place} WHERE {place} < 0
"""
DELETED = """
    DELETE FROM audit_entries WHERE {place} = 3;
    UPDATE audit_entries SET {place} = -{place} WHERE {place} > 3;
    UPDATE audit_entries SET {place} = -{place} - 1 WHERE {place} < 0
"""
CUT_OFF = "DELETE FROM audit_entries WHERE {place} > 3"
PLACES = {"place": "batch", "other": "sequence"}
PLACES_BEFORE_BATCHES = {"place": "sequence", "other": "batch"}
FORGERIES = pytest.mark.parametrize(
    "forgery", [CHANGED, INSERTED, DELETED, CUT_OFF], ids=["changed", "inserted", "deleted", "cut off"]
)
MakeHash = Callable[[bytes], bytes]
GUARDS = {
    "audit_entries_keyed_check": "key_id IS NOT NULL",
    "audit_entries_chained_check": "batch > 0 AND key_id IS NOT NULL OR batch = 0 AND sequence <= 0",
}


def without_key(covered: bytes) -> bytes:
    """As the first release made a hash."""
    return hashlib.sha256(covered).digest()


def with_key(key: Key, covered: bytes) -> bytes:
    return hmac.digest(key.secret, covered, "sha256")


def chain_anew(superuser, make_hash: MakeHash, key_id: str | None = KEY.id) -> int:
    """Make every hash of the trail again, and let it end where it ends; returns how many entries there are."""
    superuser.execute("DELETE FROM audit_links")
    rows = superuser.execute(
        f"SELECT batch, sequence, {', '.join(FIELDS)} FROM audit_entries ORDER BY batch, sequence"
    ).fetchall()
    end, count = bytes(32), 0
    for batch, entries in groupby(rows, key=itemgetter(0)):
        last, before = (end, count) if not batch else (bytes(32), count)
        for _, sequence, *values in entries:
            entry = Entry(**dict(zip(FIELDS, values, strict=True)))
            last = make_hash(last + canonical({name: getattr(entry, name) for name in FIELDS}).encode())
            count += 1
            superuser.execute(
                "UPDATE audit_entries SET hash = %s, key_id = %s WHERE (batch, sequence) = (%s, %s)",
                (last, key_id, batch, sequence),
            )
        if batch:
            about = {"batch": batch, "entries": count - before, "hash": last.hex()}
            end = make_hash(end + canonical(about).encode())
            superuser.execute(
                "INSERT INTO audit_links VALUES (%s, %s, %s, %s, %s, %s)",
                (count, batch, count - before, last, end, key_id or ""),
            )
        else:
            end = last
    superuser.execute("UPDATE audit_chain SET sequence = %s, hash = %s, key_id = %s", (count, end, key_id))
    return count


def as_before_batches(superuser, make_hash: MakeHash, key_id: str | None) -> None:
    """Let a trail whose entries are alone in their batches be one of a release that had no batches."""
    superuser.execute("UPDATE audit_entries SET sequence = batch, batch = 0")
    chain_anew(superuser, make_hash, key_id)


@pytest.fixture
def forger(superuser):
    superuser.execute("SET search_path = reporting")
    return superuser


@pytest.fixture
def unguarded(forger):
    """The database takes entries without a key and outside a batch, as that of earlier releases."""
    for name in GUARDS:
        forger.execute(f"ALTER TABLE audit_entries DROP CONSTRAINT {name}")
    yield
    forger.execute("TRUNCATE audit_entries")
    for name, condition in GUARDS.items():
        forger.execute(f"ALTER TABLE audit_entries ADD CONSTRAINT {name} CHECK ({condition})")


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "anchors" / "audit-anchors"


def hear(sessions, *events) -> None:
    """Take in entries, each in a batch of its own, and link them."""
    for event in events:
        take_in(sessions, event)
    link(sessions)


@pytest.fixture
def a_trail(sessions):
    """Six entries."""
    hear(sessions, *[audit_event("LOAN_CREATED", at=NOON + timedelta(minutes=number)) for number in range(6)])


@pytest.fixture(params=[PLACES, PLACES_BEFORE_BATCHES], ids=["batches", "before batches"])
def forge(request, a_trail, forger, unguarded):
    """Forge a trail of six entries, in batches or from before there were any."""
    if request.param is PLACES_BEFORE_BATCHES:
        as_before_batches(forger, partial(with_key, KEY), KEY.id)
    return lambda forgery: forger.execute(forgery.format(**request.param))


@pytest.fixture
def verify_audit(settings, monkeypatch, capsys, file):
    """Run `python -m services.reporting verify-audit`; returns its exit status and what it says."""

    def run(*arguments: str, keys: str = AUDIT_KEY) -> tuple[int, str]:
        for name in ("database_url", "broker_url", "jwks_url", "internal_secret", "environment"):
            monkeypatch.setenv(f"REPORTING_{name.upper()}", getattr(settings, name))
        monkeypatch.setenv("REPORTING_AUDIT_KEYS", keys)
        monkeypatch.setenv("REPORTING_AUDIT_ANCHOR_FILE", str(file))
        try:
            main(SERVICE, ["verify-audit", *arguments])
        except SystemExit as ended:
            said = capsys.readouterr().out
            return (ended.code, said) if isinstance(ended.code, int) else (1, str(ended.code))
        return 0, capsys.readouterr().out

    return run


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
