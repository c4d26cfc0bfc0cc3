"""Looking for entries of the audit trail within what somebody may see, on screen and as a file."""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection

from services.reporting.domain.actions import actions_named
from services.reporting.queries import trail
from services.reporting.queries.staff import team_ids
from services.reporting.queries.trail import EntryFilters, FoundEntry
from shared.context import Actor, Role
from shared.files.columns import Cell, Column, Kind, Row
from shared.files.formats import FileFormat
from shared.files.table import Table
from shared.institution import letterhead
from shared.words import full_name

_COLUMNS = (
    Column("createdAt", "When", Kind.MOMENT),
    Column("actor", "Who"),
    Column("actorEmail", "E-mail"),
    Column("actorRole", "Role"),
    Column("action", "Action"),
    Column("entityName", "Of what"),
    Column("entityId", "Its id"),
    Column("ipAddress", "Address"),
)
# Too wide for paper.
_DETAILS = (Column("before", "Before"), Column("after", "After"), Column("metadata", "Circumstances"))


def entry_filters(connection: Connection, actor: Actor, filters: Mapping[str, Any]) -> EntryFilters:
    """The entries asked for, among those that somebody may see: a supervisor their own and those of their team, an
    admin everybody's. `filters` are those of the list; `action` may be a part of a name, or an older one."""
    chosen = dict(filters)
    if "action" in chosen:
        chosen["actions"] = actions_named(chosen.pop("action"), trail.actions(connection))
    scope = None if actor.role is Role.ADMIN else team_ids(connection, actor.id)
    return EntryFilters(scope=scope, **chosen)


def trail_table(
    connection: Connection, chosen: EntryFilters, file_format: FileFormat, *, at: datetime, zone: tzinfo
) -> Table:
    """The entries as a table to be saved, the newest first, read as they are written. In a transaction."""
    details = () if file_format is FileFormat.PDF else _DETAILS
    return Table(
        title="Audit trail",
        columns=_COLUMNS + details,
        rows=_rows(trail.every_entry(connection, chosen), with_details=bool(details)),
        subtitles=[*_subtitles(chosen, zone), f"As of {_moment(at, zone)}"],
        letterhead=letterhead(connection),
    )


def _rows(entries: Iterator[FoundEntry], *, with_details: bool) -> Iterator[Row]:
    for entry in entries:
        cells: list[Cell] = [
            entry.occurred_at, _name_of(entry), entry.staff_email or entry.actor_email,
            entry.staff_role or entry.actor_role, entry.action, entry.entity_name, entry.entity_id, entry.ip_address,
        ]  # fmt: skip
        yield [*cells, entry.before, entry.after, entry.metadata] if with_details else cells


def _name_of(entry: FoundEntry) -> str:
    """As now known; the system acts without a name."""
    if entry.actor_id is None:
        return "(the system)"
    return full_name(entry.first_name, entry.last_name) or entry.staff_email or entry.actor_email or "(not known)"


def _subtitles(chosen: EntryFilters, zone: tzinfo) -> Iterator[str]:
    if chosen.since:
        yield f"From {_moment(chosen.since, zone)}"
    if chosen.until:
        yield f"To {_moment(chosen.until, zone)}"
    if chosen.entity_name:
        yield f"Of what: {chosen.entity_name}"
    if chosen.actions is not None:
        yield f"Actions: {', '.join(chosen.actions) or 'none'}"
    if chosen.search:
        yield f"Search: {chosen.search}"


def _moment(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%d %B %Y, %H:%M}".lstrip("0")
