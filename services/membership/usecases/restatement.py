"""Publishing unions, members and document types anew; what membership does about loans that lending does not have."""

from uuid import UUID

from services.membership.events import (
    DocumentTypeDeleted,
    DocumentTypeRestated,
    MemberDeleted,
    MemberErased,
    MemberRestated,
    UnionDeleted,
    UnionRestated,
)
from services.membership.models import DocumentType, Member, Union
from services.membership.queries import counts, loans
from services.membership.queries.restatement import document_types_by_id, members_by_id, unions_by_id
from shared.db import UnitOfWork
from shared.restatement import Batch, Kind, batch_of, raise_versions


def publish_unions(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next unions, those that were deleted as deleted."""
    former = raise_versions(uow.connection, Union.__table__, after, floor)
    for union in unions_by_id(uow.session, former):
        if union.deleted_at:
            uow.publish(UnionDeleted.of(union))
        else:
            uow.publish(UnionRestated.of(union, former_version=former[union.id]))
    return batch_of(former)


def publish_members(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next members, those that were deleted as deleted."""
    former = raise_versions(uow.connection, Member.__table__, after, floor)
    for member in members_by_id(uow.session, former):
        if member.erased_at:
            uow.publish(MemberErased.of(member))
        elif member.deleted_at:
            uow.publish(MemberDeleted.of(member))
        else:
            uow.publish(MemberRestated.of(member, former_version=former[member.id]))
    return batch_of(former)


def publish_document_types(uow: UnitOfWork, after: UUID | None, floor: int) -> Batch:
    """Publish the next document types, those that were deleted as deleted."""
    former = raise_versions(uow.connection, DocumentType.__table__, after, floor)
    for document_type in document_types_by_id(uow.session, former):
        if document_type.deleted_at:
            uow.publish(DocumentTypeDeleted.of(document_type))
        else:
            uow.publish(DocumentTypeRestated.of(document_type, former_version=former[document_type.id]))
    return batch_of(former)


def remove_loans(uow: UnitOfWork, floor: int) -> None:
    """Count no loan, and no document of one, that lending does not have."""
    counts.loans_changed(
        uow.connection, {union_id: -number for union_id, number in loans.delete_below(uow.session, floor)}
    )
    loans.delete_documents_below(uow.session, floor)


KINDS = (
    Kind("unions", publish_unions),
    Kind("members", publish_members),
    Kind("document types", publish_document_types),
)
