"""Document types."""

from uuid import UUID

from flask import Blueprint, Response

from services.membership.api.bodies import DocumentTypeChangesBody, DocumentTypeFilters, NewDocumentTypeBody
from services.membership.queries.document_types import document_type, document_types
from services.membership.usecases.document_types import (
    create_document_type,
    delete_document_type,
    update_document_type,
)
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.documents.shapes import DocumentType
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

types = Blueprint("document_types", __name__, url_prefix="/documents/types")


@types.get("")
@requires()
@documented(
    "List document types", name="list_document_types", query=DocumentTypeFilters, answer=DocumentType, many=True
)
def get_types() -> Response:
    """What documents can be, by name."""
    include_inactive = load_query(DocumentTypeFilters).get("include_inactive", False)
    with reading() as connection:
        rows = document_types(connection, with_inactive=include_inactive and current_actor().role is Role.ADMIN)
    return success([DocumentType.of(row) for row in rows], "Document types retrieved successfully")


@types.get("/<uuid:document_type_id>")
@requires()
@documented("Show a document type", name="get_document_type", answer=DocumentType)
def get_type(document_type_id: UUID) -> Response:
    """One document type, also one that is switched off."""
    with reading() as connection:
        row = document_type(connection, document_type_id)
    return success(DocumentType.of(row), "Document type retrieved successfully")


@types.post("")
@requires(Role.ADMIN)
@documented(
    "Add a document type", name="create_document_type", body=NewDocumentTypeBody, answer=DocumentType, status=201
)
@idempotent
def post_type(uow: UnitOfWork) -> Response:
    """Add a type; its code is made of its name."""
    body = load(NewDocumentTypeBody)
    made = create_document_type(uow, name=body.get("name"), description=body.get("description"), at=now())
    return success(DocumentType.of(made), "Document type created successfully", status=201)


@types.put("/<uuid:document_type_id>")
@requires(Role.ADMIN)
@documented("Change a document type", name="update_document_type", body=DocumentTypeChangesBody, answer=DocumentType)
@transactional
def put_type(uow: UnitOfWork, document_type_id: UUID) -> Response:
    """Change a type: what is absent stays. One that is switched off is not offered for new documents."""
    body = load(DocumentTypeChangesBody)
    changed = update_document_type(uow, document_type_id=document_type_id, at=now(), **body)
    return success(DocumentType.of(changed), "Document type updated successfully")


@types.delete("/<uuid:document_type_id>")
@requires(Role.ADMIN)
@documented("Delete a document type that no document has", name="delete_document_type")
@transactional
def delete_type(uow: UnitOfWork, document_type_id: UUID) -> Response:
    """Delete a type that no document has."""
    delete_document_type(uow, document_type_id=document_type_id, at=now())
    return success(None, "Document type deleted successfully")
