"""From the approved loan to its end: disbursement, and whatever people decide about its status by name."""

from datetime import date, datetime
from uuid import UUID

from services.lending.domain.loan import LoanAction, LoanStatus, action_towards
from services.lending.models import Loan
from services.lending.steps import closure, decision, disbursement, separation
from services.lending.steps.transition import seen_loan, take_step
from shared.context import Actor
from shared.db import UnitOfWork


def disburse_loan(
    uow: UnitOfWork,
    *,
    loan_id: UUID,
    disbursed_on: date,
    disbursed_at: datetime,
    method: str | None = None,
    reference: str | None = None,
    notes: str | None = None,
    by: Actor,
    at: datetime,
    books_open_from: date | None = None,
) -> Loan:
    """Activate an approved loan, write its schedule and announce it; on a day in the past, too, if its books are open.

    Raises LoanNotFound, InvalidTransition, BooksClosed, InvalidTerms.
    """
    disbursement.check_books(disbursed_on, books_open_from)
    loan = seen_loan(uow, loan_id, by)
    disbursement.disburse(
        uow,
        loan,
        disbursed_on=disbursed_on,
        disbursed_at=disbursed_at,
        method=method,
        reference=reference,
        notes=notes,
        at=at,
    )
    return loan


def undo_disbursement(uow: UnitOfWork, *, loan_id: UUID, by: Actor, at: datetime, notes: str | None = None) -> Loan:
    """Make an active loan on which nothing is paid an approved one again.

    Raises LoanNotFound, InvalidTransition, AlreadyPaid, AlreadyRescheduled.
    """
    loan = seen_loan(uow, loan_id, by)
    disbursement.undo_disbursement(uow, loan, at=at, notes=notes)
    return loan


def change_status(
    uow: UnitOfWork,
    *,
    loan_id: UUID,
    target: LoanStatus,
    by: Actor,
    at: datetime,
    today: date,
    notes: str | None = None,
) -> Loan:
    """Bring a loan into a status by the one action that leads there.

    Approving this way makes a provisional schedule from the start date, on which payments are accepted at once, because
    the web client, which knows no other way, has no step for the disbursement; not where another person has to
    pay it out. Raises LoanNotFound, InvalidTransition, OwnOfficer, FourEyesNeeded, RunningLoanExists, StillOwed.
    """
    loan = seen_loan(uow, loan_id, by)
    action = action_towards(loan.status, target, by.role)
    match action:
        case LoanAction.SUBMIT:
            decision.submit(uow, loan, at=at, notes=notes)
        case LoanAction.APPROVE | LoanAction.APPROVE_DRAFT:
            # Where somebody else has to pay it out, no payment may do so in their place.
            provisional_from = None if separation.needs_four_eyes(uow, loan) else loan.start_on
            decision.approve(uow, loan, action, by=by.id, at=at, notes=notes, provisional_from=provisional_from)
        case LoanAction.DISBURSE:
            disbursement.disburse(uow, loan, disbursed_on=today, disbursed_at=at, notes=notes, at=at)
        case LoanAction.COMPLETE:
            closure.complete(uow, loan, at=at, notes=notes)
        case _:
            take_step(uow, loan, action, at=at, notes=notes)
    return loan
