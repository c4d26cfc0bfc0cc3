"""Unions."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from services.membership.models import Union
from services.membership.queries.counts import LOAN, MEMBER, UNION
from shared.context import Actor, Role
from shared.directory.scope import ACTOR_ID, all_in_scope, scope, scope_of
from shared.directory.tables import directory_staff as staff
from shared.errors import NotFound
from shared.postgres.pages import PageStatement, Rows
from shared.postgres.rows import labelled
from shared.search import contains_words
from shared.tally import counted, tally

Found = TypeVar("Found")

unions = Union.__table__.c
supervisor = staff.alias("supervisor")

_KEPT_FROM_VIEW = {"search", "version", "created_by", "deleted_at"}
_WITH_OFFICER_AND_COUNTS = (
    select(
        *(column for column in unions if column.name not in _KEPT_FROM_VIEW),
        *labelled("officer", staff.c, "email", "first_name", "last_name"),
        counted(MEMBER, tally.c.owner_id == unions.id).label("member_count"),
        counted(LOAN, tally.c.owner_id == unions.id).label("loan_count"),
    )
    .select_from(Union.__table__)
    .outerjoin(staff, staff.c.id == unions.officer_id)
    .where(unions.deleted_at.is_(None))
)
_DETAIL = _WITH_OFFICER_AND_COUNTS.outerjoin(supervisor, supervisor.c.id == staff.c.supervisor_id).add_columns(
    *labelled("supervisor", supervisor.c, "id", "first_name", "last_name"),
)


class UnionOrder(StrEnum):
    """Which unions come first: by when they were founded, or by name."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    NAME_REVERSED = "name-reversed"


# Each is the order of an index, read from one of its ends; `search` begins with the name.
_ORDERS: Mapping[UnionOrder, tuple[Any, ...]] = {
    UnionOrder.NEWEST: (unions.created_at.desc(), unions.id.desc()),
    UnionOrder.OLDEST: (unions.created_at, unions.id),
    UnionOrder.NAME: (unions.search, unions.id),
    UnionOrder.NAME_REVERSED: (unions.search.desc(), unions.id.desc()),
}


class UnionNotFound(NotFound):
    """No such union, or not for this actor to see."""


def union_for_update(session: Session, union_id: UUID, *, seen_by: Actor) -> Union:
    """The union, locked. Raises UnionNotFound."""
    return _found(session.scalars(_live(union_id, seen_by).with_for_update()).one_or_none())


def union_to_join(session: Session, union_id: UUID, *, seen_by: Actor) -> Union:
    """The union, which keeps its officer until the end of this transaction; others may join it meanwhile.

    Raises UnionNotFound.
    """
    return _found(session.scalars(_live(union_id, seen_by).with_for_update(read=True)).one_or_none())


def union_detail(connection: Connection, union_id: UUID, *, seen_by: Actor) -> Row[Any]:
    """A union with officer, supervisor and counts. Raises UnionNotFound."""
    values = {"actor_id": seen_by.id, "union_id": union_id}
    return _found(connection.execute(_detail(seen_by.role), values).one_or_none())


def unions_page(
    connection: Connection,
    *,
    seen_by: Actor,
    limit: int,
    offset: int,
    officer_id: UUID | None = None,
    search: str | None = None,
    order: UnionOrder = UnionOrder.NEWEST,
) -> tuple[Rows, int]:
    """A page of the unions an actor may see, in this order, narrowed by the filters, and the total."""
    statement = _page(seen_by.role, officer_id is not None, search, order)
    values = {"actor_id": seen_by.id, "officer_id": officer_id}
    return statement.page(connection, values, limit=limit, offset=offset)


def union_ids(connection: Connection, *, seen_by: Actor) -> list[UUID]:
    """The ids of all unions an actor may see."""
    query = select(unions.id).where(unions.deleted_at.is_(None), scope(seen_by, unions.officer_id))
    return list(connection.execute(query.order_by(unions.id)).scalars())


def every_union(connection: Connection, *, seen_by: Actor, **filters: Any) -> Iterator[Any]:
    """All unions that `unions_page` would have on its pages, newest first, as they come from the database."""
    officer_id = filters.get("officer_id")
    statement = _page(seen_by.role, officer_id is not None, filters.get("search"), UnionOrder.NEWEST)
    return statement.stream(connection, {"actor_id": seen_by.id, "officer_id": officer_id})


def unions_seen(connection: Connection, actor: Actor) -> list[UUID]:
    """The unions, deleted ones too, that an actor may see now."""
    return list(connection.execute(select(Union.id).where(scope(actor, Union.officer_id))).scalars())


def _live(union_id: UUID, seen_by: Actor) -> Select[tuple[Union]]:
    return select(Union).where(Union.id == union_id, Union.deleted_at.is_(None), scope(seen_by, Union.officer_id))


def _found(union: Found | None) -> Found:
    if union is None:
        raise UnionNotFound("Union not found")
    return union


@lru_cache
def _detail(role: Role) -> Select[Any]:
    return _DETAIL.where(unions.id == bindparam("union_id"), scope_of(role, unions.officer_id, ACTOR_ID))


@lru_cache(maxsize=200)
def _page(role: Role, by_officer: bool, search: str | None, order: UnionOrder) -> PageStatement:
    conditions = [scope_of(role, unions.officer_id, ACTOR_ID)]
    if by_officer:
        conditions.append(unions.officer_id == bindparam("officer_id"))
    if search:
        conditions.append(contains_words(unions.search, search))
        found = select(func.count()).where(unions.deleted_at.is_(None), *conditions).scalar_subquery()
    elif by_officer:
        found = counted(UNION, tally.c.owner_id == bindparam("officer_id"), scope_of(role, tally.c.owner_id, ACTOR_ID))
    else:
        found = counted(UNION, all_in_scope(role))
    return PageStatement.of(_WITH_OFFICER_AND_COUNTS.order_by(*_ORDERS[order]).where(*conditions), found)
