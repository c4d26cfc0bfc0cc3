"""Named reads of staff, sessions and settings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from services.identity.models import AdminLock, CompanySetting, StaffSession, User
from shared.context import Actor, Role
from shared.directory.tables import directory_union
from shared.errors import Conflict, NotFound

_Supervisor = aliased(User, name="supervisor")
_IS_LIVE = User.deleted_at.is_(None)
_USER_ROW = (
    User.id,
    User.email,
    User.first_name,
    User.last_name,
    User.phone,
    User.address,
    User.profile_image,
    User.role,
    User.is_active,
    User.supervisor_id,
    User.login_count,
    User.last_login_at,
    User.last_activity_at,
    User.created_at,
    User.updated_at,
    _Supervisor.email.label("supervisor_email"),
    _Supervisor.first_name.label("supervisor_first_name"),
    _Supervisor.last_name.label("supervisor_last_name"),
)


class UserNotFound(NotFound):
    """No such account, or not one this actor may see."""


class EmailTaken(Conflict):
    """Another account uses this address."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The accounts in an actor's scope: all, oneself and those one supervises, or oneself."""
    match actor.role:
        case Role.ADMIN:
            return true()
        case Role.SUPERVISOR:
            return or_(User.id == actor.id, User.supervisor_id == actor.id)
        case Role.CREDIT_OFFICER:
            return User.id == actor.id


def _user_rows() -> Select[Any]:
    return select(*_USER_ROW).outerjoin(_Supervisor, _Supervisor.id == User.supervisor_id).where(_IS_LIVE)


def user_row(connection: Connection, user_id: UUID, actor: Actor) -> Row[Any]:
    """An account with the name of its supervisor. Raises UserNotFound."""
    row = connection.execute(_user_rows().where(User.id == user_id, visible_to(actor))).one_or_none()
    if row is None:
        raise UserNotFound("User not found.")
    return row


def user_page(
    connection: Connection, actor: Actor, filters: Mapping[str, Any], *, limit: int, offset: int
) -> tuple[Sequence[Row[Any]], int]:
    """Accounts in the actor's scope that match, newest first, and how many there are in all."""
    matches = and_(_IS_LIVE, visible_to(actor), *_conditions(filters))
    newest_first = _user_rows().where(matches).order_by(User.created_at.desc(), User.id.desc())
    rows = connection.execute(newest_first.limit(limit).offset(offset)).all()
    total = connection.execute(select(func.count()).select_from(User).where(matches)).scalar_one()
    return rows, total


def _conditions(filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    conditions = [
        column == filters[name]
        for name, column in {
            "role": User.role,
            "supervisor_id": User.supervisor_id,
            "is_active": User.is_active,
        }.items()
        if name in filters
    ]
    if search := filters.get("search"):
        full_name = func.concat_ws(" ", User.first_name, User.last_name)
        found = (text.icontains(search, autoescape=True) for text in (User.email, full_name))
        conditions.append(or_(*found))
    return conditions


def officers_of(connection: Connection, supervisor_id: UUID) -> Sequence[Row[Any]]:
    """Who somebody supervises (id, names, address), by name."""
    officers = select(User.id, User.email, User.first_name, User.last_name)
    officers = officers.where(User.supervisor_id == supervisor_id, _IS_LIVE)
    return connection.execute(officers.order_by(User.first_name, User.last_name, User.id)).all()


def user_for_update(session: Session, user_id: UUID, actor: Actor) -> User:
    """The account, locked. Raises UserNotFound."""
    query = select(User).where(User.id == user_id, _IS_LIVE, visible_to(actor)).with_for_update()
    user = session.scalars(query).one_or_none()
    if user is None:
        raise UserNotFound("User not found.")
    return user


def live_user(session: Session, user_id: UUID, *, lock: bool) -> User | None:
    """The account unless it was deleted; locked, so that it stays as it is until the commit, when asked."""
    query = select(User).where(User.id == user_id, _IS_LIVE)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def password_of(connection: Connection, email: str) -> Row[tuple[UUID, str, bool]] | None:
    """The id, password hash and activity of the account with this address."""
    query = select(User.id, User.password_hash, User.is_active).where(User.email == email, _IS_LIVE)
    return connection.execute(query).one_or_none()


def save_user(session: Session, user: User) -> None:
    """Write an account. The unique index is the judge of its address, also under concurrency. Raises EmailTaken."""
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        if "user_account_email_key" in str(error.orig):
            raise EmailTaken("User with this email already exists.", field="email") from error
        raise


def lock_admins(session: Session) -> None:
    """Until this transaction ends no other one changes who is an active admin."""
    row = insert(AdminLock).values(id=1)
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_={"id": 1}))


def active_admins(connection: Connection, *, but: UUID | None = None) -> int:
    """How many active admins there are, leaving out one."""
    admins = select(func.count()).where(User.role == Role.ADMIN, User.is_active, _IS_LIVE)
    return connection.execute(admins.where(User.id != but) if but else admins).scalar_one()


def union_count(connection: Connection, officer_id: UUID) -> int:
    """How many unions somebody is the credit officer of, as far as we have heard."""
    union = directory_union.c
    unions = select(func.count()).where(union.officer_id == officer_id, ~union.is_deleted)
    return connection.execute(unions).scalar_one()


def officer_count(connection: Connection, supervisor_id: UUID) -> int:
    """How many people somebody supervises."""
    officers = select(func.count()).where(User.supervisor_id == supervisor_id, _IS_LIVE)
    return connection.execute(officers).scalar_one()


def live_sessions(session: Session, user_id: UUID, *, at: datetime) -> Sequence[StaffSession]:
    """The sessions of a user whose tokens are good, oldest first, locked."""
    query = select(StaffSession).where(
        StaffSession.user_id == user_id, StaffSession.revoked_at.is_(None), StaffSession.refresh_expires_at > at
    )
    return session.scalars(query.order_by(StaffSession.started_at, StaffSession.id).with_for_update()).all()


def live_session(session: Session, session_id: UUID, *, at: datetime) -> StaffSession | None:
    """The session, locked, unless it was revoked or has expired."""
    query = select(StaffSession).where(
        StaffSession.id == session_id, StaffSession.revoked_at.is_(None), StaffSession.refresh_expires_at > at
    )
    return session.scalars(query.with_for_update()).one_or_none()


# Asked at every request, so built once: building it anew costs more than PostgreSQL takes to answer it.
_ACCOUNT_OF_SESSION = (
    _user_rows()
    .join(StaffSession, StaffSession.user_id == User.id)
    .where(StaffSession.id == bindparam("session_id"), StaffSession.revoked_at.is_(None), User.is_active)
)


def account_of_session(connection: Connection, session_id: UUID) -> Row[Any] | None:
    """The account a session speaks for, None when the session or the account may no longer act."""
    return connection.execute(_ACCOUNT_OF_SESSION, {"session_id": session_id}).one_or_none()


def revoked_sessions(connection: Connection, *, at: datetime) -> Sequence[Row[tuple[UUID, datetime]]]:
    """Id and expiry of each revoked session an access token of which could still be alive."""
    query = select(StaffSession.id, StaffSession.access_expires_at)
    query = query.where(StaffSession.revoked_at.is_not(None), StaffSession.access_expires_at > at)
    return connection.execute(query).all()


def company_settings(connection: Connection) -> Row[Any]:
    """The settings of the institution; made of the defaults when they are first read."""
    query = select(*CompanySetting.__table__.c)
    row = connection.execute(query).one_or_none()
    if row is None:
        connection.execute(insert(CompanySetting).on_conflict_do_nothing())
        row = connection.execute(query).one()
    return row
