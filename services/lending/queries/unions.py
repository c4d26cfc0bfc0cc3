"""Unions with their officer and members, as the directory knows them."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from services.lending.models import Loan
from services.lending.queries.relations import LOANS, members, seen_by, unions
from shared.context import Actor, Role
from shared.directory.tables import directory_member, directory_staff, directory_union
from shared.postgres.rows import labelled

_officer = directory_staff.alias("officer")
_OFFICER_COLUMNS = labelled("officer", _officer.c, "email", "first_name", "last_name")


def union_with_officer(connection: Connection, actor: Actor, union_id: UUID) -> Row[Any] | None:
    """A union with its officer, and how many members and loans it has; None when there is none for this actor."""
    values = {"actor_id": actor.id, "union_id": union_id}
    return connection.execute(_with_officer(actor.role), values).one_or_none()


def members_of_union(connection: Connection, union_id: UUID, *, limit: int) -> Sequence[Row[Any]]:
    """The newest members of a union, each with union and officer."""
    return connection.execute(_MEMBERS, {"union_id": union_id, "limit": limit}).all()


def is_member(connection: Connection, actor: Actor, member_id: UUID) -> bool:
    """Whether there is such a member for this actor to see."""
    return connection.execute(_member(actor.role), {"actor_id": actor.id, "member_id": member_id}).first() is not None


@cache
def _with_officer(role: Role) -> Select[Any]:
    theirs = select(func.count()).where(members.union_id == unions.id, ~members.is_deleted)
    loans = select(func.count()).select_from(Loan).where(LOANS.union_id == unions.id, LOANS.deleted_at.is_(None))
    query = select(
        *directory_union.c,
        *_OFFICER_COLUMNS,
        *labelled("officer", _officer.c, "is_active", "created_at"),
        theirs.scalar_subquery().label("member_count"),
        loans.scalar_subquery().label("loan_count"),
    ).outerjoin(_officer, _officer.c.id == unions.officer_id)
    return query.where(unions.id == bindparam("union_id"), ~unions.is_deleted, seen_by(role, unions.officer_id))


# Ids grow with time, and the directory has no column for the day of joining.
_MEMBERS = (
    select(
        *directory_member.c,
        *labelled("union", unions, "name", "location"),
        unions.officer_id,
        *_OFFICER_COLUMNS,
    )
    .join(directory_union, unions.id == members.union_id)
    .outerjoin(_officer, _officer.c.id == unions.officer_id)
    .where(members.union_id == bindparam("union_id"), ~members.is_deleted)
    .order_by(members.id.desc())
    .limit(bindparam("limit"))
)


@cache
def _member(role: Role) -> Select[Any]:
    query = select(members.id).join(directory_union, unions.id == members.union_id)
    return query.where(members.id == bindparam("member_id"), ~members.is_deleted, seen_by(role, unions.officer_id))
