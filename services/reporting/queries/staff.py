"""Reads and writes about staff: who is in whose team, and how active they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from services.reporting.models.staff import staff_activity
from services.reporting.models.trail import audit_entries
from shared.context import Actor, Role
from shared.directory.tables import directory_staff, directory_union
from shared.errors import NotFound
from shared.postgres.recordset import json_rows, recordset_statement
from shared.words import full_name


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """Somebody of the staff."""

    id: UUID
    email: str
    role: str
    first_name: str | None
    last_name: str | None

    @property
    def name(self) -> str:
        """First and last name; the e-mail address of who has neither."""
        return full_name(self.first_name, self.last_name) or self.email


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer(StaffMember):
    """A credit officer with the number of their unions and how active they are."""

    is_active: bool
    login_count: int
    last_login_at: datetime | None
    last_activity_at: datetime | None
    unions: int


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody signed in at a moment, for the `login_count`th time."""

    user_id: UUID
    login_count: int
    last_login_at: datetime


_NOTE_LOGINS = recordset_statement(
    """
    INSERT INTO staff_activity SELECT * FROM {rows}
    ON CONFLICT (user_id) DO UPDATE SET
        login_count = greatest(staff_activity.login_count, excluded.login_count),
        last_login_at = greatest(staff_activity.last_login_at, excluded.last_login_at)
    """,
    rows=staff_activity,
)

_staff = directory_staff.c
_PERSON = (_staff.id, _staff.email, _staff.role, _staff.first_name, _staff.last_name)


def note_logins(connection: Connection, logins: Iterable[Login]) -> None:
    """Remember sign-ins, in whichever order they are reported."""
    newest: dict[UUID, Login] = {}
    for login in logins:
        before = newest.get(login.user_id, login)
        newest[login.user_id] = Login(
            login.user_id, max(before.login_count, login.login_count), max(before.last_login_at, login.last_login_at)
        )
    # In the order of their ids, so that two workers that note the same people do not wait for each other.
    connection.execute(_NOTE_LOGINS, {"rows": json_rows(newest[user_id] for user_id in sorted(newest))})


def staff_member(connection: Connection, user_id: UUID) -> StaffMember | None:
    """One member of staff, unless deleted."""
    query = select(*_PERSON).where(_staff.id == user_id, ~_staff.is_deleted)
    row = connection.execute(query).mappings().one_or_none()
    return StaffMember(**row) if row else None


class SupervisorNotFound(NotFound):
    """Nobody who supervises officers has this id."""


def team_of(connection: Connection, actor: Actor, asked: UUID | None) -> tuple[StaffMember, UUID | None]:
    """Whom a report is about and whose team it covers; no team means everybody.

    Supervisors see their own team whatever they ask for; an admin chooses one, or sees the whole institution. Raises
    SupervisorNotFound.
    """
    team = asked if actor.role is Role.ADMIN else actor.id
    person = staff_member(connection, team or actor.id)
    if person is None or person.role == Role.CREDIT_OFFICER:
        raise SupervisorNotFound("Supervisor not found")
    return person, team


def team_ids(connection: Connection, supervisor_id: UUID) -> list[UUID]:
    """The supervisor and everybody ever under them who still is, deleted or not: whose actions they answer for."""
    query = select(_staff.id).where(_staff.supervisor_id == supervisor_id)
    return [supervisor_id, *connection.execute(query).scalars()]


def officers_of(connection: Connection, supervisor_id: UUID | None) -> list[Officer]:
    """The credit officers of a supervisor, or all, by name; each with their unions counted and their last activity.

    Somebody is active when they sign in or leave an entry in the audit trail.
    """
    activity = staff_activity.c
    unions = (
        select(func.count())
        .where(directory_union.c.officer_id == _staff.id, ~directory_union.c.is_deleted)
        .scalar_subquery()
    )
    last_entry = select(func.max(audit_entries.c.occurred_at)).where(audit_entries.c.actor_id == _staff.id)
    query = (
        select(
            *_PERSON,
            _staff.is_active,
            func.coalesce(activity.login_count, 0).label("login_count"),
            activity.last_login_at,
            func.greatest(activity.last_login_at, last_entry.scalar_subquery()).label("last_activity_at"),
            unions.label("unions"),
        )
        .select_from(directory_staff)
        .outerjoin(staff_activity, activity.user_id == _staff.id)
        .where(_staff.role == Role.CREDIT_OFFICER.value, ~_staff.is_deleted)
        .order_by(_staff.first_name, _staff.last_name, _staff.id)
    )
    if supervisor_id is not None:
        query = query.where(_staff.supervisor_id == supervisor_id)
    return [Officer(**row) for row in connection.execute(query).mappings()]
