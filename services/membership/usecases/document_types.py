"""What admins do with the types a document may have."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.membership.domain.document_type import UNSPECIFIED, NameRequired, document_type_code
from services.membership.events import DocumentTypeCreated, DocumentTypeDeleted, DocumentTypeUpdated
from services.membership.models import DocumentType
from services.membership.queries import document_types as queries
from shared import epochs
from shared.db import UnitOfWork
from shared.documents import shapes
from shared.errors import Conflict
from shared.ids import new_id
from shared.postgres.errors import violated_key


class DocumentTypeTaken(Conflict):
    """Another document type has this name or this code."""


class DocumentTypeInUse(Conflict):
    """There are documents of this type."""


def create_document_type(
    uow: UnitOfWork, *, name: str | None, at: datetime, description: str | None = None
) -> DocumentType:
    """Add an active document type, with a code made from its name. Raises NameRequired, DocumentTypeTaken."""
    if name is None:
        raise NameRequired("Name is required", field="name")
    queries.lock_names(uow.session)
    code = document_type_code(name, queries.codes_like(uow.session, document_type_code(name, ())))
    document_type = DocumentType(
        id=new_id(),
        code=code,
        name=name,
        description=description,
        is_active=True,
        created_at=at,
        updated_at=at,
        version=epochs.first_version(uow.connection, uow.source),
    )
    uow.session.add(document_type)
    _flush(uow)
    uow.publish(DocumentTypeCreated.of(document_type))
    _audit(uow, "DOCUMENT_TYPE_CREATED", document_type, after=shapes.DocumentType.of(document_type))
    return document_type


def update_document_type(uow: UnitOfWork, *, document_type_id: UUID, at: datetime, **changes: Any) -> DocumentType:
    """Change name, code, description or whether it is offered; documents of the type show it as it is then.

    Raises DocumentTypeNotFound, NameRequired, DocumentTypeTaken.
    """
    if changes.get("name", UNSPECIFIED) is None:
        raise NameRequired("Name is required", field="name")
    queries.lock_names(uow.session)
    document_type = queries.document_type_for_update(uow.session, document_type_id)
    before = shapes.DocumentType.of(document_type)
    for name, value in changes.items():
        setattr(document_type, name, value)
    document_type.updated_at, document_type.version = at, document_type.version + 1
    _flush(uow)
    uow.publish(DocumentTypeUpdated.of(document_type))
    after = shapes.DocumentType.of(document_type)
    _audit(uow, "DOCUMENT_TYPE_UPDATED", document_type, before=before, after=after)
    return document_type


def delete_document_type(uow: UnitOfWork, *, document_type_id: UUID, at: datetime) -> None:
    """Take away a document type that no document has. Raises DocumentTypeNotFound, DocumentTypeInUse."""
    document_type = queries.document_type_for_update(uow.session, document_type_id)
    if queries.is_used(uow.session, document_type_id):
        raise DocumentTypeInUse("Cannot delete document type that is being used by existing documents")
    before = shapes.DocumentType.of(document_type)
    document_type.deleted_at = document_type.updated_at = at
    document_type.version += 1
    uow.publish(DocumentTypeDeleted.of(document_type))
    _audit(uow, "DOCUMENT_TYPE_DELETED", document_type, before=before)


def unspecified_type(uow: UnitOfWork, *, at: datetime) -> DocumentType:
    """The type of documents whose sender did not say what they are; made when it is first needed."""
    queries.lock_names(uow.session)
    existing = queries.document_type_named(uow.session, UNSPECIFIED)
    return existing or create_document_type(uow, name=UNSPECIFIED, at=at)


def _flush(uow: UnitOfWork) -> None:
    """Write it now, so that the indexes can say that the name or the code is another's."""
    try:
        uow.session.flush()
    except IntegrityError as error:
        key = violated_key(error)
        if key is None:
            raise
        field = "code" if key == "document_types_live_code_key" else "name"
        raise DocumentTypeTaken(f"Document type with this {field} already exists", field=field) from error


def _audit(uow: UnitOfWork, action: str, document_type: DocumentType, **snapshots: dict[str, Any]) -> None:
    uow.audit(action=action, entity_name="DocumentType", entity_id=document_type.id, **snapshots)
