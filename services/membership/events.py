"""What membership publishes. Every event carries the whole state, so that a reader needs only the newest."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Self, TypedDict
from uuid import UUID

from services.membership.models import DocumentType, Member, Union
from shared import audit, restatement
from shared.backup import events as backup
from shared.messaging.events import Event, of_service, one_of
from shared.restore import events as restore

Name = Annotated[str, {"minLength": 1}]


@dataclass(frozen=True)
class UnionEvent(Event):
    """A union as it stands after the change."""

    union_id: UUID
    name: Name
    location: str | None
    address: str | None
    officer_id: Annotated[UUID, "The credit officer responsible for the union, its members and their loans."]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, union: Union, **more: Any) -> Self:
        """The event about a union as it stands now."""
        return cls.about(union, union_id=union.id, **more)


class UnionCreated(UnionEvent):
    """A union was founded and given to a credit officer."""

    type = "membership.union.created.v1"


class UnionUpdated(UnionEvent):
    """Name, location or address of a union were written anew; the officer is the one of that moment."""

    type = "membership.union.updated.v1"


@dataclass(frozen=True)
class UnionAssigned(UnionEvent):
    """A union, and with it all its members and loans, went to another credit officer."""

    type = "membership.union.assigned.v1"

    previous_officer_id: Annotated[UUID, "Who was responsible until now."]
    reason: Annotated[str, {"minLength": 1}]


@dataclass(frozen=True)
class UnionRestated(UnionEvent):
    """A union as it is; nothing changed, it is published again."""

    type = "membership.union.restated.v1"

    former_version: restatement.FormerVersion


class UnionDeleted(UnionEvent):
    """A union was taken out of the books; it had neither members nor loans."""

    type = "membership.union.deleted.v1"


class MemberDetails(TypedDict):
    email: str | None
    phone: str | None
    address: str | None
    date_of_birth: date | None
    gender: str | None
    marital_status: str | None
    profession: str | None
    company: str | None
    city: str | None
    state: str | None
    country: str | None
    zip_code: str | None
    note: str | None
    is_verified: bool
    profile_image: Annotated[str | None, {"format": "uri"}]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class MemberEvent(Event):
    """A member as they stand after the change."""

    member_id: UUID
    code: Annotated[str, {"pattern": "^MEM[0-9]{6,}$"}]
    first_name: Name
    last_name: Name
    union_id: UUID
    details: Annotated[MemberDetails, "What only a page about the member shows."]

    @classmethod
    def of(cls, member: Member, **more: Any) -> Self:
        """The event about a member as they stand now."""
        details = {name: getattr(member, name) for name in MemberDetails.__annotations__}
        return cls.about(member, member_id=member.id, details=details, **more)


class MemberCreated(MemberEvent):
    """A member joined a union."""

    type = "membership.member.created.v1"


class MemberUpdated(MemberEvent):
    """A member's facts were written anew; another `union_id` than before means that the member moved, loans and all."""

    type = "membership.member.updated.v1"


@dataclass(frozen=True)
class MemberRestated(MemberEvent):
    """A member as they are; nothing changed, they are published again."""

    type = "membership.member.restated.v1"

    former_version: restatement.FormerVersion


class MemberDeleted(MemberEvent):
    """A member was taken out of the books; the loans of the past stay."""

    type = "membership.member.deleted.v1"


class MemberErased(MemberEvent):
    """A member asked to be forgotten: nothing says any more who they are, here or where this is followed. Their loans
    are closed and stay, and so does their code."""

    type = "membership.member.erased.v1"


@dataclass(frozen=True)
class DocumentTypeEvent(Event):
    """A document type as it stands after the change."""

    document_type_id: UUID
    code: Annotated[str, {"pattern": "^[A-Z0-9]{1,12}$"}]
    name: Name
    description: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, document_type: DocumentType, **more: Any) -> Self:
        """The event about a document type as it stands now."""
        return cls.about(document_type, document_type_id=document_type.id, **more)


class DocumentTypeCreated(DocumentTypeEvent):
    """There is a new type of document."""

    type = "membership.document_type.created.v1"


class DocumentTypeUpdated(DocumentTypeEvent):
    """A type of document was changed, or switched on or off."""

    type = "membership.document_type.updated.v1"


@dataclass(frozen=True)
class DocumentTypeRestated(DocumentTypeEvent):
    """A type of document as it is; nothing changed, it is published again."""

    type = "membership.document_type.restated.v1"

    former_version: restatement.FormerVersion


class DocumentTypeDeleted(DocumentTypeEvent):
    """A type of document was taken away; no document is of this type."""

    type = "membership.document_type.deleted.v1"


@dataclass(frozen=True)
class AuditRecorded(audit.Recorded):
    """Somebody changed a union or a member: one entry of the audit trail."""

    type = "membership.audit.recorded.v1"

    action: Annotated[str, {"pattern": "^[A-Z_]+$"}]
    entity_name: Annotated[
        str,
        one_of(
            "Union", "UnionMember", "UnionTransfer", "User", "UnionMemberDocument", "DocumentType", audit.DOCUMENT,
            audit.JOB, *audit.ENTITIES_OF_EVENTS,
        ),
    ]  # fmt: skip
    metadata: Annotated[dict[str, Any], "The request, and what else explains the change: counts, reason, from and to."]


AS_OTHERS = tuple(
    of_service(event, "membership") for event in (*backup.OF_PARTS, *restore.OF_STEPS, *restatement.OF_OWNERS)
)
"""What this service publishes as others do."""
