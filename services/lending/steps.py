"""The steps in the life of a loan: each is taken on a locked loan, checked, recorded, counted, told and audited."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.lending import counts
from services.lending.domain.loan import FINAL, RUNNING, LoanAction, transition
from services.lending.domain.progress import InstalmentStatus
from services.lending.domain.schedule import flat_schedule
from services.lending.domain.terms import Terms
from services.lending.events import (
    LoanApproved,
    LoanCanceled,
    LoanCompleted,
    LoanDefaulted,
    LoanDisbursed,
    LoanEvent,
    LoanReactivated,
    LoanRejected,
    LoanSubmitted,
    LoanWrittenOff,
)
from services.lending.models import Instalment, Loan
from services.lending.queries import locks, schedules
from services.lending.wire import loan_scalars
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.money import ZERO

TOLD: dict[LoanAction, tuple[type[LoanEvent], str]] = {
    LoanAction.SUBMIT: (LoanSubmitted, "LOAN_SUBMITTED"),
    LoanAction.APPROVE: (LoanApproved, "LOAN_APPROVED"),
    LoanAction.APPROVE_DRAFT: (LoanApproved, "LOAN_APPROVED"),
    LoanAction.REJECT: (LoanRejected, "LOAN_REJECTED"),
    LoanAction.CANCEL: (LoanCanceled, "LOAN_CANCELED"),
    LoanAction.DISBURSE: (LoanDisbursed, "LOAN_DISBURSED"),
    LoanAction.COMPLETE: (LoanCompleted, "LOAN_COMPLETED"),
    LoanAction.DEFAULT: (LoanDefaulted, "LOAN_DEFAULTED"),
    LoanAction.REACTIVATE: (LoanReactivated, "LOAN_REACTIVATED"),
    LoanAction.WRITE_OFF: (LoanWrittenOff, "LOAN_WRITTEN_OFF"),
}


class LoanNotFound(NotFound):
    """No such loan, or not for this actor to see."""


class RunningLoanExists(Conflict):
    """The member has another loan that must end first."""


class StillOwed(Conflict):
    """A loan on which money is owed is not completed."""


@dataclass(slots=True)
class Telling:
    """What the event of a step says beyond the loan's facts."""

    schedule: Sequence[Instalment] = ()


def seen_loan(uow: UnitOfWork, loan_id: UUID, by: Actor) -> Loan:
    """The loan, locked. Raises LoanNotFound, also when it is out of the actor's scope."""
    loan = locks.loan_for_update(uow.session, loan_id, seen_by=by)
    if loan is None:
        raise LoanNotFound("Loan not found")
    return loan


def take_step(uow: UnitOfWork, loan: Loan, action: LoanAction, *, at: datetime, notes: str | None = None) -> None:
    """Take a step that changes nothing but the status. Raises InvalidTransition."""
    with _taking(uow, loan, action, at=at, notes=notes):
        pass


@contextmanager
def _taking(
    uow: UnitOfWork, loan: Loan, action: LoanAction, *, at: datetime, notes: str | None = None
) -> Iterator[Telling]:
    """Take one step: the loan has its new status inside the block, which records what else changes.

    Notes are appended to those of the loan. Raises InvalidTransition, RunningLoanExists.
    """
    before, start, end = loan_scalars(loan), loan.status, transition(loan.status, action)
    if end in RUNNING and start not in RUNNING:
        refuse_second_loan(uow, loan.member_id)
    loan.status = end
    telling = Telling()
    yield telling
    if notes:
        loan.notes = f"{loan.notes}\n\n{notes}" if loan.notes else notes
    if end in FINAL:
        loan.closed_at = loan.closed_at or at
    loan.updated_at, loan.version = at, loan.version + 1
    counts.loan_moved(uow.connection, loan.officer_id, start, end)
    event, audit_action = TOLD[action]
    uow.publish(event.of(loan, telling.schedule))
    uow.audit(
        action=audit_action,
        entity_name="Loan",
        entity_id=loan.id,
        before=before,
        after=loan_scalars(loan),
        metadata={"from": start, "to": end} | ({"reason": notes} if notes else {}),
    )


def refuse_second_loan(uow: UnitOfWork, member_id: UUID) -> None:
    """Nothing, unless the member, who is locked, has a running loan. Raises RunningLoanExists."""
    if locks.has_running_loan(uow.session, member_id):
        raise RunningLoanExists(
            "Union member already has an active or pending loan (Customer already has an active loan)"
        )


def submit(uow: UnitOfWork, loan: Loan, *, at: datetime, notes: str | None = None) -> None:
    """Put a draft before those who approve. Raises InvalidTransition, RunningLoanExists."""
    with _taking(uow, loan, LoanAction.SUBMIT, at=at, notes=notes):
        loan.submitted_at = at


def approve(
    uow: UnitOfWork,
    loan: Loan,
    action: LoanAction = LoanAction.APPROVE,
    *,
    by: UUID,
    at: datetime,
    notes: str | None = None,
    provisional_from: date | None = None,
) -> None:
    """Approve a loan; from the day given, its provisional schedule counts, on which payments are accepted at once.

    Raises InvalidTransition, RunningLoanExists.
    """
    with _taking(uow, loan, action, at=at, notes=notes) as telling:
        loan.submitted_at = loan.submitted_at or at
        loan.approved_at, loan.approved_by = at, by
        loan.processing_fee_collected = True
        if provisional_from is not None:
            telling.schedule = write_schedule(uow, loan, base_day=provisional_from, at=at)


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
    with _taking(uow, loan, LoanAction.DISBURSE, at=at, notes=notes) as telling:
        loan.disbursed_on, loan.disbursed_at = disbursed_on, disbursed_at
        loan.disbursement_method, loan.disbursement_reference = method, reference
        telling.schedule = write_schedule(uow, loan, base_day=disbursed_on, at=at)


def disburse_by_payment(uow: UnitOfWork, loan: Loan, *, paid_on: date, paid_at: datetime, at: datetime) -> None:
    """Activate an approved loan on which a payment was accepted; its provisional schedule now counts."""
    with _taking(uow, loan, LoanAction.DISBURSE, at=at) as telling:
        loan.disbursed_on, loan.disbursed_at = paid_on, paid_at
        telling.schedule = schedules.schedule_of(uow.session, loan.id)


def complete(
    uow: UnitOfWork, loan: Loan, *, at: datetime, closed_at: datetime | None = None, notes: str | None = None
) -> None:
    """Close a loan on which nothing is owed; now, or when its last payment was made.

    Raises InvalidTransition, StillOwed.
    """
    with _taking(uow, loan, LoanAction.COMPLETE, at=at, notes=notes):
        if loan.outstanding > 0:
            raise StillOwed(f"The loan cannot be completed while {loan.outstanding:.2f} is outstanding")
        loan.closed_at = closed_at


def write_schedule(uow: UnitOfWork, loan: Loan, *, base_day: date, at: datetime) -> Sequence[Instalment]:
    """Make the schedule of a loan from its terms, in place of the one it may have. Raises InvalidTerms."""
    terms = Terms(loan.principal, loan.annual_rate, loan.term_count, loan.term_unit)
    instalments = [
        Instalment(
            id=new_id(),
            loan_id=loan.id,
            sequence=line.sequence,
            due_on=line.due_on,
            principal=line.principal,
            interest=line.interest,
            paid=ZERO,
            status=InstalmentStatus.PENDING,
            created_at=at,
            updated_at=at,
        )
        for line in flat_schedule(terms, base_day)
    ]
    schedules.replace_schedule(uow.session, loan.id, instalments)
    loan.schedule_version += 1
    loan.end_on = instalments[-1].due_on
    return instalments
