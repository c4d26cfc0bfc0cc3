"""Document types."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, exists, func, select, text
from sqlalchemy.orm import Session

from services.membership.models import DocumentType, LoanDocument, MemberDocument
from shared.errors import NotFound

types = DocumentType.__table__.c


class DocumentTypeNotFound(NotFound):
    """No such document type, or not one for new documents."""


def document_types(connection: Connection, *, with_inactive: bool) -> Sequence[Row[Any]]:
    """All document types by name; a dozen or so."""
    live = select(DocumentType.__table__).where(types.deleted_at.is_(None)).order_by(func.lower(types.name), types.id)
    return connection.execute(live if with_inactive else live.where(types.is_active)).all()


def document_type(connection: Connection, document_type_id: UUID) -> Row[Any]:
    """A document type, active or not. Raises DocumentTypeNotFound."""
    live = select(DocumentType.__table__).where(types.id == document_type_id, types.deleted_at.is_(None))
    row = connection.execute(live).one_or_none()
    if row is None:
        raise DocumentTypeNotFound("Document type not found")
    return row


def document_type_for_update(session: Session, document_type_id: UUID) -> DocumentType:
    """The document type, locked, also against documents that are just being added. Raises DocumentTypeNotFound."""
    return _found(session.scalars(_live(document_type_id).with_for_update()).one_or_none())


def document_type_to_use(session: Session, document_type_id: UUID) -> DocumentType:
    """An active document type, which is not deleted before the end of this transaction. Raises
    DocumentTypeNotFound."""
    active = _live(document_type_id).where(DocumentType.is_active)
    return _found(session.scalars(active.with_for_update(read=True)).one_or_none())


def document_type_named(session: Session, name: str) -> DocumentType | None:
    """The document type of this name, however it is written, not deleted before the end of this transaction."""
    named = select(DocumentType).where(func.lower(DocumentType.name) == name.lower(), DocumentType.deleted_at.is_(None))
    return session.scalars(named.with_for_update(read=True)).one_or_none()


def lock_names(session: Session) -> None:
    """Nobody else makes or renames a document type before the end of this transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('names of document types'))"))


def codes_like(session: Session, beginning: str) -> set[str]:
    """The codes in use that begin so; the beginning is letters and digits."""
    taken = select(DocumentType.code).where(DocumentType.deleted_at.is_(None), DocumentType.code.like(f"{beginning}%"))
    return set(session.scalars(taken))


def is_used(session: Session, document_type_id: UUID) -> bool:
    """Whether a document of a member or of a loan is of this type."""
    of_member = exists().where(MemberDocument.document_type_id == document_type_id, MemberDocument.deleted_at.is_(None))
    of_loan = exists().where(LoanDocument.document_type_id == document_type_id, ~LoanDocument.is_deleted)
    return bool(session.scalar(select(of_member | of_loan)))


def _live(document_type_id: UUID) -> Select[tuple[DocumentType]]:
    return select(DocumentType).where(DocumentType.id == document_type_id, DocumentType.deleted_at.is_(None))


def _found(found: DocumentType | None) -> DocumentType:
    if found is None:
        raise DocumentTypeNotFound("Document type not found", field="documentTypeId")
    return found
