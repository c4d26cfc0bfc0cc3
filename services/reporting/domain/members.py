"""A member as reports need one: where they belong, since when, and whether they are verified. No name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.reporting.domain.sums import Figure, Part, SumKey, month_slot

VERIFIED, PENDING = "verified", "pending"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as membership reports it; `created_on` is the institution's day."""

    id: UUID
    version: int
    union_id: UUID
    is_verified: bool
    is_deleted: bool
    created_on: date


def newest(existing: Member | None, reported: Member) -> Member:
    """The member of the higher version."""
    return existing if existing is not None and existing.version >= reported.version else reported


def member_parts(member: Member | None) -> Iterator[Part]:
    """What a member adds to the sums; nothing before its first event and once deleted."""
    if member is None or member.is_deleted:
        return
    yield SumKey(Figure.MEMBERS, VERIFIED if member.is_verified else PENDING, member.union_id), Decimal(1)
    yield SumKey(Figure.NEW_MEMBERS, month_slot(member.created_on), member.union_id), Decimal(1)
