"""The schedule of one loan, as it is written, and those it had before."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.lending.domain.loan import LoanStatus
from services.lending.domain.reschedule import ProposalStatus
from services.lending.models import EndedSchedule, Instalment, Loan, LoanRepayment, Reschedule

# Loans whose schedule counts, or would if they had one.
_WITH_SCHEDULE = (LoanStatus.APPROVED, LoanStatus.ACTIVE, LoanStatus.DEFAULTED)


def schedule_of(session: Session, loan_id: UUID) -> Sequence[Instalment]:
    """The instalments of a loan in their order, without the line of charges, which is no part of the schedule."""
    planned = select(Instalment).where(Instalment.loan_id == loan_id, ~Instalment.is_charge_line)
    return session.scalars(planned.order_by(Instalment.sequence)).all()


def remove_lines(session: Session, loan_id: UUID, *, but: Collection[UUID]) -> None:
    """Delete the instalments of a loan, all but these."""
    gone = delete(Instalment).where(Instalment.loan_id == loan_id)
    session.execute(gone.where(Instalment.id.not_in(but)) if but else gone)


def ended_schedule(session: Session, loan_id: UUID, schedule_version: int) -> EndedSchedule | None:
    """A schedule the loan had."""
    return session.get(EndedSchedule, (loan_id, schedule_version))


def has_repayments(session: Session, loan_id: UUID) -> bool:
    """Whether anything was ever paid on a loan."""
    return session.scalar(select(LoanRepayment.id).where(LoanRepayment.loan_id == loan_id).limit(1)) is not None


def last_approved_reschedule(session: Session, loan_id: UUID) -> Reschedule | None:
    """The proposal that made the later lines of a loan's schedule."""
    approved = select(Reschedule).where(Reschedule.loan_id == loan_id, Reschedule.status == ProposalStatus.APPROVED)
    return session.scalars(approved.order_by(Reschedule.decided_at.desc(), Reschedule.id.desc()).limit(1)).one_or_none()


def has_proposal(session: Session, loan_id: UUID) -> bool:
    """Whether a proposal to reschedule the loan, which is locked, waits for a decision."""
    waiting = select(Reschedule.id).where(Reschedule.loan_id == loan_id, Reschedule.status == ProposalStatus.PROPOSED)
    return session.scalar(waiting) is not None


def proposal_for_update(session: Session, loan_id: UUID, reschedule_id: UUID) -> Reschedule | None:
    """A proposal for a loan, locked."""
    query = select(Reschedule).where(Reschedule.id == reschedule_id, Reschedule.loan_id == loan_id)
    return session.scalars(query.with_for_update()).one_or_none()


def loans_without_schedule(session: Session) -> Sequence[Loan]:
    """Loans that ought to have a schedule and have none, locked in the order of their ids."""
    due = Loan.status.in_(_WITH_SCHEDULE) & ((Loan.status != LoanStatus.APPROVED) | Loan.base_on.is_not(None))
    lines = select(Instalment.id).where(Instalment.loan_id == Loan.id).exists()
    query = select(Loan).where(due, Loan.deleted_at.is_(None), ~lines).order_by(Loan.id)
    return session.scalars(query.with_for_update()).all()
