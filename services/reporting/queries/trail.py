"""Reads and writes of the audit trail."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, update

from services.reporting.domain.chain import Entry, Link
from services.reporting.models import NOBODY, audit_chain, audit_counts, audit_entries
from shared.directory.tables import directory_staff
from shared.postgres.recordset import json_rows, recordset_statement

_FIELDS = tuple(field.name for field in fields(Entry))
# An id is searched by its beginning; a shorter one would name half of the trail.
_BEGINNING_OF_AN_ID = re.compile(r"[0-9a-f][0-9a-f-]{3,35}", re.IGNORECASE)

_APPEND = recordset_statement(
    """
    WITH added AS MATERIALIZED (SELECT * FROM {rows}),
        appended AS (INSERT INTO audit_entries SELECT * FROM added),
        moved AS (
            UPDATE audit_chain SET sequence = last.sequence, hash = last.hash, key_id = last.key_id
            FROM (SELECT sequence, hash, key_id FROM added ORDER BY sequence DESC LIMIT 1) AS last
        )
    INSERT INTO audit_counts
    SELECT coalesce(actor_id, CAST(:nobody AS uuid)), entity_name, action, count(*) FROM added GROUP BY 1, 2, 3
    ON CONFLICT (actor_id, entity_name, action) DO UPDATE SET entries = audit_counts.entries + excluded.entries
    """,
    rows=audit_entries,
)


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


def existing_ids(connection: Connection, entry_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these entries are in the trail already."""
    return set(
        connection.execute(select(audit_entries.c.id).where(audit_entries.c.id == func.any(list(entry_ids)))).scalars()
    )


def append(connection: Connection, links: Sequence[tuple[Link, Entry]]) -> None:
    """Write entries at the end of the chain, move the end, and count them. Under the lock of the chain."""
    rows = json_rows(_link_values(link, entry) for link, entry in links)
    connection.execute(_APPEND, {"rows": rows, "nobody": NOBODY})


def actions(connection: Connection) -> list[str]:
    """Every action there is an entry of."""
    return list(connection.execute(select(audit_counts.c.action).distinct()).scalars())


def find(connection: Connection, filters: EntryFilters, *, limit: int, offset: int) -> tuple[list[FoundEntry], int]:
    """One page of the entries asked for, the newest first, each with its actor as now known; and how many there are."""
    matches = _matches(connection, filters.search) if filters.search else None
    query = _with_actors().where(*_conditions(audit_entries.c, filters, matches), *_narrowing(filters))
    query = query.order_by(audit_entries.c.occurred_at.desc(), audit_entries.c.id.desc()).limit(limit).offset(offset)
    return [FoundEntry(**row) for row in connection.execute(query).mappings()], _count(connection, filters, matches)


def entry(connection: Connection, entry_id: UUID, scope: Collection[UUID] | None) -> FoundEntry | None:
    """One entry with its actor, if it is in scope."""
    query = _with_actors().where(
        audit_entries.c.id == entry_id, *_conditions(audit_entries.c, EntryFilters(scope=scope), None)
    )
    row = connection.execute(query).mappings().one_or_none()
    return FoundEntry(**row) if row else None


def chain_end(connection: Connection) -> Link:
    """Where the chain ends."""
    row = connection.execute(select(audit_chain.c.sequence, audit_chain.c.hash, audit_chain.c.key_id)).one()
    return Link(row.sequence, row.hash, row.key_id)


def published_end(connection: Connection) -> tuple[Link, datetime | None, int]:
    """Where the chain ends, and when and with which number its end was last published."""
    row = connection.execute(select(audit_chain)).one()
    return Link(row.sequence, row.hash, row.key_id), row.published_at, row.published_sequence


def note_published(connection: Connection, end: Link, at: datetime) -> None:
    """Keep that this end was published."""
    connection.execute(update(audit_chain).values(published_at=at, published_sequence=end.sequence))


def links_after(connection: Connection, sequence: int, *, limit: int) -> list[tuple[Link, Entry]]:
    """The next links of the chain with their entries, in order."""
    query = (
        select(audit_entries).where(audit_entries.c.sequence > sequence).order_by(audit_entries.c.sequence).limit(limit)
    )
    found = connection.execute(query).mappings()
    return [
        (Link(row["sequence"], row["hash"], row["key_id"]), Entry(**{name: row[name] for name in _FIELDS}))
        for row in found
    ]


def _link_values(link: Link, entry: Entry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in _FIELDS}
    return values | {"sequence": link.sequence, "hash": f"\\x{link.hash.hex()}", "key_id": link.key_id}


def _with_actors() -> Select[Any]:
    staff = directory_staff.c
    names = (staff.email.label("staff_email"), staff.role.label("staff_role"), staff.first_name, staff.last_name)
    return select(*(audit_entries.c[name] for name in _FIELDS), *names).outerjoin_from(
        audit_entries, directory_staff, staff.id == audit_entries.c.actor_id
    )


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
        query = select(func.sum(audit_counts.c.entries)).where(*_conditions(audit_counts.c, filters, matches))
    return int(connection.execute(query).scalar_one() or 0)


def _matches(connection: Connection, term: str) -> _Matches:
    """The kinds and actors a search term is found in. They are few, and as whole values they lead into the indexes."""
    kinds = connection.execute(select(audit_counts.c.action, audit_counts.c.entity_name).distinct()).all()
    by_email = select(directory_staff.c.id).where(directory_staff.c.email.icontains(term, autoescape=True))
    return _Matches(
        actions={kind.action for kind in kinds if term.lower() in kind.action.lower()},
        entity_names={kind.entity_name for kind in kinds if term.lower() in kind.entity_name.lower()},
        actor_ids=set(connection.execute(by_email).scalars()),
        beginning_of_id=term.lower() if _BEGINNING_OF_AN_ID.fullmatch(term) else None,
    )
