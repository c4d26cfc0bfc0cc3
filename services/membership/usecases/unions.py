"""What people do with unions: found one, describe it anew, give it to another credit officer."""

from datetime import datetime
from uuid import UUID

from services.membership.domain.deletion import check_union_may_go
from services.membership.domain.officer import check_union_officer
from services.membership.domain.search import searchable
from services.membership.events import UnionCreated, UnionDeleted, UnionUpdated
from services.membership.models import Union
from services.membership.queries import counts
from services.membership.queries.staff import officer_to_choose
from services.membership.queries.unions import union_for_update
from services.membership.steps.handover import hand_over, touch
from shared import epochs
from shared.context import Actor
from shared.db import UnitOfWork
from shared.directory import shapes as directory
from shared.ids import new_id

DEFAULT_REASON = "Union reassignment"


def create_union(
    uow: UnitOfWork,
    *,
    name: str,
    officer_id: UUID,
    location: str | None = None,
    address: str | None = None,
    by: Actor,
    at: datetime,
) -> Union:
    """Found a union under an active credit officer; a supervisor may only choose among their own.

    Raises CreditOfficerNotFound, NotACreditOfficer, OfficerInactive.
    """
    check_union_officer(officer_to_choose(uow.session, officer_id, by=by))
    union = Union(
        id=new_id(),
        name=name,
        location=location,
        address=address,
        officer_id=officer_id,
        search=searchable(name, location, address),
        version=epochs.first_version(uow.connection, uow.source),
        created_by=by.id,
        created_at=at,
        updated_at=at,
    )
    uow.session.add(union)
    uow.session.flush()
    counts.union_added(uow.connection, officer_id)
    uow.publish(UnionCreated.of(union))
    uow.audit(action="UNION_CREATED", entity_name="Union", entity_id=union.id, after=directory.Union.of(union))
    return union


def update_union(
    uow: UnitOfWork,
    *,
    union_id: UUID,
    by: Actor,
    at: datetime,
    officer_id: UUID | None = None,
    **changes: str | None,
) -> Union:
    """Write name, location or address anew; another officer has exactly the effects of `assign_union`.

    Raises UnionNotFound and what `assign_union` raises.
    """
    union = union_for_update(uow.session, union_id, seen_by=by)
    before = directory.Union.of(union)
    for name, value in changes.items():
        setattr(union, name, value)
    union.search = searchable(union.name, union.location, union.address)
    touch(union, at)
    uow.session.flush()
    uow.publish(UnionUpdated.of(union))
    after = directory.Union.of(union)
    uow.audit(action="UNION_UPDATED", entity_name="Union", entity_id=union.id, before=before, after=after)
    if officer_id is not None:
        hand_over(uow, union, officer_id, reason=DEFAULT_REASON, by=by, at=at)
    return union


def delete_union(uow: UnitOfWork, *, union_id: UUID, by: Actor, at: datetime) -> None:
    """Take a union without members and loans out of the books. Raises UnionNotFound, UnionNotEmpty."""
    union = union_for_update(uow.session, union_id, seen_by=by)
    check_union_may_go(
        counts.members_of_union(uow.connection, union.id), counts.loans_of_union(uow.connection, union.id)
    )
    before = directory.Union.of(union)
    union.deleted_at = at
    touch(union, at)
    counts.union_removed(uow.connection, union.officer_id)
    uow.publish(UnionDeleted.of(union))
    uow.audit(action="UNION_DELETED", entity_name="Union", entity_id=union.id, before=before)


def assign_union(
    uow: UnitOfWork, *, union_id: UUID, officer_id: UUID, by: Actor, at: datetime, reason: str | None = None
) -> Union:
    """Give a union, and all members in it, to another credit officer. The same officer again changes nothing.

    Raises UnionNotFound, CreditOfficerNotFound, NotACreditOfficer, OfficerInactive.
    """
    union = union_for_update(uow.session, union_id, seen_by=by)
    hand_over(uow, union, officer_id, reason=reason or DEFAULT_REASON, by=by, at=at)
    return union
