"""How documents come in and go out, whatever record they belong to."""

from typing import Any
from uuid import UUID

from flask import Response

from shared.clock import now
from shared.context import Actor
from shared.db import UnitOfWork
from shared.documents.bodies import DocumentForm, VerificationBody
from shared.documents.changes import verify_document
from shared.documents.records import DocumentNotFound, Records, stored_document
from shared.storage.content import DOCUMENTS
from shared.storage.downloads import document_answer, files, store
from shared.storage.keys import PRIVATE, Stored
from shared.storage.uploads import Accepts, received
from shared.web.auth import current_actor
from shared.web.schema import load
from shared.web.transactions import reading


def received_document(form: type[DocumentForm] = DocumentForm) -> tuple[dict[str, Any], Stored]:
    """The fields of the form in the body and its file, which is stored: before the transaction that writes its row
    begins, for it cannot be taken back with it."""
    with received(form, {"file": Accepts(DOCUMENTS, files().max_bytes)}) as (fields, uploads):
        return fields, store(uploads["file"][0], PRIVATE)


def served(records: Records[Any], document_id: UUID, reader: Actor) -> Response:
    """The bytes of a document that the reader may see. Raises DocumentNotFound."""
    with reading() as connection:
        stored = stored_document(connection, records, document_id, reader=reader)
    return document_answer(stored.key, size=stored.size, media_type=stored.media_type, name=stored.file_name)


def verified(uow: UnitOfWork, records: Records[Any], document_id: UUID, *, kind: str) -> None:
    """Verify a document as the body says. Raises DocumentNotFound, also where the body names another kind of record."""
    body = load(VerificationBody)
    check_kind(body["type"], kind)
    verify_document(
        uow,
        records,
        document_id=document_id,
        is_verified=body["verified"],
        notes=body.get("notes"),
        by=current_actor(),
        at=now(),
    )


def check_kind(named: str, ours: str) -> None:
    """Refuse a document of another service's records: the gateway asks the services one after the other."""
    if named != ours:
        raise DocumentNotFound("Document not found")
