"""From the draft to the decision on it, and back."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.lending.domain.loan import LoanAction
from services.lending.domain.reschedule import ScheduleEnd
from services.lending.models import Loan
from services.lending.steps import undo as undoing
from services.lending.steps.schedule import change_principal, remove_schedule, write_schedule
from services.lending.steps.transition import recorded_step
from shared.db import UnitOfWork
from shared.errors import RuleViolated


class MoreThanRequested(RuleViolated):
    """An approval may lower the amount that was asked for, not raise it."""


class ReasonMissing(RuleViolated):
    """This is not done without saying why."""


def submit(uow: UnitOfWork, loan: Loan, *, at: datetime, notes: str | None = None) -> None:
    """Put a draft before those who approve. Raises InvalidTransition, RunningLoanExists."""
    with recorded_step(uow, loan, LoanAction.SUBMIT, at=at, notes=notes):
        loan.submitted_at = at


def approve(
    uow: UnitOfWork,
    loan: Loan,
    action: LoanAction = LoanAction.APPROVE,
    *,
    by: UUID,
    at: datetime,
    notes: str | None = None,
    principal: Decimal | None = None,
    provisional_from: date | None = None,
) -> None:
    """Approve a loan, for a lower `principal` if one is given; the notes then say why.

    From the day given, its provisional schedule counts, on which payments are accepted at once.
    Raises InvalidTransition, RunningLoanExists, MoreThanRequested, ReasonMissing, InvalidTerms.
    """
    with recorded_step(uow, loan, action, at=at, notes=notes) as announcement:
        if principal is not None and principal != loan.principal:
            _lower(loan, principal, notes)
        loan.submitted_at = loan.submitted_at or at
        loan.approved_at, loan.approved_by = at, by
        loan.processing_fee_collected, loan.undone = True, None
        if provisional_from is not None:
            announcement.schedule = write_schedule(
                uow, loan, base_day=provisional_from, at=at, because=ScheduleEnd.REGENERATED
            )


def undo_approval(uow: UnitOfWork, loan: Loan, *, at: datetime, notes: str | None = None) -> None:
    """Put an approved loan back before those who approve, for the amount that was asked for.

    Its provisional schedule goes. Raises InvalidTransition, AlreadyPaid.
    """
    with recorded_step(uow, loan, LoanAction.UNDO_APPROVAL, at=at, notes=notes) as announcement:
        undoing.refuse_paid(loan)
        undoing.remember(loan)
        announcement.schedule = remove_schedule(uow, loan, at=at, because=ScheduleEnd.APPROVAL_UNDONE)
        if loan.requested_principal is not None:
            change_principal(loan, loan.requested_principal)
        loan.requested_principal = loan.approved_at = loan.approved_by = None
        loan.processing_fee_collected = False


def _lower(loan: Loan, principal: Decimal, reason: str | None) -> None:
    if principal > loan.principal:
        message = f"A loan is approved for {loan.principal:.2f}, which was asked for, or for less"
        raise MoreThanRequested(message, field="principal")
    if not reason:
        raise ReasonMissing("Say why the loan is approved for less than was asked for", field="notes")
    loan.requested_principal = loan.requested_principal or loan.principal
    change_principal(loan, principal)
