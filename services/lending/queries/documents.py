"""Documents of loans, and the types that membership publishes."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.lending.domain.documents import Brought
from services.lending.models import DocumentType, Loan, LoanDocument
from services.lending.queries.relations import LOANS, seen_by
from shared.context import Actor, Role
from shared.directory.scope import scope
from shared.documents.tables import document_rows, is_this
from shared.errors import NotFound
from shared.postgres.rows import plain_rows

_DOCUMENTS = LoanDocument.__table__
_SHOWN = document_rows(_DOCUMENTS, DocumentType.__table__)
_OF_LOAN = _SHOWN.where(_DOCUMENTS.c.loan_id == bindparam("loan_id"))
_OF_GUARANTOR = _OF_LOAN.where(_DOCUMENTS.c.guarantor_id == bindparam("guarantor_id"))
_STORED = (
    select(_DOCUMENTS.c.key, _DOCUMENTS.c.size, _DOCUMENTS.c.media_type, _DOCUMENTS.c.file_name)
    .join(Loan, LOANS.id == _DOCUMENTS.c.loan_id)
    .where(is_this(_DOCUMENTS), LOANS.deleted_at.is_(None))
)


class LoanDocumentRow(Brought, Protocol):
    """A document with its type and its uploader, which only its shape reads."""

    id: UUID
    loan_id: UUID


class StoredDocument(NamedTuple):
    """Where the bytes of a document are, and what they are."""

    key: str
    size: int
    media_type: str
    file_name: str


class DocumentNotFound(NotFound):
    """No such document, or not for this actor to see."""


class DocumentTypeNotFound(NotFound):
    """No such document type, or not one for new documents."""


def may_see_loan(connection: Connection, actor: Actor, loan_id: UUID) -> bool:
    """Whether there is such a loan for this actor."""
    return connection.execute(_seen(actor.role), {"loan_id": loan_id, "actor_id": actor.id}).first() is not None


def documents_of(connection: Connection, loan_id: UUID, guarantor_id: str | None = None) -> Sequence[LoanDocumentRow]:
    """The documents of a loan the actor may see, newest first: those of one guarantor, or all."""
    statement = _OF_LOAN if guarantor_id is None else _OF_GUARANTOR
    return plain_rows(connection.execute(statement, {"loan_id": loan_id, "guarantor_id": guarantor_id}))


def document_by_id(connection: Connection, document_id: UUID) -> LoanDocumentRow:
    """A document the actor may see, with what is shown of it."""
    row: LoanDocumentRow = plain_rows(connection.execute(_SHOWN.where(_DOCUMENTS.c.id == document_id)))[0]
    return row


def stored_document(connection: Connection, document_id: UUID, *, reader: Actor) -> StoredDocument:
    """A document that the reader may see. Raises DocumentNotFound."""
    statement, values = _stored_for(reader.role), {"document_id": document_id, "actor_id": reader.id}
    row = connection.execute(statement, values).one_or_none()
    if row is None:
        raise DocumentNotFound("Document not found")
    return StoredDocument(*row)


def loan_to_document(session: Session, loan_id: UUID, *, seen_by: Actor) -> Loan | None:
    """The loan, if this actor may see it, locked: it is not deleted, and its documents are counted by one at a time."""
    loan = select(Loan).where(Loan.id == loan_id, Loan.deleted_at.is_(None), scope(seen_by, Loan.officer_id))
    return session.scalars(loan.with_for_update()).one_or_none()


def document_for_update(session: Session, document_id: UUID, *, seen_by: Actor) -> LoanDocument:
    """The document, locked. Raises DocumentNotFound."""
    live = (
        select(LoanDocument)
        .join(Loan, Loan.id == LoanDocument.loan_id)
        .where(LoanDocument.id == document_id, LoanDocument.deleted_at.is_(None), Loan.deleted_at.is_(None))
        .where(scope(seen_by, Loan.officer_id))
    )
    document = session.scalars(live.with_for_update(of=LoanDocument)).one_or_none()
    if document is None:
        raise DocumentNotFound("Document not found")
    return document


def check_type(session: Session, document_type_id: UUID) -> None:
    """Return when new documents may be of this type. Raises DocumentTypeNotFound."""
    live = DocumentType.id == document_type_id, DocumentType.deleted_at.is_(None)
    if not session.scalar(select(DocumentType.is_active).where(*live)):
        raise DocumentTypeNotFound("Document type not found", field="document_type_id")


def document_count(session: Session, loan_id: UUID) -> int:
    """How many documents a loan has."""
    live = select(func.count()).where(LoanDocument.loan_id == loan_id, LoanDocument.deleted_at.is_(None))
    return session.scalars(live).one()


def keep_type(session: Session, facts: Mapping[str, Any]) -> None:
    """Keep a document type as membership published it, unless a newer version is kept already."""
    row = insert(DocumentType).values(**facts)
    newer = row.on_conflict_do_update(
        index_elements=["id"], set_=facts, where=DocumentType.version < row.excluded.version
    )
    session.execute(newer)


@cache
def _seen(role: Role) -> Select[Any]:
    live = select(LOANS.id).where(LOANS.id == bindparam("loan_id"), LOANS.deleted_at.is_(None))
    return live.where(seen_by(role, LOANS.officer_id))


@cache
def _stored_for(role: Role) -> Select[Any]:
    return _STORED.where(seen_by(role, LOANS.officer_id))
