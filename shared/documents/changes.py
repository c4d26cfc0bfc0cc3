"""What people do with a document, whatever record it belongs to."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from shared import audit, epochs
from shared.context import Actor
from shared.db import UnitOfWork
from shared.documents.records import Document, Records, document_for_update
from shared.ids import new_id
from shared.storage import unclaimed
from shared.storage.keys import Stored


def keep_document(
    uow: UnitOfWork, records: Records[Document], *, file: Stored, by: Actor, at: datetime, **columns: Any
) -> Document:
    """Write down a stored file as a document, unverified. `columns` say what it belongs to, its type, and what its
    sender says of it. Raises UploadForgotten."""
    unclaimed.claim(uow.connection, file.key)
    make: Callable[..., Document] = records.documents
    version = epochs.first_version(uow.connection, uow.source)
    document = make(id=new_id(), uploaded_by=by.id, uploaded_at=at, version=version, **asdict(file), **columns)
    uow.session.add(document)
    uow.session.flush()
    return document


def verify_document(
    uow: UnitOfWork,
    records: Records[Document],
    *,
    document_id: UUID,
    is_verified: bool,
    notes: str | None,
    by: Actor,
    at: datetime,
) -> None:
    """Say whether a document is what it should be. Raises DocumentNotFound."""
    document = document_for_update(uow.session, records, document_id, seen_by=by)
    before = records.snapshot(document)
    document.is_verified, document.verification_notes = is_verified, notes
    document.verified_by, document.verified_at = by.id, at
    uow.session.flush()
    after = records.snapshot(document)
    uow.audit(action="DOCUMENT_VERIFIED", entity_name=audit.DOCUMENT, entity_id=document.id, before=before, after=after)


def audit_deletion(uow: UnitOfWork, records: Records[Document], document: Document) -> None:
    """Leave in the audit trail what a document was that is taken away."""
    before = records.snapshot(document)
    uow.audit(action="DOCUMENT_DELETED", entity_name=audit.DOCUMENT, entity_id=document.id, before=before)
