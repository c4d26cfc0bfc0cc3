from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from services.reporting.domain.anchor import Anchors
from services.reporting.domain.chain import ChainBroken, Keys
from services.reporting.models import audit_counts, audit_entries
from services.reporting.tests.conftest import AUDIT_KEY
from services.reporting.tests.events import audit_event, hear
from services.reporting.usecases.trail import verify_trail
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
    """Five entries in two transactions."""
    hear(sessions, *[audit_event() for _ in range(3)])
    hear(sessions, *[audit_event("UNION_CREATED", "Union", source="membership") for _ in range(2)])


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
    assert verify().sequence == 2
    with sessions() as session:
        assert session.execute(select(func.sum(audit_counts.c.entries))).scalar() == 2


def test_an_empty_trail_holds(verify):
    assert verify().sequence == 0


def test_the_chain_survives_workers_that_append_at_once(sessions, verify):
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: hear(sessions, *[audit_event() for _ in range(5)]), range(20)))
    assert verify().sequence == 100


FORGED = """
    INSERT INTO audit_entries (sequence, id, action, entity_name, entity_id, occurred_at, hash, key_id)
    SELECT 6, gen_random_uuid(), action, entity_name, entity_id, now(), hash, key_id FROM audit_entries
     WHERE sequence = 5
"""
SWAPPED = """
    UPDATE audit_entries SET sequence = -sequence WHERE sequence IN (3, 4);
    UPDATE audit_entries SET sequence = 7 + sequence WHERE sequence < 0
"""


@pytest.mark.usefixtures("a_trail")
@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE audit_entries SET actor_email = 'eve@example.org' WHERE sequence = 2", "Entry 2 .* is not what was"),
        ("UPDATE audit_entries SET occurred_at = now() WHERE sequence = 1", "Entry 1 .* is not what was"),
        ("DELETE FROM audit_entries WHERE sequence = 3", "Entry 3 is missing"),
        ("DELETE FROM audit_entries WHERE sequence = 5", "ends with entry 4, but should end with 5"),
        ("DELETE FROM audit_entries", "ends with entry 0, but should end with 5"),
        (FORGED, "Entry 6 .* is not what was"),
        (SWAPPED, "Entry 3 .* is not what was"),
    ],
    ids=["changed", "dated back", "removed", "cut off", "emptied", "forged", "swapped"],
)
def test_tampering_with_the_trail_is_found_out(superuser, verify, tampering, fault):
    superuser.execute("SET search_path = reporting")
    superuser.execute(tampering)
    with pytest.raises(ChainBroken, match=fault):
        verify()


@pytest.mark.usefixtures("a_trail")
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET action = ''", "DELETE FROM audit_entries", "TRUNCATE audit_entries"]
)
def test_the_service_itself_may_not_touch_what_it_wrote(sessions, statement):
    with sessions() as session, pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(statement))
