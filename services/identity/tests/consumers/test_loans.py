import itertools
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from services.identity.consumers import handlers
from services.identity.models import LoanOfMember
from services.identity.queries.dependants import dependants_of
from services.identity.queries.retention import remove_expired
from services.identity.tests.conftest import AT
from shared.directory.tables import directory_member, directory_union
from shared.ids import new_id
from shared.messaging.events import Envelope, in_json

CONTRACT = Path(__file__).parents[3] / "lending" / "contracts" / "lending.loan.created.v1.json"
FACTS = json.loads(CONTRACT.read_bytes())["examples"][0]


def loan_event(loan_id, member_id, step, status, version):
    loan = {"loan_id": str(loan_id), "member_id": str(member_id), "status": status}
    data = FACTS | loan | {"updated_at": AT.isoformat()}
    return Envelope(
        new_id(), f"lending.loan.{step}.v1", "lending", loan_id, version, AT, None, None, None, in_json(data)
    )


@pytest.fixture
def a_member(work):
    """Makes a member of a new union of an officer."""

    def make(officer):
        member_id, union_id = new_id(), new_id()
        union = {
            "id": union_id, "name": "Potters", "officer_id": officer.id, "is_deleted": False, "created_at": AT,
            "updated_at": AT, "version": 1,
        }  # fmt: skip
        member = {
            "id": member_id, "code": "MEM000001", "first_name": "Ada", "last_name": "Obi", "union_id": union_id,
            "is_deleted": False, "details": {}, "search": "ada obi", "version": 1,
        }  # fmt: skip
        with work() as uow:
            uow.connection.execute(insert(directory_union).values(union))
            uow.connection.execute(insert(directory_member).values(member))
        return member_id

    return make


def open_loans(sessions, officer):
    with sessions() as session:
        found = dependants_of(session.connection(), [officer.id]).get(officer.id)
    return found.open_loans if found else 0


def test_open_loans_are_counted_whatever_order_their_events_come_in(work, sessions, a_user, a_member):
    officer = a_user()
    member_id = a_member(officer)
    life = [("created", "DRAFT", 1), ("approved", "APPROVED", 2), ("disbursed", "ACTIVE", 3)]
    ends = [("completed", "COMPLETED", 4), ("written_off", "WRITTEN_OFF", 4), ("canceled", "CANCELED", 4)]
    orders = [order for end in ends for order in itertools.permutations([life[0], life[2], end])]
    with work() as uow:
        for order in [*orders, life, life[::-1]]:
            loan_id = new_id()
            for event in (*order, *order):
                handlers.run(uow, [loan_event(loan_id, member_id, *event)])
    assert open_loans(sessions, officer) == 2


def test_a_deleted_loan_is_no_open_one(work, sessions, a_user, a_member):
    officer, loan_id = a_user(), new_id()
    member_id = a_member(officer)
    with work() as uow:
        handlers.run(uow, [loan_event(loan_id, member_id, "created", "DRAFT", 1)])
    assert open_loans(sessions, officer) == 1
    with work() as uow:
        handlers.run(uow, [loan_event(loan_id, member_id, "deleted", "DRAFT", 2)])
    assert open_loans(sessions, officer) == 0


def test_loans_move_with_their_member(work, sessions, a_user, a_member):
    old, new = a_user(), a_user()
    member_id, other_id = a_member(old), a_member(new)
    with work() as uow:
        handlers.run(uow, [loan_event(new_id(), member_id, "created", "DRAFT", 1)])
        table = directory_member
        other = uow.connection.execute(table.select().where(table.c.id == other_id)).one()
        uow.connection.execute(table.update().where(table.c.id == member_id).values(union_id=other.union_id))
    assert (open_loans(sessions, old), open_loans(sessions, new)) == (0, 1)


def test_closed_loans_are_forgotten_after_a_long_while_and_open_ones_are_not(work, sessions):
    with work() as uow:
        handlers.run(uow, [loan_event(new_id(), new_id(), "created", "DRAFT", 1)])
        handlers.run(uow, [loan_event(new_id(), new_id(), "completed", "COMPLETED", 5)])
        remove_expired(uow.connection, at=AT + timedelta(days=396), sessions_kept=timedelta(days=180))
        assert uow.session.query(LoanOfMember).count() == 2
        remove_expired(uow.connection, at=AT + timedelta(days=397), sessions_kept=timedelta(days=180))
        assert [loan.is_open for loan in uow.session.query(LoanOfMember)] == [True]
