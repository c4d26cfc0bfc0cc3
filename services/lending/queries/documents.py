"""Documents of loans, and the types that membership publishes."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from services.lending.domain.documents import Brought
from services.lending.models import DocumentType, Loan, LoanDocument
from services.lending.shapes.documents import DocumentSnapshot
from shared.context import Actor
from shared.directory.scope import scope
from shared.documents.records import Records, documents_of_record
from shared.errors import NotFound
from shared.postgres.rows import plain_rows

LOAN_RECORDS = Records(LoanDocument, Loan, LoanDocument.loan_id, DocumentType, DocumentSnapshot.of)
_OF_GUARANTOR = documents_of_record(LOAN_RECORDS).where(LoanDocument.guarantor_id == bindparam("guarantor_id"))


class LoanDocumentRow(Brought, Protocol):
    """A document with its type and its uploader, which only its shape reads."""

    id: UUID
    loan_id: UUID


class DocumentTypeNotFound(NotFound):
    """No such document type, or not one for new documents."""


def documents_of_guarantor(connection: Connection, loan_id: UUID, guarantor_id: str) -> Sequence[LoanDocumentRow]:
    """The documents of one guarantor of a loan the actor may see, newest first."""
    return plain_rows(connection.execute(_OF_GUARANTOR, {"record_id": loan_id, "guarantor_id": guarantor_id}))


def loan_to_document(session: Session, loan_id: UUID, *, seen_by: Actor) -> Loan | None:
    """The loan, if this actor may see it, locked: it is not deleted, and its documents are counted by one at a time."""
    loan = select(Loan).where(Loan.id == loan_id, Loan.deleted_at.is_(None), scope(seen_by, Loan.officer_id))
    return session.scalars(loan.with_for_update()).one_or_none()


def check_type(session: Session, document_type_id: UUID) -> None:
    """Return when new documents may be of this type. Raises DocumentTypeNotFound."""
    live = DocumentType.id == document_type_id, DocumentType.deleted_at.is_(None)
    if not session.scalar(select(DocumentType.is_active).where(*live)):
        raise DocumentTypeNotFound("Document type not found", field="document_type_id")
