"""How any step is taken: on a locked loan, checked by the table of its life, counted, published and audited."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.lending import events
from services.lending.domain.loan import FINAL, RUNNING, LoanAction, transition
from services.lending.models import Instalment, Loan
from services.lending.queries import counts, locks
from services.lending.shapes.loans import LoanScalars
from services.lending.steps.separation import check_person, note_person
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound

ANNOUNCEMENTS: dict[LoanAction, tuple[type[events.LoanEvent], str]] = {
    LoanAction.SUBMIT: (events.LoanSubmitted, "LOAN_SUBMITTED"),
    LoanAction.APPROVE: (events.LoanApproved, "LOAN_APPROVED"),
    LoanAction.APPROVE_DRAFT: (events.LoanApproved, "LOAN_APPROVED"),
    LoanAction.UNDO_APPROVAL: (events.LoanApprovalUndone, "LOAN_APPROVAL_UNDONE"),
    LoanAction.REJECT: (events.LoanRejected, "LOAN_REJECTED"),
    LoanAction.CANCEL: (events.LoanCanceled, "LOAN_CANCELED"),
    LoanAction.DISBURSE: (events.LoanDisbursed, "LOAN_DISBURSED"),
    LoanAction.UNDO_DISBURSEMENT: (events.LoanDisbursementUndone, "LOAN_DISBURSEMENT_UNDONE"),
    LoanAction.COMPLETE: (events.LoanCompleted, "LOAN_COMPLETED"),
    LoanAction.REOPEN: (events.LoanReactivated, "LOAN_REACTIVATED"),
    LoanAction.DEFAULT: (events.LoanDefaulted, "LOAN_DEFAULTED"),
    LoanAction.REACTIVATE: (events.LoanReactivated, "LOAN_REACTIVATED"),
    LoanAction.WRITE_OFF: (events.LoanWrittenOff, "LOAN_WRITTEN_OFF"),
}


class LoanNotFound(NotFound):
    """No such loan, or not for this actor to see."""


class RunningLoanExists(Conflict):
    """The member has another loan that must end first."""


@dataclass(slots=True)
class Announcement:
    """What the event of a change says beyond the loan's facts: the schedule that now counts, if the change made,
    confirmed or (an empty one) removed it."""

    schedule: Sequence[Instalment] | None = None


def seen_loan(uow: UnitOfWork, loan_id: UUID, by: Actor) -> Loan:
    """The loan, locked. Raises LoanNotFound, also when it is out of the actor's scope."""
    loan = locks.loan_for_update(uow.session, loan_id, seen_by=by)
    if loan is None:
        raise LoanNotFound("Loan not found")
    return loan


def take_step(uow: UnitOfWork, loan: Loan, action: LoanAction, *, at: datetime, notes: str | None = None) -> None:
    """Take a step that changes nothing but the status. Raises InvalidTransition."""
    with recorded_step(uow, loan, action, at=at, notes=notes):
        pass


@contextmanager
def recorded_step(
    uow: UnitOfWork, loan: Loan, action: LoanAction, *, at: datetime, notes: str | None = None
) -> Iterator[Announcement]:
    """Take one step: the loan has its new status inside the block, which records what else changes.

    Notes are appended to those of the loan. Raises InvalidTransition, OwnOfficer, FourEyesNeeded, RunningLoanExists.
    """
    start, end = loan.status, transition(loan.status, action)
    check_person(uow, loan, action, at=at)
    if end in RUNNING and start not in RUNNING and action is not LoanAction.REOPEN:
        refuse_second_loan(uow, loan.member_id)
    event, audit_action = ANNOUNCEMENTS[action]
    metadata = {"from": start, "to": end} | ({"reason": notes} if notes else {})
    with recorded_change(uow, loan, event, audit_action, at=at, metadata=metadata) as announcement:
        loan.status = end
        yield announcement
        note_person(uow, loan, action)
        if notes:
            loan.notes = f"{loan.notes}\n\n{notes}" if loan.notes else notes
        if end in FINAL:
            loan.closed_at = loan.closed_at or at
    counts.loan_moved(uow, loan.officer_id, start, end)


@contextmanager
def recorded_change(
    uow: UnitOfWork,
    loan: Loan,
    event: type[events.LoanEvent],
    audit_action: str,
    *,
    at: datetime,
    metadata: dict[str, Any] | None = None,
) -> Iterator[Announcement]:
    """Change a loan inside the block; then its event is published, and the audit trail keeps it before and after."""
    before, announcement = LoanScalars.of(loan), Announcement()
    yield announcement
    loan.updated_at, loan.version = at, loan.version + 1
    uow.publish(event.of(loan, announcement.schedule))
    uow.audit(
        action=audit_action,
        entity_name="Loan",
        entity_id=loan.id,
        before=before,
        after=LoanScalars.of(loan),
        metadata=metadata,
    )


def new_loan_of(uow: UnitOfWork, member_id: UUID) -> locks.NewLoan:
    """What a new loan of a member, who is locked, is made with. Raises RunningLoanExists."""
    new = locks.new_loan(uow.session, member_id, source=uow.source)
    if new is None:
        raise _running_loan_exists()
    _without_running_loan(uow).add(member_id)
    return new


def refuse_second_loan(uow: UnitOfWork, member_id: UUID) -> None:
    """Refuse a member, who is locked, who has a running loan. Raises RunningLoanExists.

    Right after the draft of a loan nothing can have come between, and nobody is asked again.
    """
    free_members = _without_running_loan(uow)
    if member_id in free_members:
        free_members.remove(member_id)
    elif locks.has_running_loan(uow.session, member_id):
        raise _running_loan_exists()


def _without_running_loan(uow: UnitOfWork) -> set[UUID]:
    """Members, locked in this transaction, of whom it is known, until one of their loans becomes a running one."""
    members: set[UUID] = uow.session.info.setdefault("without running loan", set())
    return members


def _running_loan_exists() -> RunningLoanExists:
    return RunningLoanExists("Union member already has an active or pending loan (Customer already has an active loan)")
