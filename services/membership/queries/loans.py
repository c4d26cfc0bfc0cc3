"""What membership keeps of the loans of its members."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.membership.models import LoanDocument, Member, MemberLoan

# The status of a deleted loan. The row is kept, so that an older event does not count the loan again.
DELETED = "DELETED"
OPEN = ("DRAFT", "PENDING_APPROVAL", "APPROVED", "ACTIVE", "DEFAULTED")


def loan_count(session: Session, member_id: UUID) -> int:
    """How many loans a member has."""
    theirs = select(func.count()).where(MemberLoan.member_id == member_id, MemberLoan.status != DELETED)
    return session.scalars(theirs).one()


def has_open_loan(session: Session, member_id: UUID) -> bool:
    """Whether a member has a loan that is still to be decided or repaid."""
    return bool(session.scalar(select(exists().where(MemberLoan.member_id == member_id, MemberLoan.status.in_(OPEN)))))


def union_of_borrower(session: Session, member_id: UUID) -> UUID | None:
    """The union of a member, who cannot be moved until the end of this transaction."""
    stays = select(Member.union_id).where(Member.id == member_id).with_for_update(read=True, key_share=True)
    return session.scalars(stays).one_or_none()


def add_loan(session: Session, *, loan_id: UUID, member_id: UUID, status: str, version: int) -> bool:
    """Insert a loan; False when it exists already."""
    row = insert(MemberLoan).values(loan_id=loan_id, member_id=member_id, status=status, version=version)
    return session.execute(row.on_conflict_do_nothing().returning(MemberLoan.loan_id)).first() is not None


def write_status(session: Session, *, loan_id: UUID, status: str, version: int) -> str | None:
    """Write a newer status of an existing loan, and return the former one; None when the version is not newer."""
    older = (MemberLoan.loan_id == loan_id) & (MemberLoan.version < version)
    former = session.scalars(select(MemberLoan.status).where(older).with_for_update()).one_or_none()
    session.execute(update(MemberLoan).where(older).values(status=status, version=version))
    return former


def delete_below(session: Session, version: int) -> Sequence[Row[tuple[UUID, int]]]:
    """Take the loans of a lower version as deleted; returns how many were not, by union."""
    stale = MemberLoan.version < version
    gone = update(MemberLoan).where(stale, MemberLoan.status != DELETED).values(status=DELETED, version=version)
    rows = gone.returning(MemberLoan.member_id).cte("gone")
    query = select(Member.union_id, func.count()).join(rows, rows.c.member_id == Member.id).group_by(Member.union_id)
    return session.execute(query).all()


def delete_documents_below(session: Session, version: int) -> None:
    """Take the documents of loans of a lower version as deleted: their types are not in use because of them."""
    stale = LoanDocument.version < version
    session.execute(update(LoanDocument).where(stale).values(is_deleted=True, version=version))
