"""Members whose personal data was erased, and is to stay so."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.membership.models import Member, MemberDocument, MemberErasure, MemberLoan, MemberReassignment
from services.membership.queries.loans import OPEN
from services.membership.queries.members import MemberNotFound

OWED = (*OPEN, "WRITTEN_OFF")


def member_to_erase(session: Session, member_id: UUID) -> Member:
    """The member, locked, one who was deleted too. Raises MemberNotFound."""
    member = session.scalars(select(Member).where(Member.id == member_id).with_for_update()).one_or_none()
    if member is None:
        raise MemberNotFound("Union member not found")
    return member


def owed_loan_count(connection: Connection, member_id: UUID) -> int:
    """How many loans of a member are to be decided on, to be repaid, or written off."""
    theirs = select(func.count()).where(MemberLoan.member_id == member_id, MemberLoan.status.in_(OWED))
    return connection.execute(theirs).scalar_one()


def note_erasure(connection: Connection, *, member_id: UUID, reason: str, by: UUID, at: datetime) -> None:
    """Keep that this member is to stay erased."""
    row = insert(MemberErasure).values(member_id=member_id, reason=reason, erased_by=by, erased_at=at)
    connection.execute(row.on_conflict_do_nothing())


def members_to_erase_again(session: Session, limit: int) -> Sequence[Member]:
    """Members, locked, who were erased and are there again, because an older state was restored."""
    erased = exists().where(MemberErasure.member_id == Member.id)
    query = select(Member).where(Member.erased_at.is_(None), erased).order_by(Member.id).limit(limit)
    return session.scalars(query.with_for_update(skip_locked=True)).all()


def remove_documents(connection: Connection, member_id: UUID) -> Sequence[str]:
    """Remove the documents of a member, those that were taken away too; returns the keys of their files."""
    gone = delete(MemberDocument).where(MemberDocument.member_id == member_id).returning(MemberDocument.key)
    return connection.execute(gone).scalars().all()


def blank_reasons(connection: Connection, member_id: UUID, text: str) -> None:
    """Write this instead of what people wrote of why the member was moved."""
    theirs = update(MemberReassignment).where(MemberReassignment.member_id == member_id)
    connection.execute(theirs.values(reason=text))
