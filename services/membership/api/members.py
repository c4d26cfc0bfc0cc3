"""Members of unions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy import Connection

from services.membership import shapes
from services.membership.api.bodies import (
    EmailQuery,
    ErasureBody,
    MemberChangesBody,
    MemberFilters,
    NewMemberBody,
    NewMemberForm,
    ReassignmentBody,
)
from services.membership.domain.document import MAX_DOCUMENTS_OF_NEW_MEMBER, MAX_PICTURE_BYTES
from services.membership.queries.documents import MEMBER_RECORDS
from services.membership.queries.members import email_exists, member_detail, members_page
from services.membership.usecases.document_types import unspecified_type
from services.membership.usecases.documents import add_document
from services.membership.usecases.erasure import erase_member
from services.membership.usecases.members import (
    create_member,
    delete_member,
    reassign_member,
    toggle_verification,
    update_member,
)
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.documents.records import documents_of
from shared.storage import unclaimed
from shared.storage.content import DOCUMENTS, PICTURES
from shared.storage.downloads import file_url, files, store
from shared.storage.keys import PRIVATE, Stored
from shared.storage.public import store_publicly
from shared.storage.uploads import DOCUMENT_PART, PICTURE_PART, Accepts, is_form, received
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

# The web client reads it beside the data.
EXISTS = {"exists": {"type": "boolean", "description": "Once more what `data` says."}}

members = Blueprint("members", __name__, url_prefix="/union-members")


@members.get("")
@requires()
@documented("List members", name="list_members", query=MemberFilters, answer=shapes.MemberRow, many=True, paged=True)
def get_members() -> Response:
    """The members of the unions one may see, the newest first."""
    filters, page = load_query(MemberFilters), page_request()
    with reading() as connection:
        rows, total = members_page(connection, seen_by=current_actor(), limit=page.limit, offset=page.offset, **filters)
    answer = [shapes.MemberRow.of(row) for row in rows]
    return success(answer, "Union members retrieved successfully", page=page.of(total))


@members.get("/<uuid:member_id>")
@requires()
@documented("Show a member", name="get_member", answer=shapes.MemberDetail)
def get_member(member_id: UUID) -> Response:
    """A member with union, officer and documents."""
    with reading() as connection:
        answer = _detail(connection, member_id)
    return success(answer, "Union member retrieved successfully")


@members.post("")
@requires()
@documented(
    "Take a member into a union",
    name="create_member",
    body=NewMemberBody,
    form=NewMemberForm,
    files={
        "documents": replace(DOCUMENT_PART, required=False, many=True),
        "profile": replace(PICTURE_PART, required=False),
    },
    answer=shapes.MemberDetail,
    status=201,
)
def post_member() -> Response:
    """Take a person into a union one may see. As a form where documents or a picture come along.

    Members start verified, and have to be of age. Without `documentTypeId` the
    documents are of the type Unspecified.
    """
    if not is_form():
        return _register(fields=None)
    with received(NewMemberForm, _accepted_files()) as (fields, uploads):
        documents = [store(upload, PRIVATE) for upload in uploads["documents"]]
        pictures = [store_publicly(upload) for upload in uploads["profile"]]
        return _register(fields=fields, documents=documents, pictures=pictures)


@idempotent
def _register(
    uow: UnitOfWork,
    fields: dict[str, Any] | None,
    documents: Sequence[Stored] = (),
    pictures: Sequence[tuple[str, str]] = (),
) -> Response:
    """Register a member with the files of the form, or, where `fields` is None, without files by the JSON body."""
    columns, by, at = load(NewMemberBody) if fields is None else dict(fields), current_actor(), now()
    document_type_id = columns.pop("document_type_id", None)
    for key, path in pictures:
        unclaimed.claim(uow.connection, key)
        columns["profile_image"] = path
    member = create_member(uow, by=by, at=at, today=today(), **columns)
    if documents and document_type_id is None:
        document_type_id = unspecified_type(uow, at=at).id
    for document in documents:
        add_document(uow, member_id=member.id, document_type_id=document_type_id, file=document, by=by, at=at)
    return success(_detail(uow.connection, member.id), "Union member created successfully", status=201)


@members.put("/<uuid:member_id>")
@requires()
@documented("Change a member", name="update_member", body=MemberChangesBody, answer=shapes.MemberDetail)
@transactional
def put_member(uow: UnitOfWork, member_id: UUID) -> Response:
    """Change a member: what is absent stays, `""` clears a field. Another union is for admins."""
    actor = current_actor()
    update_member(uow, member_id=member_id, by=actor, at=now(), today=today(), **load(MemberChangesBody))
    return success(_detail(uow.connection, member_id), "Union member updated successfully")


@members.delete("/<uuid:member_id>")
@requires()
@documented("Delete a member who has no open loan", name="delete_member")
@transactional
def delete_one(uow: UnitOfWork, member_id: UUID) -> Response:
    """Delete a member without a loan that is still to be decided on or repaid."""
    delete_member(uow, member_id=member_id, by=current_actor(), at=now())
    return success(None, "Union member deleted successfully")


@members.patch("/<uuid:member_id>/toggle-verification")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Say that a member is verified, or is not any more", name="toggle_member_verification", answer=shapes.MemberRow
)
@transactional
def patch_verification(uow: UnitOfWork, member_id: UUID) -> Response:
    """Say that somebody has checked who the member is, or take that back."""
    actor = current_actor()
    member = toggle_verification(uow, member_id=member_id, by=actor, at=now())
    row = member_detail(uow.connection, member_id, seen_by=actor)
    outcome = "approved" if member.is_verified else "set to pending"
    return success(shapes.MemberRow.of(row), f"Union member verification {outcome}")


@members.post("/<uuid:member_id>/reassign")
@requires(Role.ADMIN)
@documented("Move a member to another union", name="reassign_member", body=ReassignmentBody, answer=shapes.MemberDetail)
@idempotent
def post_reassignment(uow: UnitOfWork, member_id: UUID) -> Response:
    """Move a member to another union, whose officer takes over; their loans go along."""
    reassign_member(uow, member_id=member_id, by=current_actor(), at=now(), **load(ReassignmentBody))
    return success(_detail(uow.connection, member_id), "Union member reassigned successfully")


@members.post("/<uuid:member_id>/erase")
@requires(Role.ADMIN)
@documented("Erase who a member is", name="erase_member", body=ErasureBody)
@idempotent
def post_erasure(uow: UnitOfWork, member_id: UUID) -> Response:
    """Erase the personal data of a member, who may have been deleted before: names, contacts, notes, papers, picture,
    here and in all services. Loans and payments stay under the member's code. Only where nothing is open or owed, and
    for good: `confirmation` is the member's code, and the reason must not name them."""
    erase_member(uow, member_id=member_id, by=current_actor(), at=now(), **load(ErasureBody))
    return success(None, "The member's personal data was erased")


@members.get("/check-email")
@requires()
@documented(
    "Ask whether an e-mail address is taken",
    name="check_member_email",
    query=EmailQuery,
    answer=shapes.Email,
    beside=EXISTS,
)
def get_email_check() -> Response:
    """Whether an address belongs to a member already, whosoever it is. Case does not matter."""
    query = load_query(EmailQuery)
    with reading() as connection:
        exists = email_exists(connection, query["email"].lower(), besides=query.get("besides"))
    message = "Email already exists" if exists else "Email is free"
    return success(shapes.Email.of(exists=exists), message, exists=exists)


def _accepted_files() -> dict[str, Accepts]:
    most = files().max_bytes
    return {
        "documents": Accepts(DOCUMENTS, most, required=False, at_most=MAX_DOCUMENTS_OF_NEW_MEMBER),
        "profile": Accepts(PICTURES, min(MAX_PICTURE_BYTES, most), required=False),
    }


def _detail(connection: Connection, member_id: UUID) -> dict[str, Any]:
    row = member_detail(connection, member_id, seen_by=current_actor())
    return shapes.MemberDetail.of(row, documents=documents_of(connection, MEMBER_RECORDS, member_id), url_of=file_url)
