"""What people do with the documents of members: add one, take it away; and their pictures."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.membership.events import MemberUpdated
from services.membership.models import Member, MemberDocument
from services.membership.queries.document_types import document_type_to_use
from services.membership.queries.documents import MEMBER_RECORDS
from services.membership.queries.members import member_for_update
from services.membership.shapes import MemberScalars
from shared.context import Actor
from shared.db import UnitOfWork
from shared.documents.changes import audit_deletion, keep_document
from shared.documents.limits import check_room
from shared.documents.records import document_count, document_for_update
from shared.storage import unclaimed
from shared.storage.keys import Stored, key_of


def add_document(
    uow: UnitOfWork, *, member_id: UUID, document_type_id: UUID, file: Stored, by: Actor, at: datetime, **columns: Any
) -> MemberDocument:
    """Add a stored file to a member, unverified. `columns` are what the form says of it.

    Raises MemberNotFound, DocumentTypeNotFound, TooManyDocuments, UploadForgotten.
    """
    member = member_for_update(uow.session, member_id, seen_by=by)
    check_room(document_count(uow.session, MEMBER_RECORDS, member.id))
    document_type = document_type_to_use(uow.session, document_type_id)
    columns |= {"member_id": member.id, "document_type_id": document_type.id}
    document = keep_document(uow, MEMBER_RECORDS, file=file, by=by, at=at, **columns)
    uow.audit(
        action="UNION_MEMBER_DOCUMENT_UPLOADED",
        entity_name="UnionMemberDocument",
        entity_id=document.id,
        after=MEMBER_RECORDS.snapshot(document),
    )
    return document


def delete_document(
    uow: UnitOfWork, *, document_id: UUID, by: Actor, at: datetime, member_id: UUID | None = None
) -> None:
    """Take a document away, from this member when one is named; its bytes stay. Raises DocumentNotFound."""
    document = document_for_update(uow.session, MEMBER_RECORDS, document_id, seen_by=by, record_id=member_id)
    document.deleted_at = at
    audit_deletion(uow, MEMBER_RECORDS, document)


def change_picture(uow: UnitOfWork, *, member_id: UUID, key: str, path: str, by: Actor, at: datetime) -> Member:
    """Show a stored picture of a member from now on, and let go of the former one. Raises MemberNotFound,
    UploadForgotten."""
    member = member_for_update(uow.session, member_id, seen_by=by)
    unclaimed.claim(uow.connection, key)
    if former := key_of(member.profile_image):
        unclaimed.note(uow.connection, former)
    before = MemberScalars.of(member)
    member.profile_image, member.updated_at, member.version = path, at, member.version + 1
    uow.session.flush()
    uow.publish(MemberUpdated.of(member))
    after = MemberScalars.of(member)
    uow.audit(action="UNION_MEMBER_UPDATED", entity_name="UnionMember", entity_id=member.id, before=before, after=after)
    return member
