"""From the approved loan to its end."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.lending.domain.loan import InvalidTransition, LoanStatus
from services.lending.models import Loan
from services.lending.queries.schedules import schedule_of
from services.lending.steps.closure import StillOwed
from services.lending.steps.transition import LoanNotFound, RunningLoanExists
from services.lending.tests.conftest import AT, TODAY, Member, an_application, apply
from services.lending.usecases.application import approve_loan
from services.lending.usecases.status import change_status, disburse_loan
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.testing import SignedIn, published_events, published_types

APPROVED, ACTIVE, CANCELED, COMPLETED = (
    LoanStatus.APPROVED,
    LoanStatus.ACTIVE,
    LoanStatus.CANCELED,
    LoanStatus.COMPLETED,
)
DISBURSEMENT = {
    "disbursed_on": date(2026, 3, 11),
    "disbursed_at": datetime(2026, 3, 11, tzinfo=UTC),
    "method": "TRANSFER",
    "reference": "TXN123456",
}


@pytest.fixture
def submitted(uow: UnitOfWork, a_member: Callable[..., Member]) -> Loan:
    """A submitted loan of 50,000 over 12 months that was to start on 1 February."""
    member = a_member()
    return apply(uow, member.officer.actor, an_application(member.id, submit=True, start_on=date(2026, 2, 1)))


@pytest.fixture
def approved(uow: UnitOfWork, submitted: Loan, supervisor: SignedIn) -> Loan:
    return approve_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT)


@pytest.fixture
def active(uow: UnitOfWork, approved: Loan, supervisor: SignedIn) -> Loan:
    return disburse_loan(uow, loan_id=approved.id, by=supervisor.actor, at=AT, **DISBURSEMENT)


def bring(uow: UnitOfWork, loan: Loan, target: LoanStatus, by: Actor, notes: str | None = None) -> Loan:
    return change_status(uow, loan_id=loan.id, target=target, by=by, at=AT, today=TODAY, notes=notes)


def audited(uow: UnitOfWork) -> str:
    """The action of the newest audit entry."""
    action: str = [event.data["action"] for event in published_events(uow) if ".audit." in event.type][-1]
    return action


def test_disbursing_writes_the_schedule_and_tells_the_others(uow: UnitOfWork, active: Loan) -> None:
    lines = schedule_of(uow.session, active.id)
    assert active.status is ACTIVE
    assert [line.principal for line in lines] == [Decimal("4166.67")] * 11 + [Decimal("4166.63")]
    assert (lines[0].due_on, lines[-1].due_on, active.end_on) == (
        date(2026, 4, 11),
        date(2027, 3, 11),
        date(2027, 3, 11),
    )
    assert (active.disbursement_method, active.disbursement_reference) == ("TRANSFER", "TXN123456")
    assert published_types(uow)[-1] == "lending.loan.disbursed.v1"
    event = next(event for event in published_events(uow) if event.type == "lending.loan.disbursed.v1")
    assert event.data["schedule_version"] == 1
    assert [line["instalment_id"] for line in event.data["schedule"]] == [str(line.id) for line in lines]


def test_only_an_approved_loan_is_disbursed_and_only_once(
    uow: UnitOfWork, submitted: Loan, supervisor: SignedIn
) -> None:
    with pytest.raises(InvalidTransition, match="Only approved loans can be disbursed"):
        disburse_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, **DISBURSEMENT)
    approve_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT)
    disburse_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, **DISBURSEMENT)
    with pytest.raises(InvalidTransition, match="Only approved loans can be disbursed"):
        disburse_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, **DISBURSEMENT)


def test_approving_by_status_makes_a_provisional_schedule_from_the_start_date(
    uow: UnitOfWork, submitted: Loan, supervisor: SignedIn
) -> None:
    loan = bring(uow, submitted, APPROVED, supervisor.actor)
    assert (loan.status, loan.schedule_version, loan.disbursed_at) == (APPROVED, 1, None)
    assert schedule_of(uow.session, loan.id)[0].due_on == date(2026, 3, 1)
    event = next(event for event in published_events(uow) if event.type == "lending.loan.approved.v1")
    assert len(event.data["schedule"]) == 12


def test_disbursing_replaces_the_provisional_schedule(uow: UnitOfWork, submitted: Loan, supervisor: SignedIn) -> None:
    bring(uow, submitted, APPROVED, supervisor.actor)
    disburse_loan(uow, loan_id=submitted.id, by=supervisor.actor, at=AT, **DISBURSEMENT)
    lines = schedule_of(uow.session, submitted.id)
    assert submitted.schedule_version == 2
    assert (len(lines), lines[0].due_on) == (12, date(2026, 4, 11))


def test_only_an_admin_approves_a_draft(
    uow: UnitOfWork, admin: SignedIn, supervisor: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    draft = apply(uow, member.officer.actor, an_application(member.id))
    with pytest.raises(InvalidTransition, match="Cannot transition from DRAFT to APPROVED"):
        bring(uow, draft, APPROVED, supervisor.actor)
    assert bring(uow, draft, APPROVED, admin.actor).status is APPROVED
    assert (draft.submitted_at, audited(uow)) == (AT, "LOAN_APPROVED")


def test_a_draft_is_not_approved_while_another_loan_runs(
    uow: UnitOfWork, admin: SignedIn, a_member: Callable[..., Member]
) -> None:
    member = a_member()
    drafts = [apply(uow, member.officer.actor, an_application(member.id)) for _ in range(2)]
    bring(uow, drafts[0], APPROVED, admin.actor)
    with pytest.raises(RunningLoanExists):
        bring(uow, drafts[1], APPROVED, admin.actor)


def test_canceling_is_rejecting_until_the_approval(uow: UnitOfWork, submitted: Loan, supervisor: SignedIn) -> None:
    assert bring(uow, submitted, CANCELED, supervisor.actor, notes="No").closed_at == AT
    assert (audited(uow), published_types(uow)[-1]) == ("LOAN_REJECTED", "lending.loan.rejected.v1")


def test_canceling_an_approved_loan_is_told_as_such(uow: UnitOfWork, approved: Loan, supervisor: SignedIn) -> None:
    bring(uow, approved, CANCELED, supervisor.actor, notes="Changed her mind")
    assert (audited(uow), published_types(uow)[-1]) == ("LOAN_CANCELED", "lending.loan.canceled.v1")


def test_activating_by_status_disburses_today(uow: UnitOfWork, approved: Loan, supervisor: SignedIn) -> None:
    bring(uow, approved, ACTIVE, supervisor.actor)
    assert (approved.disbursed_on, approved.disbursed_at, audited(uow)) == (TODAY, AT, "LOAN_DISBURSED")


def test_a_loan_is_defaulted_reactivated_and_written_off(uow: UnitOfWork, active: Loan, supervisor: SignedIn) -> None:
    for target, action in (
        (LoanStatus.DEFAULTED, "LOAN_DEFAULTED"),
        (ACTIVE, "LOAN_REACTIVATED"),
        (LoanStatus.WRITTEN_OFF, "LOAN_WRITTEN_OFF"),
    ):
        assert bring(uow, active, target, supervisor.actor, notes="After three visits").status is target
        assert audited(uow) == action
    assert active.closed_at == AT
    assert published_types(uow)[-3:] == [
        "lending.loan.defaulted.v1",
        "lending.loan.reactivated.v1",
        "lending.loan.written_off.v1",
    ]


def test_a_loan_is_not_completed_by_hand_while_money_is_owed(
    uow: UnitOfWork, active: Loan, supervisor: SignedIn
) -> None:
    with pytest.raises(StillOwed, match=r"50000\.00 is outstanding"):
        bring(uow, active, COMPLETED, supervisor.actor)


@pytest.mark.parametrize("target", [LoanStatus.DRAFT, LoanStatus.PENDING_APPROVAL, APPROVED, ACTIVE, CANCELED])
def test_what_the_life_cycle_does_not_know_is_refused(
    uow: UnitOfWork, active: Loan, admin: SignedIn, target: LoanStatus
) -> None:
    with pytest.raises(InvalidTransition, match=f"Cannot transition from ACTIVE to {target}"):
        bring(uow, active, target, admin.actor)


def test_a_supervisor_reaches_only_loans_of_supervised_officers(
    uow: UnitOfWork, submitted: Loan, sign_in: Callable[..., SignedIn]
) -> None:
    with pytest.raises(LoanNotFound):
        bring(uow, submitted, APPROVED, sign_in(Role.SUPERVISOR).actor)
