"""The end of a loan, and what brings it back."""

from datetime import datetime

from services.lending.domain.loan import LoanAction
from services.lending.events import LoanDeleted, LoanUpdated
from services.lending.models import Loan
from services.lending.queries import counts, locks, schedules
from services.lending.steps.transition import recorded_change, recorded_step
from shared.db import UnitOfWork
from shared.errors import Conflict


class StillOwed(Conflict):
    """A loan on which money is owed is not completed."""


class LoanHasPayments(Conflict):
    """Payments are permanent, and so is the loan they were made on."""


def complete(
    uow: UnitOfWork, loan: Loan, *, at: datetime, closed_at: datetime | None = None, notes: str | None = None
) -> None:
    """Close a loan on which nothing is owed; now, or when its last payment was made.

    Raises InvalidTransition, StillOwed.
    """
    with recorded_step(uow, loan, LoanAction.COMPLETE, at=at, notes=notes):
        if loan.outstanding > 0:
            raise StillOwed(f"The loan cannot be completed while {loan.outstanding:.2f} is outstanding")
        loan.closed_at = closed_at


def reopen(uow: UnitOfWork, loan: Loan, *, at: datetime, notes: str | None = None) -> None:
    """Take a completed loan up again on which money is owed after all, whatever loan its member has by now.

    Raises InvalidTransition.
    """
    with recorded_step(uow, loan, LoanAction.REOPEN, at=at, notes=notes):
        loan.closed_at, loan.is_reopened = None, True


def delete(uow: UnitOfWork, loan: Loan, *, at: datetime, reason: str | None = None) -> None:
    """Take a loan away on which nothing was ever paid. Raises LoanHasPayments."""
    if schedules.has_repayments(uow.session, loan.id):
        raise LoanHasPayments("Payments were made on this loan, and payments are permanent; it cannot be deleted")
    metadata = {"status": loan.status} | ({"reason": reason} if reason else {})
    with recorded_change(uow, loan, LoanDeleted, "LOAN_DELETED", at=at, metadata=metadata):
        loan.deleted_at = at
    counts.loan_removed(uow, loan.officer_id, loan.loan_type_id, loan.status)


def bring_back(uow: UnitOfWork, loan: Loan, *, at: datetime) -> None:
    """Take the deletion of a loan back, because a payment had been made before its event arrived.

    It belongs to whatever union its member is in by now, and may run beside a newer loan.
    """
    place = locks.place_of_member(uow.session, loan.member_id)
    metadata = {"reason": "A payment was made on it."}
    with recorded_change(uow, loan, LoanUpdated, "LOAN_UPDATED", at=at, metadata=metadata):
        loan.deleted_at, loan.is_reopened = None, True
        loan.union_id, loan.officer_id = place.union_id, place.officer_id
    counts.loan_added(uow, loan.officer_id, loan.loan_type_id, loan.status)
