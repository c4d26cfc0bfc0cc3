"""A union that goes from one credit officer to another, with its members and their loans."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.membership.domain.officer import check_union_officer
from services.membership.events import UnionAssigned
from services.membership.models import Union, UnionAssignment
from services.membership.queries import counts
from services.membership.queries.members import give_members_to
from services.membership.queries.staff import officer_to_choose
from shared.context import Actor
from shared.db import UnitOfWork
from shared.directory import shapes as directory


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many members went along, and how many loans they have."""

    members: int
    loans: int


NOTHING = HandedOver(members=0, loans=0)


def hand_over(uow: UnitOfWork, union: Union, officer_id: UUID, *, reason: str, by: Actor, at: datetime) -> HandedOver:
    """Make a credit officer responsible for a locked union, and for all members in it. Where they are already, nothing
    changes.

    Raises CreditOfficerNotFound, NotACreditOfficer, OfficerInactive.
    """
    if officer_id == union.officer_id:
        return NOTHING
    check_union_officer(officer_to_choose(uow.session, officer_id, by=by))
    before, old_officer_id = directory.Union.of(union), union.officer_id
    union.officer_id = officer_id
    touch(union, at)
    moved = HandedOver(
        members=give_members_to(uow.session, union.id, officer_id),
        loans=counts.loans_of_union(uow.connection, union.id),
    )
    counts.union_handed_over(uow.connection, old_officer_id, officer_id, members=moved.members)
    uow.session.add(
        UnionAssignment(
            union_id=union.id,
            old_officer_id=old_officer_id,
            new_officer_id=officer_id,
            reason=reason,
            assigned_by=by.id,
            assigned_at=at,
        )
    )
    uow.session.flush()
    uow.publish(UnionAssigned.of(union, previous_officer_id=old_officer_id, reason=reason))
    uow.audit(
        action="UNION_ASSIGNED",
        entity_name="Union",
        entity_id=union.id,
        before=before,
        after=directory.Union.of(union),
        metadata={
            "from": str(old_officer_id),
            "to": str(officer_id),
            "reason": reason,
            "members": moved.members,
            "loans": moved.loans,
        },
    )
    return moved


def touch(union: Union, at: datetime) -> None:
    """Count a change of a union."""
    union.version += 1
    union.updated_at = at
