"""Loans follow their union to its officer, and their member to another union."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.lending.consumers import handlers
from services.lending.models import Loan
from services.lending.tests.conftest import AT, Member, an_application, apply
from shared import tally
from shared.clock import now
from shared.db import Sessions, unit_of_work
from shared.ids import new_id
from shared.messaging.delivery import deliver
from shared.messaging.events import Envelope, in_json
from shared.messaging.handlers import CauseMissing
from shared.testing import SignedIn, check_contract


@pytest.fixture
def loan(sessions: Sessions, a_member: Callable[..., Member]) -> Loan:
    """A submitted loan of `officer`."""
    member = a_member()
    with unit_of_work(sessions, "lending") as uow:
        return apply(uow, member.officer.actor, an_application(member.id, submit=True))


def envelope(event_type: str, aggregate_id: UUID, version: int, data: dict[str, Any]) -> Envelope:
    return Envelope(new_id(), event_type, "membership", aggregate_id, version, now(), None, None, None, in_json(data))


def assigned(union_id: UUID, officer_id: UUID, version: int = 2) -> Envelope:
    data = {
        "union_id": union_id, "name": "Market Women", "location": None, "address": None, "officer_id": officer_id,
        "created_at": AT, "updated_at": AT,
    }  # fmt: skip
    return envelope("membership.union.assigned.v1", union_id, version, data)


def updated(member_id: UUID, union_id: UUID, version: int = 2) -> Envelope:
    data = {
        "member_id": member_id, "code": "MEM000001", "first_name": "Ada", "last_name": "Obi", "union_id": union_id,
        "details": {},
    }  # fmt: skip
    return envelope("membership.member.updated.v1", member_id, version, data)


def now_in(sessions: Sessions) -> tuple[UUID, UUID]:
    """(union, officer) of the one loan."""
    with sessions() as session:
        loan = session.scalars(select(Loan)).one()
        return loan.union_id, loan.officer_id


def counted(sessions: Sessions, *officers: SignedIn) -> list[int]:
    with sessions() as session:
        return [tally.total(session.connection(), "loan", [officer.id]) for officer in officers]


def test_loans_go_with_their_union_to_another_officer(
    sessions: Sessions, loan: Loan, officer: SignedIn, other_officer: SignedIn
) -> None:
    event = assigned(loan.union_id, other_officer.id)
    deliver(sessions, handlers, [event])
    assert now_in(sessions) == (loan.union_id, other_officer.id)
    assert counted(sessions, officer, other_officer) == [0, 1]
    deliver(sessions, handlers, [event])
    assert counted(sessions, officer, other_officer) == [0, 1]


def test_an_older_assignment_changes_nothing(
    sessions: Sessions, loan: Loan, officer: SignedIn, other_officer: SignedIn
) -> None:
    deliver(sessions, handlers, [assigned(loan.union_id, other_officer.id, version=3)])
    deliver(sessions, handlers, [assigned(loan.union_id, officer.id, version=2)])
    assert now_in(sessions) == (loan.union_id, other_officer.id)


def test_loans_go_with_their_member_to_another_union(
    sessions: Sessions, loan: Loan, officer: SignedIn, other_officer: SignedIn, a_union: Callable[..., UUID]
) -> None:
    target = a_union(other_officer)
    deliver(sessions, handlers, [updated(loan.member_id, target)])
    assert now_in(sessions) == (target, other_officer.id)
    assert counted(sessions, officer, other_officer) == [0, 1]


def test_loans_that_go_with_their_member_are_told_once(
    sessions: Sessions, loan: Loan, other_officer: SignedIn, a_union: Callable[..., UUID]
) -> None:
    target = a_union(other_officer)
    move = updated(loan.member_id, target)
    causes = deliver(sessions, handlers, [move])
    deliver(sessions, handlers, [updated(loan.member_id, target, version=3)])
    (published,) = causes[move.id]
    assert (published.type, published.aggregate_id, published.version) == (
        "lending.loan.updated.v1",
        loan.id,
        loan.version + 1,
    )
    assert published.data["union_id"] == str(target)
    check_contract(published)


def test_a_member_whose_new_union_is_not_known_yet_waits_for_it(
    sessions: Sessions, loan: Loan, other_officer: SignedIn
) -> None:
    target = new_id()
    move = updated(loan.member_id, target)
    with pytest.raises(CauseMissing):
        deliver(sessions, handlers, [move])
    deliver(sessions, handlers, [assigned(target, other_officer.id, version=1)])
    deliver(sessions, handlers, [move])
    assert now_in(sessions) == (target, other_officer.id)
