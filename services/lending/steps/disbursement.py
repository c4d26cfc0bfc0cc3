"""From the approved loan to the active one, and back."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from services.lending.domain.loan import LoanAction, LoanStatus
from services.lending.domain.reschedule import ScheduleEnd
from services.lending.models import Instalment, Loan
from services.lending.queries import schedules
from services.lending.steps import undo as undoing
from services.lending.steps.schedule import remove_schedule, write_schedule
from services.lending.steps.transition import recorded_step
from shared.db import UnitOfWork
from shared.errors import RuleViolated
from shared.money import ZERO


class BooksClosed(RuleViolated):
    """The books of that day are closed."""


def check_books(day: date, books_open_from: date | None) -> None:
    """Refuse a day whose books are closed. Raises BooksClosed."""
    if books_open_from is not None and day < books_open_from:
        raise BooksClosed(f"The books before {books_open_from} are closed", field="disbursed_at")


def disburse(
    uow: UnitOfWork,
    loan: Loan,
    *,
    disbursed_on: date,
    disbursed_at: datetime,
    at: datetime,
    method: str | None = None,
    reference: str | None = None,
    notes: str | None = None,
) -> None:
    """Activate an approved loan; its schedule counts from the day of disbursement. Raises InvalidTransition."""
    with recorded_step(uow, loan, LoanAction.DISBURSE, at=at, notes=notes) as announcement:
        loan.disbursed_on, loan.disbursed_at = disbursed_on, disbursed_at
        loan.disbursement_method, loan.disbursement_reference = method, reference
        loan.disbursed_amount, loan.undone = paid_out(loan), None
        announcement.schedule = write_schedule(uow, loan, base_day=disbursed_on, at=at, because=ScheduleEnd.DISBURSED)


def undo_disbursement(uow: UnitOfWork, loan: Loan, *, at: datetime, notes: str | None = None) -> None:
    """Take back the disbursement of a loan on which nothing is paid; it is approved then, without a schedule.

    Raises InvalidTransition, AlreadyPaid, AlreadyRescheduled.
    """
    with recorded_step(uow, loan, LoanAction.UNDO_DISBURSEMENT, at=at, notes=notes) as announcement:
        undoing.refuse_paid(loan)
        undoing.refuse_rescheduled(uow, loan)
        undoing.remember(loan)
        announcement.schedule = remove_schedule(uow, loan, at=at, because=ScheduleEnd.DISBURSEMENT_UNDONE) or []
        loan.disbursed_on = loan.disbursed_at = loan.disbursed_amount = None
        loan.disbursement_method = loan.disbursement_reference = None


def disburse_by_payment(uow: UnitOfWork, loan: Loan, *, paid_on: date, paid_at: datetime, at: datetime) -> None:
    """Activate an approved loan on which a payment was accepted; its provisional schedule now counts.

    One without a schedule had its approval or its disbursement undone while the payment was on its way, and gets
    back what it had.
    """
    lines = schedules.schedule_of(uow.session, loan.id)
    if not lines:
        disburse_again(uow, loan, paid_on=paid_on, paid_at=paid_at, at=at)
        return
    with recorded_step(uow, loan, LoanAction.DISBURSE, at=at) as announcement:
        loan.disbursed_on, loan.disbursed_at = paid_on, paid_at
        loan.disbursed_amount = paid_out(loan)
        announcement.schedule = lines


def disburse_again(uow: UnitOfWork, loan: Loan, *, paid_on: date, paid_at: datetime, at: datetime) -> None:
    """Take back the undoing of an approval or a disbursement, because a payment had been made before its event arrived.

    The loan, which is APPROVED or PENDING_APPROVAL, becomes ACTIVE with the schedule it had; with a new one from the
    start date when it was changed since. What is outstanding stays as payments recorded it.
    """
    undone = undoing.recall(loan)
    if loan.status is LoanStatus.PENDING_APPROVAL:
        with recorded_step(uow, loan, LoanAction.APPROVE, at=at):
            loan.approved_at, loan.approved_by = undone.get("approved_at", at), undone.get("approved_by")
            loan.processing_fee_collected = True
    with recorded_step(uow, loan, LoanAction.DISBURSE, at=at) as announcement:
        for name, value in undone.items():
            setattr(loan, name, value)
        loan.disbursed_on, loan.disbursed_at = loan.disbursed_on or paid_on, loan.disbursed_at or paid_at
        loan.disbursed_amount = paid_out(loan) if loan.disbursed_amount is None else loan.disbursed_amount
        announcement.schedule = _lines_again(uow, loan, at)
        loan.undone = None


def paid_out(loan: Loan) -> Decimal:
    """What the member is handed of this loan."""
    return loan.charges.paid_out(loan.principal, loan.processing_fee)


def _lines_again(uow: UnitOfWork, loan: Loan, at: datetime) -> Sequence[Instalment]:
    outstanding = loan.outstanding
    version = (loan.undone or {}).get("schedule_version")
    ended = version and schedules.ended_schedule(uow.session, loan.id, version)
    if ended:
        lines = undoing.lines_of(ended, at)
        uow.session.add_all(lines)
        loan.schedule_version += 1
    else:
        loan.outstanding = loan.principal + loan.interest_total
        lines = write_schedule(uow, loan, base_day=loan.start_on, at=at, because=ScheduleEnd.RESTORED)
        outstanding = max(loan.outstanding - loan.paid, ZERO)
    loan.outstanding = outstanding
    return lines
