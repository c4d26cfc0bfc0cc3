"""What people do with the documents of loans and of their guarantors: add one, take it away."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.lending.events import DocumentDeleted, DocumentUploaded
from services.lending.models import LoanDocument
from services.lending.queries.documents import LOAN_RECORDS, check_type, loan_to_document
from services.lending.steps.transition import LoanNotFound
from shared.context import Actor
from shared.db import UnitOfWork
from shared.documents.changes import audit_deletion, keep_document
from shared.documents.limits import check_room
from shared.documents.records import document_count, document_for_update
from shared.storage.keys import Stored


def add_document(
    uow: UnitOfWork, *, loan_id: UUID, document_type_id: UUID, file: Stored, by: Actor, at: datetime, **columns: Any
) -> LoanDocument:
    """Add a stored file to a loan, or to the guarantor who is named, unverified. `columns` are what the form says.

    Raises LoanNotFound, DocumentTypeNotFound, TooManyDocuments, UploadForgotten.
    """
    if loan_to_document(uow.session, loan_id, seen_by=by) is None:
        raise LoanNotFound("Loan not found")
    check_type(uow.session, document_type_id)
    check_room(document_count(uow.session, LOAN_RECORDS, loan_id))
    columns |= {"loan_id": loan_id, "document_type_id": document_type_id}
    document = keep_document(uow, LOAN_RECORDS, file=file, by=by, at=at, **columns)
    uow.publish(DocumentUploaded.of(document))
    action = "LOAN_DOCUMENT_UPLOADED" if document.guarantor_id is None else "GUARANTOR_DOCUMENT_UPLOADED"
    uow.audit(action=action, entity_name="LoanDocument", entity_id=document.id, after=LOAN_RECORDS.snapshot(document))
    return document


def delete_document(uow: UnitOfWork, *, document_id: UUID, by: Actor, at: datetime) -> None:
    """Take a document away; its bytes stay. Raises DocumentNotFound."""
    document = document_for_update(uow.session, LOAN_RECORDS, document_id, seen_by=by)
    document.deleted_at, document.version = at, document.version + 1
    uow.publish(DocumentDeleted.of(document))
    audit_deletion(uow, LOAN_RECORDS, document)
