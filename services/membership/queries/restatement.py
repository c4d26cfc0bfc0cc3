"""What is published anew, by id and in the order of the ids, deleted rows too."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.membership.models import DocumentType, Member, Union


def unions_by_id(session: Session, ids: Collection[UUID]) -> Sequence[Union]:
    """These unions."""
    return session.scalars(select(Union).where(Union.id.in_(ids)).order_by(Union.id)).all()


def members_by_id(session: Session, ids: Collection[UUID]) -> Sequence[Member]:
    """These members."""
    return session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.id)).all()


def document_types_by_id(session: Session, ids: Collection[UUID]) -> Sequence[DocumentType]:
    """These document types."""
    return session.scalars(select(DocumentType).where(DocumentType.id.in_(ids)).order_by(DocumentType.id)).all()
