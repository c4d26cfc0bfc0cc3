"""What membership keeps of the loans of its members."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.membership.models import Member, MemberLoan


def loan_count(session: Session, member_id: UUID) -> int:
    """How many loans a member has."""
    return session.scalars(select(func.count()).where(MemberLoan.member_id == member_id)).one()


def union_of_borrower(session: Session, member_id: UUID) -> UUID | None:
    """The union of a member, who cannot be moved until the end of this transaction."""
    stays = select(Member.union_id).where(Member.id == member_id).with_for_update(read=True, key_share=True)
    return session.scalars(stays).one_or_none()


def add_loan(session: Session, *, loan_id: UUID, member_id: UUID, status: str, version: int) -> bool:
    """Keep a loan that was not known; whether it was not."""
    row = insert(MemberLoan).values(loan_id=loan_id, member_id=member_id, status=status, version=version)
    return session.execute(row.on_conflict_do_nothing().returning(MemberLoan.loan_id)).first() is not None


def write_status(session: Session, *, loan_id: UUID, status: str, version: int) -> None:
    """Keep the newer status of a known loan; an older one changes nothing."""
    older = update(MemberLoan).where(MemberLoan.loan_id == loan_id, MemberLoan.version < version)
    session.execute(older.values(status=status, version=version))
