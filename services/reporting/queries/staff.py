"""Reads and writes about staff: who is in whose team, and how active they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from services.reporting.models import audit_entries, staff_activity
from shared.context import Role
from shared.directory.tables import directory_staff, directory_union


def note_login(connection: Connection, *, user_id: UUID, login_count: int, at: datetime) -> None:
    """Remember a sign-in, whichever order they are told in."""
    row = insert(staff_activity).values(user_id=user_id, login_count=login_count, last_login_at=at)
    newest = {
        "login_count": func.greatest(staff_activity.c.login_count, row.excluded.login_count),
        "last_login_at": func.greatest(staff_activity.c.last_login_at, row.excluded.last_login_at),
    }
    connection.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=newest))


def staff_member(connection: Connection, user_id: UUID) -> Row[Any] | None:
    """One member of staff, unless deleted."""
    query = select(directory_staff).where(directory_staff.c.id == user_id, ~directory_staff.c.is_deleted)
    return connection.execute(query).one_or_none()


def team_ids(connection: Connection, supervisor_id: UUID) -> list[UUID]:
    """The supervisor and everybody ever under them who still is, deleted or not: whose doings they answer for."""
    query = select(directory_staff.c.id).where(directory_staff.c.supervisor_id == supervisor_id)
    return [supervisor_id, *connection.execute(query).scalars()]


def officers_of(connection: Connection, supervisor_id: UUID | None) -> Sequence[Row[Any]]:
    """The credit officers of a supervisor, or all, by name; each with their unions counted and their last activity.

    Somebody is active when they sign in or leave an entry in the audit trail.
    """
    staff, activity = directory_staff.c, staff_activity.c
    unions = (
        select(func.count())
        .where(directory_union.c.officer_id == staff.id, ~directory_union.c.is_deleted)
        .scalar_subquery()
    )
    last_entry = select(func.max(audit_entries.c.occurred_at)).where(audit_entries.c.actor_id == staff.id)
    query = (
        select(
            directory_staff,
            func.coalesce(activity.login_count, 0).label("login_count"),
            activity.last_login_at,
            func.greatest(activity.last_login_at, last_entry.scalar_subquery()).label("last_activity_at"),
            unions.label("unions"),
        )
        .outerjoin(staff_activity, activity.user_id == staff.id)
        .where(staff.role == Role.CREDIT_OFFICER.value, ~staff.is_deleted)
        .order_by(staff.first_name, staff.last_name, staff.id)
    )
    if supervisor_id is not None:
        query = query.where(staff.supervisor_id == supervisor_id)
    return connection.execute(query).all()
