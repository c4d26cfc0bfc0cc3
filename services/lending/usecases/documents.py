"""What people do with the documents of loans and of their guarantors: add one, verify it, take it away."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from services.lending.events import DocumentDeleted, DocumentUploaded
from services.lending.models import LoanDocument
from services.lending.queries import documents as queries
from services.lending.shapes.documents import DocumentSnapshot
from services.lending.steps.transition import LoanNotFound
from shared.context import Actor
from shared.db import UnitOfWork
from shared.documents.limits import check_room
from shared.ids import new_id
from shared.storage import unclaimed
from shared.storage.keys import Stored


def add_document(
    uow: UnitOfWork, *, loan_id: UUID, document_type_id: UUID, file: Stored, by: Actor, at: datetime, **facts: Any
) -> LoanDocument:
    """Add a stored file to a loan, or to the guarantor who is named, unverified. `facts` are columns of the document.

    Raises LoanNotFound, DocumentTypeNotFound, TooManyDocuments, UploadForgotten.
    """
    loan = queries.loan_to_document(uow.session, loan_id, seen_by=by)
    if loan is None:
        raise LoanNotFound("Loan not found")
    queries.check_type(uow.session, document_type_id)
    check_room(queries.document_count(uow.session, loan.id))
    unclaimed.claim(uow.connection, file.key)
    document = LoanDocument(
        id=new_id(),
        loan_id=loan.id,
        document_type_id=document_type_id,
        uploaded_by=by.id,
        uploaded_at=at,
        **asdict(file),
        **facts,
    )
    uow.session.add(document)
    uow.session.flush()
    uow.publish(DocumentUploaded.of(document))
    action = "LOAN_DOCUMENT_UPLOADED" if document.guarantor_id is None else "GUARANTOR_DOCUMENT_UPLOADED"
    after = DocumentSnapshot.of(document)
    uow.audit(action=action, entity_name="LoanDocument", entity_id=document.id, after=after)
    return document


def verify_document(
    uow: UnitOfWork, *, document_id: UUID, is_verified: bool, notes: str | None, by: Actor, at: datetime
) -> LoanDocument:
    """Say whether a document is what it should be. Raises DocumentNotFound."""
    document = queries.document_for_update(uow.session, document_id, seen_by=by)
    before = DocumentSnapshot.of(document)
    document.is_verified, document.verification_notes = is_verified, notes
    document.verified_by, document.verified_at = by.id, at
    _audit(uow, "DOCUMENT_VERIFIED", document, before=before, after=DocumentSnapshot.of(document))
    return document


def delete_document(uow: UnitOfWork, *, document_id: UUID, by: Actor, at: datetime) -> None:
    """Take a document away; its bytes stay. Raises DocumentNotFound."""
    document = queries.document_for_update(uow.session, document_id, seen_by=by)
    document.deleted_at, document.version = at, document.version + 1
    uow.publish(DocumentDeleted.of(document))
    _audit(uow, "DOCUMENT_DELETED", document, before=DocumentSnapshot.of(document))


def _audit(uow: UnitOfWork, action: str, document: LoanDocument, **snapshots: dict[str, Any]) -> None:
    uow.audit(action=action, entity_name="Document", entity_id=document.id, **snapshots)
