"""What is found in the audit trail."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    func,
    literal,
    or_,
    select,
    union_all,
)

from services.reporting.domain.chain import Entry
from services.reporting.models.base import NOBODY
from services.reporting.models.trail import audit_counts, audit_entries, audit_intake
from shared.directory.tables import directory_staff

_ROWS_AT_ONCE = 1000
_FIELDS = tuple(field.name for field in fields(Entry))
# An id is searched by its beginning; a shorter one would name half of the trail.
_BEGINNING_OF_AN_ID = re.compile(r"[0-9a-f][0-9a-f-]{3,35}", re.IGNORECASE)


def _kinds() -> Subquery:
    """How many entries there are by actor, thing and action: as counted, and one by one those of batches without a
    link, which are few. Their batches are given as an array, so that the index is used whatever the planner expects."""
    batches = func.array(select(audit_intake.c.batch).scalar_subquery(), type_=ARRAY(BigInteger))
    entries = audit_entries.c
    uncounted = select(
        func.coalesce(entries.actor_id, NOBODY).label("actor_id"),
        entries.entity_name,
        entries.action,
        literal(1, BigInteger).label("entries"),
    ).where(entries.batch == func.any(batches))
    return union_all(select(audit_counts), uncounted).subquery("kinds")


_KINDS = _kinds()


class EntryOrder(StrEnum):
    """Which entries come first, by when it was done. A trail has no other order: it has millions of entries."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class EntryFilters:
    """Which entries are asked for. `scope` holds the actors whose entries may be seen, None for everybody's.

    `actions` are whole names; both ends of the time are included.
    """

    scope: Collection[UUID] | None = None
    actor_id: UUID | None = None
    entity_name: str | None = None
    entity_id: str | None = None
    actions: Collection[str] | None = None
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry(Entry):
    """An entry with its actor as now known, if it had one."""

    staff_email: str | None
    staff_role: str | None
    first_name: str | None
    last_name: str | None


@dataclass(frozen=True, slots=True)
class _Matches:
    """What a search term was found in."""

    actions: Collection[str]
    entity_names: Collection[str]
    actor_ids: Collection[UUID]
    beginning_of_id: str | None


def actions(connection: Connection) -> list[str]:
    """Every action there is an entry of."""
    return list(connection.execute(select(_KINDS.c.action).distinct()).scalars())


def find(
    connection: Connection,
    filters: EntryFilters,
    *,
    limit: int,
    offset: int,
    order: EntryOrder = EntryOrder.NEWEST,
) -> tuple[list[FoundEntry], int]:
    """One page of the entries asked for, in this order, each with its actor as now known; and how many there are."""
    matches = _matches(connection, filters.search) if filters.search else None
    query = _sorted(filters, matches, order).limit(limit).offset(offset)
    return [FoundEntry(**row) for row in connection.execute(query).mappings()], _count(connection, filters, matches)


def every_entry(connection: Connection, filters: EntryFilters) -> Iterator[FoundEntry]:
    """All entries that `find` would have, the newest first, as they come from the database. In a transaction."""
    matches = _matches(connection, filters.search) if filters.search else None
    query = _sorted(filters, matches, EntryOrder.NEWEST)
    rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query).mappings()
    return (FoundEntry(**row) for row in rows)


def count(connection: Connection, filters: EntryFilters) -> int:
    """How many entries are asked for."""
    return _count(connection, filters, _matches(connection, filters.search) if filters.search else None)


def entry(connection: Connection, entry_id: UUID, scope: Collection[UUID] | None) -> FoundEntry | None:
    """One entry with its actor, if it is in scope."""
    query = _with_actors().where(
        audit_entries.c.id == entry_id, *_conditions(audit_entries.c, EntryFilters(scope=scope), None)
    )
    row = connection.execute(query).mappings().one_or_none()
    return FoundEntry(**row) if row else None


def _with_actors() -> Select[Any]:
    staff = directory_staff.c
    names = (staff.email.label("staff_email"), staff.role.label("staff_role"), staff.first_name, staff.last_name)
    return select(*(audit_entries.c[name] for name in _FIELDS), *names).outerjoin_from(
        audit_entries, directory_staff, staff.id == audit_entries.c.actor_id
    )


def _sorted(filters: EntryFilters, matches: _Matches | None, order: EntryOrder) -> Select[Any]:
    query = _with_actors().where(*_conditions(audit_entries.c, filters, matches), *_narrowing(filters))
    # The same indexes serve both, from either end.
    columns = (audit_entries.c.occurred_at, audit_entries.c.id)
    return query.order_by(*(columns if order is EntryOrder.OLDEST else (column.desc() for column in columns)))


def _conditions(columns: Any, filters: EntryFilters, matches: _Matches | None) -> list[ColumnElement[bool]]:
    """What holds for an entry and for the count of its kind alike."""
    conditions = []
    if filters.scope is not None:
        conditions.append(columns.actor_id.in_(filters.scope))
    if filters.actor_id is not None:
        conditions.append(columns.actor_id == filters.actor_id)
    if filters.entity_name is not None:
        conditions.append(columns.entity_name == filters.entity_name)
    if filters.actions is not None:
        conditions.append(columns.action.in_(filters.actions))
    if matches is not None:
        found = [
            columns.action.in_(matches.actions),
            columns.entity_name.in_(matches.entity_names),
            columns.actor_id.in_(matches.actor_ids),
        ]
        if matches.beginning_of_id:
            found.append(columns.entity_id.startswith(matches.beginning_of_id))
        conditions.append(or_(*found))
    return conditions


def _narrowing(filters: EntryFilters) -> list[ColumnElement[bool]]:
    """What is in an entry and not in the counts."""
    conditions = []
    if filters.entity_id is not None:
        conditions.append(audit_entries.c.entity_id == filters.entity_id)
    if filters.since is not None:
        conditions.append(audit_entries.c.occurred_at >= filters.since)
    if filters.until is not None:
        conditions.append(audit_entries.c.occurred_at <= filters.until)
    return conditions


def _count(connection: Connection, filters: EntryFilters, matches: _Matches | None) -> int:
    """How many entries are asked for: from the counts by kind, unless a time or a thing narrows it down."""
    narrowing = _narrowing(filters)
    if narrowing or (matches and matches.beginning_of_id):
        query = (
            select(func.count())
            .select_from(audit_entries)
            .where(*_conditions(audit_entries.c, filters, matches), *narrowing)
        )
    else:
        query = select(func.sum(_KINDS.c.entries)).where(*_conditions(_KINDS.c, filters, matches))
    return int(connection.execute(query).scalar_one() or 0)


def _matches(connection: Connection, term: str) -> _Matches:
    """The kinds and actors a search term is found in. They are few, and as whole values they lead into the indexes."""
    kinds = connection.execute(select(_KINDS.c.action, _KINDS.c.entity_name).distinct()).all()
    by_email = select(directory_staff.c.id).where(directory_staff.c.email.icontains(term, autoescape=True))
    return _Matches(
        actions={kind.action for kind in kinds if term.lower() in kind.action.lower()},
        entity_names={kind.entity_name for kind in kinds if term.lower() in kind.entity_name.lower()},
        actor_ids=set(connection.execute(by_email).scalars()),
        beginning_of_id=term.lower() if _BEGINNING_OF_AN_ID.fullmatch(term) else None,
    )
