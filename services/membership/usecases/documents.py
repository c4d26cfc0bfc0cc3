"""What people do with the documents of members: add one, verify it, take it away; and their pictures."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from services.membership.events import MemberUpdated
from services.membership.models import Member, MemberDocument
from services.membership.queries import documents as queries
from services.membership.queries.document_types import document_type_to_use
from services.membership.queries.members import member_for_update
from services.membership.shapes import DocumentSnapshot, MemberScalars
from shared.context import Actor
from shared.db import UnitOfWork
from shared.documents.limits import check_room
from shared.ids import new_id
from shared.storage import unclaimed
from shared.storage.keys import Stored, key_of


def add_document(
    uow: UnitOfWork, *, member_id: UUID, document_type_id: UUID, file: Stored, by: Actor, at: datetime, **columns: Any
) -> MemberDocument:
    """Add a stored file to a member, unverified. `columns` are what the form says of it.

    Raises MemberNotFound, DocumentTypeNotFound, TooManyDocuments, UploadForgotten.
    """
    member = member_for_update(uow.session, member_id, seen_by=by)
    check_room(queries.document_count(uow.session, member.id))
    document_type = document_type_to_use(uow.session, document_type_id)
    unclaimed.claim(uow.connection, file.key)
    document = MemberDocument(
        id=new_id(),
        member_id=member.id,
        document_type_id=document_type.id,
        uploaded_by=by.id,
        uploaded_at=at,
        **asdict(file),
        **columns,
    )
    uow.session.add(document)
    uow.session.flush()
    uow.audit(
        action="UNION_MEMBER_DOCUMENT_UPLOADED",
        entity_name="UnionMemberDocument",
        entity_id=document.id,
        after=DocumentSnapshot.of(document),
    )
    return document


def verify_document(
    uow: UnitOfWork, *, document_id: UUID, is_verified: bool, notes: str | None, by: Actor, at: datetime
) -> MemberDocument:
    """Say whether a document is what it should be. Raises DocumentNotFound."""
    document = queries.document_for_update(uow.session, document_id, seen_by=by)
    before = DocumentSnapshot.of(document)
    document.is_verified, document.verification_notes = is_verified, notes
    document.verified_by, document.verified_at = by.id, at
    _audit(uow, "DOCUMENT_VERIFIED", document, before=before, after=DocumentSnapshot.of(document))
    return document


def delete_document(
    uow: UnitOfWork, *, document_id: UUID, by: Actor, at: datetime, member_id: UUID | None = None
) -> None:
    """Take a document away, from this member when one is named; its bytes stay. Raises DocumentNotFound."""
    document = queries.document_for_update(uow.session, document_id, seen_by=by, member_id=member_id)
    document.deleted_at = at
    _audit(uow, "DOCUMENT_DELETED", document, before=DocumentSnapshot.of(document))


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


def _audit(uow: UnitOfWork, action: str, document: MemberDocument, **snapshots: dict[str, Any]) -> None:
    uow.audit(action=action, entity_name="Document", entity_id=document.id, **snapshots)
