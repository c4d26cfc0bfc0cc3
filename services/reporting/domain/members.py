"""What reporting knows of a member: where they belong, since when, and whether they are verified. No name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.reporting.domain.sums import Figure, Part, SumKey, month_slot

VERIFIED, PENDING = "verified", "pending"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as membership tells it; `created_on` is the institution's day."""

    id: UUID
    version: int
    union_id: UUID
    is_verified: bool
    is_deleted: bool
    created_on: date


def newest(known: Member | None, told: Member) -> Member:
    """Which of the two holds: what was told, unless it is old news."""
    return known if known is not None and known.version >= told.version else told


def member_parts(member: Member | None) -> Iterator[Part]:
    """What a member adds to the sums; nothing while unknown and once deleted."""
    if member is None or member.is_deleted:
        return
    yield SumKey(Figure.MEMBERS, VERIFIED if member.is_verified else PENDING, member.union_id), Decimal(1)
    yield SumKey(Figure.NEW_MEMBERS, month_slot(member.created_on), member.union_id), Decimal(1)
