"""What membership tells the others. Every event carries the whole state, so that a reader needs only the newest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from services.membership.models import Member, Union
from shared.messaging.events import Event

DETAILS = (
    "email", "phone", "address", "date_of_birth", "gender", "marital_status", "profession", "company", "city", "state",
    "country", "zip_code", "note", "is_verified", "profile_image", "created_at", "updated_at",
)  # fmt: skip


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
