"""What lending keeps of members beyond loans and amounts: papers, and what people wrote."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Select, select, update
from sqlalchemy.orm import Session

from services.lending.models import Loan, LoanDocument, LoanRepayment, Reschedule


def documents_of_member(session: Session, member_id: UUID) -> Sequence[LoanDocument]:
    """The documents of all loans of a member, also of deleted ones and those taken away, locked."""
    query = select(LoanDocument).where(LoanDocument.loan_id.in_(_loans(member_id))).order_by(LoanDocument.id)
    return session.scalars(query.with_for_update()).all()


def loans_with_notes(session: Session, member_id: UUID) -> Sequence[Loan]:
    """The loans of a member that have notes, locked in the order of their ids."""
    query = select(Loan).where(Loan.member_id == member_id, Loan.notes.is_not(None)).order_by(Loan.id)
    return session.scalars(query.with_for_update()).all()


def blank_texts(connection: Connection, member_id: UUID) -> None:
    """Forget what people wrote about reschedules and repayments of a member's loans."""
    theirs = _loans(member_id)
    reschedules = update(Reschedule).where(Reschedule.loan_id.in_(theirs))
    connection.execute(reschedules.values(reason=None, decision_notes=None))
    connection.execute(update(LoanRepayment).where(LoanRepayment.loan_id.in_(theirs)).values(notes=None))


def loans_of_member(connection: Connection, member_id: UUID) -> Sequence[UUID]:
    """The loans of a member, deleted ones too."""
    return connection.execute(_loans(member_id)).scalars().all()


def _loans(member_id: UUID) -> Select[tuple[UUID]]:
    return select(Loan.id).where(Loan.member_id == member_id)
