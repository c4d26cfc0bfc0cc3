from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from services.reporting.consumers import handlers
from services.reporting.domain.anchor import Anchors
from services.reporting.domain.chain import START, ChainBroken, Keys
from services.reporting.models.trail import audit_counts, audit_entries
from services.reporting.tests.conftest import AUDIT_KEY
from services.reporting.tests.events import audit_event, hear, link
from services.reporting.usecases import trail
from services.reporting.usecases.trail import Verified, link_batches, verify_trail
from shared.db import unit_of_work
from shared.ids import new_id

KEYS = Keys([AUDIT_KEY])


@pytest.fixture
def verify(sessions):
    def walk():
        with sessions() as session:
            return verify_trail(session.connection(), KEYS, Anchors([], KEYS))

    return walk


@pytest.fixture
def a_trail(sessions):
    """Five entries in two batches, 1 and 2, and two more in batch 3, which is not linked."""
    hear(sessions, *[audit_event() for _ in range(3)])
    hear(sessions, *[audit_event("UNION_CREATED", "Union", source="membership") for _ in range(2)])
    link(sessions)
    hear(sessions, *[audit_event("LOAN_CREATED") for _ in range(2)])


@pytest.fixture
def tamper(superuser):
    """Do as anybody may who may do anything in the database."""
    superuser.execute("SET search_path = reporting")
    return superuser.execute


def test_every_entry_is_kept_as_it_was_published(sessions):
    actor = new_id()
    event = audit_event(actor_id=actor, actor_email="ada@example.org", actor_role="ADMIN", before={"é": "ñ", "n": 1.5})
    hear(sessions, event)
    with sessions() as session:
        row = session.execute(select(audit_entries)).one()
    assert (row.id, row.actor_id, row.actor_email) == (event.aggregate_id, actor, "ada@example.org")
    assert (row.action, row.entity_name, row.entity_id) == ("LOAN_CREATED", "Loan", event.data["entity_id"])
    assert row.before == '{"n":1.5,"\\u00e9":"\\u00f1"}'
    assert row.occurred_at == event.occurred_at


def test_an_entry_published_twice_is_kept_once(sessions, superuser, verify):
    event = audit_event()
    hear(sessions, event, event)
    superuser.execute("TRUNCATE reporting.inbox")
    hear(sessions, event, audit_event())
    link(sessions)
    assert verify().end.sequence == 2
    with sessions() as session:
        assert session.execute(select(func.sum(audit_counts.c.entries))).scalar() == 2


def test_an_empty_trail_holds(verify):
    assert verify() == Verified(START)


def test_entries_hold_before_and_after_they_are_linked(sessions, verify):
    hear(sessions, *[audit_event() for _ in range(3)])
    assert verify() == Verified(START, unlinked=3)
    assert link(sessions) == 1
    hear(sessions, audit_event())
    assert (verify().end.sequence, verify().unlinked) == (3, 1)
    assert [link(sessions), link(sessions)] == [1, 0]
    assert (verify().end.sequence, verify().unlinked) == (4, 0)


def test_the_chain_survives_workers_that_take_in_and_link_at_once(sessions, verify):
    def work(number):
        hear(sessions, *[audit_event() for _ in range(5)])
        return link(sessions) if number % 3 else 0

    with ThreadPoolExecutor(4) as workers:
        linked = sum(workers.map(work, range(40)))
    assert linked + link(sessions) == 40
    assert verify().end.sequence == 200
    with sessions() as session:
        assert session.execute(select(func.sum(audit_counts.c.entries))).scalar() == 200


def test_nobody_who_takes_in_entries_waits_for_who_links(sessions, verify):
    hear(sessions, audit_event())
    with sessions.begin() as linking:
        assert link_batches(linking.connection(), KEYS.newest) == 1
        with unit_of_work(sessions, "reporting") as other:
            other.session.execute(text("SET LOCAL lock_timeout = '1ms'"))
            handlers.run(other, [audit_event()])
        assert link(sessions) == 0, "another worker is at it"
    assert (verify().end.sequence, verify().unlinked) == (1, 1)


def test_a_batch_that_was_begun_earlier_and_ended_later_is_linked_later(sessions, verify):
    with unit_of_work(sessions, "reporting") as slow:
        handlers.run(slow, [audit_event()])
        hear(sessions, audit_event())
        assert link(sessions) == 1
    assert link(sessions) == 1
    assert verify().end.sequence == 2


def test_many_batches_are_linked_in_turns(sessions, verify, monkeypatch):
    monkeypatch.setattr(trail, "LINK_BATCHES", 2)
    monkeypatch.setattr(trail, "VERIFY_BATCH", 2)
    for _ in range(5):
        hear(sessions, audit_event(), audit_event(), audit_event())
    assert [link(sessions) for _ in range(4)] == [2, 2, 1, 0]
    assert verify().end.sequence == 15


FORGED = """
    INSERT INTO audit_entries (batch, sequence, id, action, entity_name, entity_id, occurred_at, hash, key_id)
    SELECT {batch}, {sequence}, gen_random_uuid(), action, entity_name, entity_id, now(), hash, key_id
      FROM audit_entries WHERE batch = 2 AND sequence = 2
"""
SWAPPED = """
    UPDATE audit_entries SET sequence = -sequence WHERE batch = 1 AND sequence IN (2, 3);
    UPDATE audit_entries SET sequence = 5 + sequence WHERE sequence < 0
"""
LINKS_SWAPPED = """
    UPDATE audit_links AS link SET batch = -other.batch, entries = other.entries, batch_hash = other.batch_hash,
           sequence = CASE link.sequence WHEN 3 THEN -2 ELSE -5 END 
      FROM audit_links AS other WHERE other.batch <> link.batch;
    UPDATE audit_links SET batch = -batch, sequence = -sequence
"""
ENTRY, LINK = "audit_entries WHERE batch", "audit_links WHERE batch"
LET_GO = "DELETE FROM audit_intake WHERE batch"


@pytest.mark.usefixtures("a_trail")
@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE audit_entries SET actor_email = 'eve@example.org' WHERE batch = 1 AND sequence = 2", "Entry 2 .* is"),
        ("UPDATE audit_entries SET occurred_at = now() WHERE batch = 2 AND sequence = 1", "Entry 4 .* is not what was"),
        (f"DELETE FROM {ENTRY} = 1 AND sequence = 2", "Entry 2 is missing: 3 follows 1"),
        (f"DELETE FROM {ENTRY} = 1 AND sequence = 3", "Entry 3 is missing: batch 1 had 3 entries and has 2"),
        (f"DELETE FROM {ENTRY} = 2", "Entry 4 is missing: batch 2 had 2 entries and has 0"),
        (f"DELETE FROM {ENTRY} = 2; DELETE FROM {LINK} = 2", "ends with entry 3, but should end with 5"),
        (f"DELETE FROM {ENTRY} = 1; DELETE FROM {LINK} = 1", "Entry 1 is missing: 4 follows"),
        (f"DELETE FROM {LINK} = 2; UPDATE audit_chain SET sequence = 3, hash = (SELECT hash FROM {LINK} = 1)",
         "batch 2 are in no link"),
        ("DELETE FROM audit_entries", "Entry 1 is missing"),
        ("DELETE FROM audit_entries; DELETE FROM audit_links", "ends with entry 0, but should end with 5"),
        (FORGED.format(batch=2, sequence=3), "Entry 6 .* is not what was"),
        (FORGED.format(batch=9, sequence=1), "batch 9 are in no link"),
        (SWAPPED, "Entry 2 .* is not what was"),
        (LINKS_SWAPPED, "Entry 1 does not follow: the link of batch 2 is not ours"),
        ("UPDATE audit_links SET key_id = 'none' WHERE batch = 2", "There is no key none"),
        ("UPDATE audit_entries SET action = 'X' WHERE batch = 3 AND sequence = 2", "Entry 7 .* is not what was"),
        (f"DELETE FROM {ENTRY} = 3 AND sequence = 2", "Entry 7 is missing"),
        (f"DELETE FROM {ENTRY} = 3", "Entry 6 is missing"),
        (f"{LET_GO} = 3", "batch 3 are in no link, and do not wait for one"),
        (f"{LET_GO} = 3; DELETE FROM {ENTRY} = 3 AND sequence = 2", "batch 3 are in no link"),
    ],
    ids=[
        "changed", "dated back", "removed", "last of a batch removed", "batch removed", "cut off", "begin cut off",
        "link cut off", "entries emptied", "emptied", "forged", "batch forged", "swapped", "links swapped", "no key",
        "unlinked changed", "unlinked removed", "unlinked batch removed", "kept from its link", "and changed",
    ],
)  # fmt: skip
def test_tampering_with_the_trail_is_found_out(tamper, verify, tampering, fault):
    tamper(tampering)
    with pytest.raises(ChainBroken, match=fault):
        verify()


@pytest.mark.usefixtures("a_trail")
def test_what_was_changed_before_it_was_linked_is_found_out_after(sessions, tamper, verify):
    tamper("UPDATE audit_entries SET action = 'X' WHERE batch = 3 AND sequence = 2")
    link(sessions)
    with pytest.raises(ChainBroken, match=r"Entry 7 .* is not what was"):
        verify()


@pytest.mark.usefixtures("a_trail")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET action = ''", "DELETE FROM audit_entries", "TRUNCATE audit_entries",
        "UPDATE audit_links SET sequence = 0", "DELETE FROM audit_links", "TRUNCATE audit_links",
    ],
)  # fmt: skip
def test_the_service_itself_may_not_touch_what_it_wrote(sessions, statement):
    with sessions() as session, pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(statement))
