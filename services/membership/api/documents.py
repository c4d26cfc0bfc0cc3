"""Documents and pictures of members."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from services.membership import shapes
from services.membership.api.bodies import PictureForm
from services.membership.domain.document import MAX_PICTURE_BYTES
from services.membership.queries.documents import MEMBER_RECORDS, check_seen
from services.membership.queries.members import member_detail
from services.membership.usecases.documents import add_document, change_picture, delete_document
from shared.clock import now
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.documents.bodies import OF_MEMBER, DocumentForm, KindQuery, LinkQuery, VerificationBody
from shared.documents.records import document_by_id, documents_of
from shared.documents.routes import check_kind, received_document, served, verified
from shared.storage.content import PICTURES
from shared.storage.downloads import file_url, files, signed_in_or_by_link
from shared.storage.keys import Stored
from shared.storage.public import store_publicly
from shared.storage.uploads import DOCUMENT_PART, PICTURE_PART, Accepts, received
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented, load_query
from shared.web.transactions import idempotent, reading, transactional

documents = Blueprint("member_documents", __name__)


@documents.get("/documents/union-member/<uuid:member_id>")
@requires()
@documented("List the documents of a member", name="list_member_documents", answer=shapes.DocumentOfMember, many=True)
def get_documents(member_id: UUID) -> Response:
    """The documents of a member, the newest first. Each `fileUrl` opens for an hour without a sign-in, while one's
    session lasts."""
    with reading() as connection:
        check_seen(connection, member_id, seen_by=current_actor())
        rows = documents_of(connection, MEMBER_RECORDS, member_id)
    answer = [shapes.DocumentOfMember.of(row, url_of=file_url) for row in rows]
    return success(answer, "Documents retrieved successfully")


@documents.post("/documents/union-member/<uuid:member_id>")
@requires()
@documented(
    "Add a document to a member",
    name="upload_member_document",
    form=DocumentForm,
    files={"file": DOCUMENT_PART},
    answer=shapes.DocumentOfMember,
    status=201,
)
def post_document(member_id: UUID) -> Response:
    """Add a document to a member, who may have up to 200. What a file is shows in its content, not in its name."""
    _check_seen(member_id)
    fields, file = received_document()
    return _add(member_id=member_id, file=file, fields=fields)


@idempotent
def _add(uow: UnitOfWork, member_id: UUID, file: Stored, fields: dict[str, Any]) -> Response:
    added = add_document(uow, member_id=member_id, file=file, by=current_actor(), at=now(), **fields)
    answer = shapes.DocumentOfMember.of(document_by_id(uow.connection, MEMBER_RECORDS, added.id), url_of=file_url)
    return success(answer, "Document uploaded successfully", status=201)


@documents.post("/documents/union-member/<uuid:member_id>/profile")
@requires()
@documented(
    "Change the picture of a member",
    name="upload_member_picture",
    form=PictureForm,
    files={"file": PICTURE_PART},
    answer=shapes.Picture,
)
def post_picture(member_id: UUID) -> Response:
    """Change the picture of a member. Its address is public. At most 5 MB."""
    _check_seen(member_id)
    most = min(MAX_PICTURE_BYTES, files().max_bytes)
    with received(PictureForm, {"file": Accepts(PICTURES, most)}) as (_, uploads):
        key, path = store_publicly(uploads["file"][0])
    return _change_picture(member_id=member_id, key=key, path=path)


@idempotent
def _change_picture(uow: UnitOfWork, member_id: UUID, key: str, path: str) -> Response:
    member = change_picture(uow, member_id=member_id, key=key, path=path, by=current_actor(), at=now())
    return success(shapes.Picture.of(member), "Profile picture updated successfully")


@documents.delete("/documents/union-member/<uuid:member_id>/<uuid:document_id>")
@documents.delete("/union-members/<uuid:member_id>/documents/<uuid:document_id>", endpoint="delete_document_of")
@requires()
@documented("Delete a document of a member", name="delete_member_document")
@transactional
def delete_document_of_member(uow: UnitOfWork, member_id: UUID, document_id: UUID) -> Response:
    """Delete a document of this member; its file is removed a little later."""
    delete_document(uow, document_id=document_id, member_id=member_id, by=current_actor(), at=now())
    return success(None, "Document deleted successfully")


@documents.get("/documents/serve/<uuid:document_id>")
@signed_in_or_by_link
@documented(
    "Open a document of a member", name="serve_member_document", query=LinkQuery, enveloped=False, media_type="*/*"
)
def get_file(document_id: UUID, reader: Actor) -> Response:
    """The file itself, for signed-in staff who may see the member, or by a link signed for one of them."""
    return served(MEMBER_RECORDS, document_id, reader)


@documents.put("/documents/<uuid:document_id>/verify")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Verify a document of a member",
    name="verify_member_document",
    body=VerificationBody,
    answer=shapes.VerifiedDocument,
)
@transactional
def put_verification(uow: UnitOfWork, document_id: UUID) -> Response:
    """Say that a document is what it should be, or take that back."""
    verified(uow, MEMBER_RECORDS, document_id, kind=OF_MEMBER)
    row = document_by_id(uow.connection, MEMBER_RECORDS, document_id)
    member = member_detail(uow.connection, row.member_id, seen_by=current_actor())
    answer = shapes.VerifiedDocument.of(row, member=member, url_of=file_url)
    return success(answer, "Document verification updated")


@documents.delete("/documents/<uuid:document_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Delete a document of a member by its id", name="delete_document_of_any_member", query=KindQuery)
@transactional
def delete_any_document(uow: UnitOfWork, document_id: UUID) -> Response:
    """Delete a document, known by its id alone; its file is removed a little later."""
    check_kind(load_query(KindQuery)["type"], OF_MEMBER)
    delete_document(uow, document_id=document_id, by=current_actor(), at=now())
    return success(None, "Document deleted successfully")


def _check_seen(member_id: UUID) -> None:
    """Refuse before a file is read and stored for nothing."""
    with reading() as connection:
        check_seen(connection, member_id, seen_by=current_actor())
