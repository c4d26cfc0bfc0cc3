"""Undoing an approval or a disbursement, and what happens when a payment was on its way."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.lending.domain.loan import InvalidTransition, LoanStatus
from services.lending.domain.reschedule import ScheduleEnd
from services.lending.models import EndedSchedule, Loan
from services.lending.queries.schedules import schedule_of
from services.lending.steps import closure, disbursement
from services.lending.steps.decision import MoreThanRequested, ReasonMissing
from services.lending.steps.undo import AlreadyPaid
from services.lending.tests.conftest import AT, TODAY, Member, an_application, apply
from services.lending.usecases.amendment import Change, edit_loan
from services.lending.usecases.application import approve_loan, undo_approval
from services.lending.usecases.status import change_status, disburse_loan, undo_disbursement
from shared.db import UnitOfWork
from shared.testing import SignedIn, published_events, published_types

PAID_AT = datetime(2026, 4, 2, 10, tzinfo=UTC)
DISBURSEMENT = {"disbursed_on": TODAY, "disbursed_at": AT, "method": "TRANSFER", "reference": "TXN123456"}


@pytest.fixture
def submitted(uow: UnitOfWork, a_member: Callable[..., Member]) -> Loan:
    """A submitted loan of 50,000 at 24 % over 12 months with a fee of 1 % and 100, to start on 1 February."""
    member = a_member()
    application = an_application(
        member.id,
        submit=True,
        start_on=date(2026, 2, 1),
        annual_rate=Decimal("0.24"),
        processing_fee=Decimal(100),
        processing_fee_rate=Decimal("0.01"),
    )
    return apply(uow, member.officer.actor, application)


@pytest.fixture
def active(uow: UnitOfWork, submitted: Loan, supervisor: SignedIn) -> Loan:
    approve_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT)
    return disburse_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, **DISBURSEMENT)


def newest(uow: UnitOfWork, event_type: str) -> dict[str, object]:
    """What the newest event of a type says."""
    return [event.data for event in published_events(uow) if event.type == event_type][-1]


def pay(loan: Loan, amount: int) -> None:
    """What the follower of payments writes on the loan."""
    loan.paid, loan.outstanding = loan.paid + amount, loan.outstanding - amount


def test_a_loan_is_approved_for_less_with_a_reason(uow: UnitOfWork, submitted: Loan, supervisor: SignedIn) -> None:
    loan = approve_loan(
        uow, loan_id=submitted.id, by=supervisor.actor, at=AT, principal=Decimal(30000), notes="A small stall"
    )
    assert (loan.principal, loan.requested_principal) == (Decimal(30000), Decimal(50000))
    assert (loan.interest_total, loan.outstanding) == (Decimal(7200), Decimal(37200))
    assert loan.processing_fee == Decimal("400.00")
    assert newest(uow, "lending.loan.approved.v1")["principal"] == "30000.00"


def test_a_loan_is_not_approved_for_more_nor_without_a_reason(
    uow: UnitOfWork, submitted: Loan, supervisor: SignedIn
) -> None:
    with pytest.raises(MoreThanRequested):
        approve_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, principal=Decimal(50001), notes="More")
    uow.session.refresh(submitted)
    with pytest.raises(ReasonMissing):
        approve_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, principal=Decimal(30000))


def test_undoing_an_approval_takes_it_back_to_what_was_asked_for(
    uow: UnitOfWork, submitted: Loan, supervisor: SignedIn
) -> None:
    approve_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, principal=Decimal(30000), notes="Less")
    loan = undo_approval(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, notes="The wrong loan")
    assert (loan.status, loan.approved_at, loan.approved_by) == (LoanStatus.PENDING_APPROVAL, None, None)
    assert (loan.principal, loan.requested_principal, loan.processing_fee) == (
        Decimal(50000),
        None,
        Decimal("600.00"),
    )
    assert (loan.outstanding, loan.processing_fee_collected) == (Decimal(62000), False)
    assert "schedule" not in newest(uow, "lending.loan.approval_undone.v1")
    approve_loan(uow, loan_id=loan.id, by=supervisor.actor, at=AT)
    assert loan.undone is None


def test_undoing_an_approval_removes_the_provisional_schedule(
    uow: UnitOfWork, submitted: Loan, supervisor: SignedIn
) -> None:
    change_status(uow, loan_id=submitted.id, target=LoanStatus.APPROVED, by=supervisor.actor, at=AT, today=TODAY)
    undo_approval(uow, loan_id=submitted.id, by=supervisor.actor, at=AT)
    assert schedule_of(uow.session, submitted.id) == []
    published = newest(uow, "lending.loan.approval_undone.v1")
    assert (published["schedule_version"], published["schedule"]) == (2, [])
    ended = uow.session.get_one(EndedSchedule, (submitted.id, 1))
    assert (ended.ended_by, len(ended.lines)) == (ScheduleEnd.APPROVAL_UNDONE, 12)


def test_undoing_a_disbursement_makes_the_loan_an_approved_one(
    uow: UnitOfWork, active: Loan, supervisor: SignedIn
) -> None:
    loan = undo_disbursement(uow, loan_id=active.id, by=supervisor.actor, at=AT, notes="Not fetched")
    assert (loan.status, loan.disbursed_on, loan.disbursed_amount) == (LoanStatus.APPROVED, None, None)
    assert (loan.schedule_version, loan.end_on) == (2, date(2027, 2, 1))
    assert schedule_of(uow.session, loan.id) == []
    published = newest(uow, "lending.loan.disbursement_undone.v1")
    assert (published["schedule_version"], published["schedule"]) == (2, [])
    disburse_loan(uow, loan_id=loan.id, by=supervisor.actor, at=AT, **DISBURSEMENT)
    assert (loan.status, loan.schedule_version, loan.outstanding) == (LoanStatus.ACTIVE, 3, Decimal(62000))


def test_nothing_is_undone_once_money_was_paid(uow: UnitOfWork, active: Loan, supervisor: SignedIn) -> None:
    pay(active, 1000)
    with pytest.raises(AlreadyPaid, match="Payments were already made"):
        undo_disbursement(uow, loan_id=active.id, by=supervisor.actor, at=AT)
    uow.session.expire_all()
    with pytest.raises(InvalidTransition):
        undo_approval(uow, loan_id=active.id, by=supervisor.actor, at=AT)


def test_a_payment_that_was_on_its_way_brings_the_disbursement_back_as_it_was(
    uow: UnitOfWork, active: Loan, supervisor: SignedIn
) -> None:
    lines = [line.id for line in schedule_of(uow.session, active.id)]
    undo_disbursement(uow, loan_id=active.id, by=supervisor.actor, at=AT)
    undo_approval(uow, loan_id=active.id, by=supervisor.actor, at=AT)
    pay(active, 1000)
    disbursement.disburse_again(uow, active, paid_on=PAID_AT.date(), paid_at=PAID_AT, at=PAID_AT)
    assert (active.status, active.disbursed_on, active.disbursement_method) == (LoanStatus.ACTIVE, TODAY, "TRANSFER")
    assert (active.approved_by, active.base_on, active.undone) == (supervisor.id, TODAY, None)
    assert [line.id for line in schedule_of(uow.session, active.id)] == lines
    assert (active.outstanding, active.schedule_version) == (Decimal(61000), 3)
    assert published_types(uow)[-2:] == ["lending.loan.approved.v1", "lending.loan.disbursed.v1"]


def test_a_payment_on_a_provisional_schedule_that_went_approves_and_disburses(
    uow: UnitOfWork, submitted: Loan, supervisor: SignedIn
) -> None:
    change_status(uow, loan_id=submitted.id, target=LoanStatus.APPROVED, by=supervisor.actor, at=AT, today=TODAY)
    undo_approval(uow, loan_id=submitted.id, by=supervisor.actor, at=AT)
    pay(submitted, 1000)
    disbursement.disburse_by_payment(uow, submitted, paid_on=PAID_AT.date(), paid_at=PAID_AT, at=PAID_AT)
    assert (submitted.status, submitted.disbursed_on) == (LoanStatus.ACTIVE, PAID_AT.date())
    assert schedule_of(uow.session, submitted.id)[0].due_on == date(2026, 3, 1)


def test_a_loan_changed_after_the_undoing_gets_a_new_schedule_for_the_payment(
    uow: UnitOfWork, active: Loan, admin: SignedIn
) -> None:
    undo_disbursement(uow, loan_id=active.id, by=admin.actor, at=AT)
    edit_loan(uow, Change(principal=Decimal(40000), wishes={}), loan_id=active.id, by=admin.actor, at=AT)
    pay(active, 1000)
    disbursement.disburse_again(uow, active, paid_on=PAID_AT.date(), paid_at=PAID_AT, at=PAID_AT)
    assert sum(line.principal for line in schedule_of(uow.session, active.id)) == Decimal(40000)
    assert (active.disbursed_on, active.outstanding) == (PAID_AT.date(), Decimal(48600))


def test_a_completed_loan_is_taken_up_again_beside_a_newer_one(
    uow: UnitOfWork, active: Loan, supervisor: SignedIn, officer: SignedIn
) -> None:
    pay(active, 62000)
    closure.complete(uow, active, at=PAID_AT, closed_at=PAID_AT)
    newer = apply(uow, officer.actor, an_application(active.member_id, submit=True))
    pay(active, -1000)
    closure.reopen(uow, active, at=PAID_AT)
    uow.flush()
    assert (active.status, active.closed_at) == (LoanStatus.ACTIVE, None)
    assert newer.status is LoanStatus.PENDING_APPROVAL
    assert published_types(uow)[-1] == "lending.loan.reactivated.v1"


def test_a_deleted_loan_comes_back_where_its_member_is_now(uow: UnitOfWork, active: Loan, admin: SignedIn) -> None:
    closure.delete(uow, active, at=AT, reason="Twice")
    closure.bring_back(uow, active, at=PAID_AT)
    uow.flush()
    assert (active.deleted_at, active.status) == (None, LoanStatus.ACTIVE)
    assert published_types(uow)[-2:] == ["lending.loan.deleted.v1", "lending.loan.updated.v1"]
