"""From the application to the decision."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from services.lending.domain.application import CreateFlow
from services.lending.domain.loan import InvalidTransition, LoanStatus
from services.lending.domain.loan_type import Limits, OutsideLimits
from services.lending.domain.terms import TermUnit
from services.lending.models import Instalment, Loan
from services.lending.steps.agreement import LoanTypeUnavailable
from services.lending.steps.transition import LoanNotFound, RunningLoanExists
from services.lending.tests.conftest import AT, Member, an_application, apply
from services.lending.usecases.application import (
    MemberNotFound,
    WrongOfficer,
    approve_loan,
    reject_loan,
    submit_loan,
)
from services.lending.usecases.loan_types import Product, create_loan_type, toggle_loan_type
from shared import tally
from shared.context import Role
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.directory.tables import directory_member
from shared.ids import new_id
from shared.tally import EVERYBODY
from shared.testing import SignedIn, eventually, published_events, published_types

COMPLETE = {"start_on": date(2026, 3, 1), "processing_fee": Decimal("500.00"), "penalty_per_day": Decimal(0)}
MONTHLY = Limits(Decimal(10000), Decimal(60000), TermUnit.MONTH, 3, 24)
APPLICATION_FLOW = CreateFlow.COMPLETE_APPLICATION


def test_the_four_required_fields_make_a_draft(uow: UnitOfWork, a_member: Callable[..., Member]) -> None:
    member = a_member()
    loan = apply(uow, member.officer.actor, an_application(member.id), APPLICATION_FLOW)
    assert (loan.status, loan.officer_id) == (LoanStatus.DRAFT, member.officer.id)
    assert (loan.start_on, loan.end_on) == (date(2026, 3, 11), date(2027, 3, 11))
    assert loan.outstanding == Decimal("50000.00")
    assert published_types(uow) == ["lending.loan.created.v1"]


def test_an_officers_complete_application_waits_for_approval(uow: UnitOfWork, a_member: Callable[..., Member]) -> None:
    member = a_member()
    loan = apply(uow, member.officer.actor, an_application(member.id, **COMPLETE), APPLICATION_FLOW)
    assert (loan.status, loan.submitted_at) == (LoanStatus.PENDING_APPROVAL, AT)
    assert published_types(uow) == ["lending.loan.created.v1", "lending.loan.submitted.v1"]


def test_an_admins_complete_application_is_active_from_its_start_date(
    uow: UnitOfWork, admin: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    loan = apply(uow, admin.actor, an_application(member.id, **COMPLETE), APPLICATION_FLOW)
    assert (loan.status, loan.disbursed_on, loan.end_on) == (LoanStatus.ACTIVE, date(2026, 3, 1), date(2027, 3, 1))
    assert (loan.officer_id, loan.created_by, loan.approved_by) == (member.officer.id, admin.id, admin.id)
    assert loan.processing_fee_collected
    assert published_types(uow) == [
        "lending.loan.created.v1",
        "lending.loan.submitted.v1",
        "lending.loan.approved.v1",
        "lending.loan.disbursed.v1",
    ]


def test_each_step_of_a_chain_leaves_its_own_version_and_audit_entry(
    uow: UnitOfWork, admin: SignedIn, a_member: Callable[..., Member]
) -> None:
    loan = apply(uow, admin.actor, an_application(a_member().id, **COMPLETE), APPLICATION_FLOW)
    events = published_events(uow)
    assert [event.version for event in events if event.aggregate_id == loan.id] == [1, 2, 3, 4]
    entries = [event.data for event in events if ".audit." in event.type]
    steps = [(entry["action"], entry["metadata"].get("from"), entry["metadata"].get("to")) for entry in entries]
    assert steps == [
        ("LOAN_CREATED", None, None),
        ("LOAN_SUBMITTED", "DRAFT", "PENDING_APPROVAL"),
        ("LOAN_APPROVED", "PENDING_APPROVAL", "APPROVED"),
        ("LOAN_DISBURSED", "APPROVED", "ACTIVE"),
    ]
    assert [entry["after"]["status"] for entry in entries] == ["DRAFT", "PENDING_APPROVAL", "APPROVED", "ACTIVE"]
    assert entries[3]["before"]["status"] == "APPROVED"


def test_a_member_of_another_officer_looks_absent(
    uow: UnitOfWork, other_officer: SignedIn, a_member: Callable[..., Member]
) -> None:
    for member_id in (a_member().id, new_id()):
        with pytest.raises(MemberNotFound, match="Union member not found"):
            apply(uow, other_officer.actor, an_application(member_id))


def test_the_officer_of_a_loan_is_the_unions(
    uow: UnitOfWork, admin: SignedIn, other_officer: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    with pytest.raises(WrongOfficer, match="Officer must belong to the same union"):
        apply(uow, admin.actor, an_application(member.id, officer_id=other_officer.id))
    with pytest.raises(WrongOfficer, match="Credit officer not found"):
        apply(uow, admin.actor, an_application(member.id, officer_id=admin.id))
    loan = apply(uow, member.officer.actor, an_application(member.id, officer_id=other_officer.id))
    assert loan.officer_id == member.officer.id


def test_a_loan_keeps_to_the_limits_of_its_type(
    uow: UnitOfWork, admin: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    loan_type = create_loan_type(uow, Product(name="Market loan", limits=MONTHLY), at=AT)
    too_much = an_application(member.id, loan_type_id=loan_type.id, principal=Decimal(70000))
    with pytest.raises(OutsideLimits, match=r"Principal amount must be between 10000\.00 and 60000\.00"):
        apply(uow, admin.actor, too_much)
    assert apply(uow, admin.actor, an_application(member.id, loan_type_id=loan_type.id)).loan_type_id == loan_type.id
    uow.flush()
    assert tally.by_owner(uow.connection, "loan_of_type", [loan_type.id]) == {loan_type.id: 1}


def test_a_loan_type_that_is_not_offered_makes_no_loan(
    uow: UnitOfWork, admin: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    loan_type = create_loan_type(uow, Product(name="Market loan", limits=MONTHLY), at=AT)
    toggle_loan_type(uow, loan_type_id=loan_type.id, at=AT)
    for loan_type_id in (loan_type.id, new_id()):
        with pytest.raises(LoanTypeUnavailable, match="Loan type not found or inactive"):
            apply(uow, admin.actor, an_application(member.id, loan_type_id=loan_type_id))


def test_a_member_with_a_running_loan_gets_no_other(uow: UnitOfWork, a_member: Callable[..., Member]) -> None:
    member = a_member()
    apply(uow, member.officer.actor, an_application(member.id, submit=True))
    with pytest.raises(RunningLoanExists, match="Customer already has an active loan"):
        apply(uow, member.officer.actor, an_application(member.id))


def test_of_two_drafts_only_one_proceeds(uow: UnitOfWork, a_member: Callable[..., Member]) -> None:
    member = a_member()
    first, second = (apply(uow, member.officer.actor, an_application(member.id)) for _ in range(2))
    submit_loan(uow, loan_id=first.id, by=member.officer.actor, at=AT)
    with pytest.raises(RunningLoanExists):
        submit_loan(uow, loan_id=second.id, by=member.officer.actor, at=AT)


def test_approval_waits_with_the_schedule_for_the_disbursement(
    uow: UnitOfWork, supervisor: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    loan = apply(uow, member.officer.actor, an_application(member.id, submit=True, notes="For the stall"))
    approve_loan(uow, loan_id=loan.id, by=supervisor.actor, at=AT, notes="Seen the stall")
    assert (loan.status, loan.approved_by, loan.approved_at) == (LoanStatus.APPROVED, supervisor.id, AT)
    assert loan.processing_fee_collected
    assert loan.notes == "For the stall\n\nSeen the stall"
    assert uow.session.scalar(select(func.count()).select_from(Instalment)) == 0
    with pytest.raises(InvalidTransition):
        approve_loan(uow, loan_id=loan.id, by=supervisor.actor, at=AT)


def test_a_rejected_loan_is_closed_and_makes_room(
    uow: UnitOfWork, supervisor: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    loan = apply(uow, member.officer.actor, an_application(member.id, submit=True))
    reject_loan(uow, loan_id=loan.id, by=supervisor.actor, at=AT, notes="No guarantor")
    assert (loan.status, loan.closed_at, loan.notes) == (LoanStatus.CANCELED, AT, "No guarantor")
    assert published_types(uow)[-1] == "lending.loan.rejected.v1"
    apply(uow, member.officer.actor, an_application(member.id, submit=True))


def test_a_loan_out_of_scope_looks_absent(
    uow: UnitOfWork, other_officer: SignedIn, sign_in: Callable[..., SignedIn], a_member: Callable[..., Member]
) -> None:
    member = a_member()
    loan = apply(uow, member.officer.actor, an_application(member.id))
    with pytest.raises(LoanNotFound, match="Loan not found"):
        submit_loan(uow, loan_id=loan.id, by=other_officer.actor, at=AT)


def test_loans_are_counted_by_officer_and_status(
    uow: UnitOfWork, supervisor: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    loan = apply(uow, member.officer.actor, an_application(member.id, submit=True))
    approve_loan(uow, loan_id=loan.id, by=supervisor.actor, at=AT)
    uow.flush()
    for owner in (EVERYBODY, member.officer.id):
        counted = {status: tally.total(uow.connection, "loan", [owner], [status]) for status in LoanStatus}
        assert {status: count for status, count in counted.items() if count} == {LoanStatus.APPROVED: 1}


def test_of_fifty_applications_at_once_one_wins(sessions: Sessions, a_member: Callable[..., Member]) -> None:
    member = a_member()

    def submit(_: int) -> Any:
        def work(uow: UnitOfWork) -> str:
            return apply(uow, member.officer.actor, an_application(member.id, submit=True)).loan_number

        try:
            return run_transaction(sessions, "lending", work)[0]
        except RunningLoanExists as refused:
            return refused

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(submit, range(50)))
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, RunningLoanExists) for outcome in outcomes) == 49


def test_a_refused_application_takes_no_number(uow: UnitOfWork, a_member: Callable[..., Member]) -> None:
    member, other = a_member(), a_member()
    first = apply(uow, member.officer.actor, an_application(member.id, submit=True))
    with pytest.raises(RunningLoanExists):
        apply(uow, member.officer.actor, an_application(member.id))
    second = apply(uow, other.officer.actor, an_application(other.id))
    assert int(second.loan_number[2:]) == int(first.loan_number[2:]) + 1


def test_an_application_finds_its_member_in_the_union_they_just_moved_to(
    sessions: Sessions,
    a_member: Callable[..., Member],
    a_union: Callable[..., UUID],
    sign_in: Callable[[Role], SignedIn],
    admin: SignedIn,
) -> None:
    """The union is founded, and the member moved, while the application waits for the lock on the member."""
    member, founder = a_member(), sign_in(Role.CREDIT_OFFICER)
    move = update(directory_member).where(directory_member.c.id == member.id)

    def draft(uow: UnitOfWork) -> Loan:
        return apply(uow, admin.actor, an_application(member.id))

    with ThreadPoolExecutor(1) as pool:
        with sessions.begin() as session:
            session.execute(move.values(version=2))
            waiting = pool.submit(lambda: run_transaction(sessions, "lending", draft)[0])
            eventually(lambda: _is_awaited(sessions))
            union_id = a_union(of=founder)
            session.execute(move.values(union_id=union_id, version=3))
        loan = waiting.result()
    assert (loan.union_id, loan.officer_id) == (union_id, founder.id)


def _is_awaited(sessions: Sessions) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND usename = user"
    )
    with sessions() as session:
        return bool(session.scalar(waiting))


def test_fifty_loans_at_once_have_fifty_numbers(
    sessions: Sessions, a_union: Callable[..., Any], a_member: Callable[..., Member]
) -> None:
    union = a_union()
    members = [a_member(union=union) for _ in range(50)]

    def draft(member: Member) -> str:
        def work(uow: UnitOfWork) -> str:
            return apply(uow, member.officer.actor, an_application(member.id)).loan_number

        return run_transaction(sessions, "lending", work)[0]

    with ThreadPoolExecutor(10) as pool:
        numbers = list(pool.map(draft, members))
    assert len(set(numbers)) == 50
    with sessions() as session:
        assert set(session.scalars(select(Loan.loan_number))) == set(numbers)
