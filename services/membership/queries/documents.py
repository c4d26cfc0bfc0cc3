"""Documents of members."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.membership.models import DocumentType, LoanDocument, Member, MemberDocument
from services.membership.queries.members import MemberNotFound
from shared.context import Actor, Role
from shared.directory.scope import ACTOR_ID, scope, scope_of
from shared.documents.tables import document_rows, is_this
from shared.errors import NotFound

documents, members = MemberDocument.__table__, Member.__table__.c

_SHOWN = document_rows(documents, DocumentType.__table__)
_OF_MEMBER = _SHOWN.where(documents.c.member_id == bindparam("member_id"))
_STORED = (
    select(documents.c.key, documents.c.size, documents.c.media_type, documents.c.file_name)
    .join(Member, members.id == documents.c.member_id)
    .where(is_this(documents), members.deleted_at.is_(None))
)


class DocumentNotFound(NotFound):
    """No such document, or not for this actor to see."""


def check_seen(connection: Connection, member_id: UUID, *, seen_by: Actor) -> None:
    """Return when the actor may see the member. Raises MemberNotFound."""
    if connection.execute(_seen(seen_by.role), {"member_id": member_id, "actor_id": seen_by.id}).first() is None:
        raise MemberNotFound("Union member not found")


def documents_of(connection: Connection, member_id: UUID) -> Sequence[Row[Any]]:
    """The documents of a member the actor may see, newest first."""
    return connection.execute(_OF_MEMBER, {"member_id": member_id}).all()


def document_in_full(connection: Connection, document_id: UUID) -> Row[Any]:
    """A document the actor may see, with its type and uploader."""
    return connection.execute(_SHOWN.where(documents.c.id == document_id)).one()


def stored_document(connection: Connection, document_id: UUID, *, reader: Actor) -> Row[Any]:
    """Where the bytes of a document are that the reader may see, and what they are. Raises DocumentNotFound."""
    statement, values = _stored_for(reader.role), {"document_id": document_id, "actor_id": reader.id}
    row = connection.execute(statement, values).one_or_none()
    if row is None:
        raise DocumentNotFound("Document not found")
    return row


def document_for_update(
    session: Session, document_id: UUID, *, seen_by: Actor, member_id: UUID | None = None
) -> MemberDocument:
    """The document, of this member when one is named, locked. Raises DocumentNotFound."""
    statement = (
        select(MemberDocument)
        .join(Member, Member.id == MemberDocument.member_id)
        .where(MemberDocument.id == document_id, MemberDocument.deleted_at.is_(None), Member.deleted_at.is_(None))
        .where(scope(seen_by, Member.officer_id))
    )
    if member_id is not None:
        statement = statement.where(MemberDocument.member_id == member_id)
    document = session.scalars(statement.with_for_update(of=MemberDocument)).one_or_none()
    if document is None:
        raise DocumentNotFound("Document not found")
    return document


def document_count(session: Session, member_id: UUID) -> int:
    """How many documents a member has."""
    live = select(func.count()).where(MemberDocument.member_id == member_id, MemberDocument.deleted_at.is_(None))
    return session.scalars(live).one()


def keep_loan_document(session: Session, columns: dict[str, Any]) -> None:
    """Keep a document of a loan as lending published it, unless a newer version is kept already."""
    row = insert(LoanDocument).values(**columns)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["document_id"], set_=columns, where=LoanDocument.version < row.excluded.version
        )
    )


@cache
def _seen(role: Role) -> Select[Any]:
    existing = exists().where(members.id == bindparam("member_id"), members.deleted_at.is_(None))
    return select(1).where(existing.where(scope_of(role, members.officer_id, ACTOR_ID)))


@cache
def _stored_for(role: Role) -> Select[Any]:
    return _STORED.where(scope_of(role, members.officer_id, ACTOR_ID))
