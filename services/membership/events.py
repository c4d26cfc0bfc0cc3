"""What membership tells the others. Every event carries the whole state, so that a reader needs only the newest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from services.membership.models import DocumentType, Member, Union
from shared.directory.shapes import MemberDetails
from shared.messaging.events import Event

DETAILS = ("email", "phone", *MemberDetails.attributes, "created_at", "updated_at")


@dataclass(frozen=True)
class UnionFacts(Event):
    """A union as it stands after the change."""

    union_id: UUID
    name: str
    location: str | None
    address: str | None
    officer_id: UUID
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, union: Union, **more: Any) -> Self:
        return cls(
            aggregate_id=union.id,
            version=union.version,
            union_id=union.id,
            name=union.name,
            location=union.location,
            address=union.address,
            officer_id=union.officer_id,
            created_at=union.created_at,
            updated_at=union.updated_at,
            **more,
        )


@dataclass(frozen=True)
class UnionCreated(UnionFacts):
    type = "membership.union.created.v1"


@dataclass(frozen=True)
class UnionUpdated(UnionFacts):
    type = "membership.union.updated.v1"


@dataclass(frozen=True)
class UnionAssigned(UnionFacts):
    """The union, and with it every member and loan in it, has another officer."""

    type = "membership.union.assigned.v1"

    previous_officer_id: UUID
    reason: str


@dataclass(frozen=True)
class UnionDeleted(UnionFacts):
    """The union had neither members nor loans."""

    type = "membership.union.deleted.v1"


@dataclass(frozen=True)
class MemberFacts(Event):
    """A member as they stand after the change. `details` is what only a page about the member shows."""

    member_id: UUID
    code: str
    first_name: str
    last_name: str
    union_id: UUID
    details: dict[str, Any]

    @classmethod
    def of(cls, member: Member) -> Self:
        return cls(
            aggregate_id=member.id,
            version=member.version,
            member_id=member.id,
            code=member.code,
            first_name=member.first_name,
            last_name=member.last_name,
            union_id=member.union_id,
            details={name: getattr(member, name) for name in DETAILS},
        )


@dataclass(frozen=True)
class MemberCreated(MemberFacts):
    type = "membership.member.created.v1"


@dataclass(frozen=True)
class MemberUpdated(MemberFacts):
    """Also told when a member moves to another union; the loans of the member follow."""

    type = "membership.member.updated.v1"


@dataclass(frozen=True)
class MemberDeleted(MemberFacts):
    """The member had no loan that was still to be decided or repaid."""

    type = "membership.member.deleted.v1"


@dataclass(frozen=True)
class DocumentTypeFacts(Event):
    """A document type as it stands after the change."""

    document_type_id: UUID
    code: str
    name: str
    description: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, document_type: DocumentType) -> Self:
        return cls(
            aggregate_id=document_type.id,
            version=document_type.version,
            document_type_id=document_type.id,
            code=document_type.code,
            name=document_type.name,
            description=document_type.description,
            is_active=document_type.is_active,
            created_at=document_type.created_at,
            updated_at=document_type.updated_at,
        )


@dataclass(frozen=True)
class DocumentTypeCreated(DocumentTypeFacts):
    type = "membership.document_type.created.v1"


@dataclass(frozen=True)
class DocumentTypeUpdated(DocumentTypeFacts):
    type = "membership.document_type.updated.v1"


@dataclass(frozen=True)
class DocumentTypeDeleted(DocumentTypeFacts):
    """No document is of this type, nor will one be."""

    type = "membership.document_type.deleted.v1"
