"""Reads and writes of generated reports."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, text, true

from services.reporting.models.sessions import report_sessions
from shared.context import Actor, Role
from shared.directory.tables import directory_staff
from shared.errors import NotFound
from shared.postgres.pages import read_page
from shared.postgres.rows import labelled

_sessions = report_sessions.c
_IN_LISTS = [column for column in _sessions if column.name != "report_data"]
_ONE_AT_A_TIME = text(
    "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.reports'), hashtext(CAST(:person_id AS text)))"
)


class ReportSessionNotFound(NotFound):
    """No such report, or somebody else's."""


def sessions_page(
    connection: Connection, *, seen_by: Actor, supervisor_id: UUID | None, limit: int, offset: int
) -> tuple[Sequence[Row[Any]], int]:
    """A page of the reports that an actor may see, the newest first, and how many there are."""
    conditions = [_seen(seen_by)]
    if supervisor_id is not None:
        conditions.append(_sessions.supervisor_id == supervisor_id)
    newest_first = select(*_IN_LISTS).where(*conditions).order_by(_sessions.generated_at.desc(), _sessions.id.desc())
    total = select(func.count()).select_from(report_sessions).where(*conditions)
    return read_page(connection, newest_first, total, limit=limit, offset=offset)


def session_detail(connection: Connection, session_id: UUID, *, seen_by: Actor) -> Row[Any]:
    """A report with whom it is about. Raises ReportSessionNotFound."""
    query = (
        select(*_sessions, *labelled("supervisor", directory_staff.c, "email", "first_name", "last_name"))
        .outerjoin_from(report_sessions, directory_staff, directory_staff.c.id == _sessions.supervisor_id)
        .where(_sessions.id == session_id, _seen(seen_by))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise ReportSessionNotFound("Report session not found")
    return row


def add_session(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write a report."""
    connection.execute(insert(report_sessions).values(**values))


def remove_session(connection: Connection, session_id: UUID) -> bool:
    """Delete a report; False when it was deleted meanwhile."""
    removed = delete(report_sessions).where(_sessions.id == session_id).returning(_sessions.id)
    return connection.execute(removed).first() is not None


def moments_of_generation(connection: Connection, person_id: UUID, *, since: datetime) -> Sequence[datetime]:
    """When this person generated the reports that are kept since then, the oldest first. Others of theirs wait until
    this transaction has ended, so that together they keep within a limit."""
    connection.execute(_ONE_AT_A_TIME, {"person_id": person_id})
    query = select(_sessions.generated_at).where(_sessions.generated_by == person_id, _sessions.generated_at > since)
    return connection.execute(query.order_by(_sessions.generated_at)).scalars().all()


def _seen(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.role is Role.ADMIN else _sessions.supervisor_id == actor.id
