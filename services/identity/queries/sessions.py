"""Sessions, and the accounts they speak for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.orm import Session, aliased

from services.identity.models import StaffSession, User
from services.identity.queries.accounts import UserRow, user_rows
from shared.postgres.read_statement import ReadStatement


def live_sessions(session: Session, user_id: UUID, *, at: datetime) -> Sequence[StaffSession]:
    """The sessions of a user whose tokens are good, oldest first, locked."""
    return live_sessions_of(session, [user_id], at=at)


def live_sessions_of(session: Session, user_ids: Collection[UUID], *, at: datetime) -> Sequence[StaffSession]:
    """The sessions of these users whose tokens are good, oldest first, locked."""
    query = select(StaffSession).where(
        StaffSession.user_id.in_(user_ids), StaffSession.revoked_at.is_(None), StaffSession.refresh_expires_at > at
    )
    return session.scalars(query.order_by(StaffSession.started_at, StaffSession.id).with_for_update()).all()


def live_session(session: Session, session_id: UUID, *, at: datetime) -> StaffSession | None:
    """The session, locked, unless it was revoked or has expired."""
    query = select(StaffSession).where(
        StaffSession.id == session_id, StaffSession.revoked_at.is_(None), StaffSession.refresh_expires_at > at
    )
    return session.scalars(query.with_for_update()).one_or_none()


def live_children(session: Session, parent_ids: Collection[UUID]) -> Sequence[StaffSession]:
    """The sessions that admins began as somebody else from these sessions of their own, and that still live, locked."""
    query = select(StaffSession).where(StaffSession.parent_id.in_(parent_ids), StaffSession.revoked_at.is_(None))
    return session.scalars(query.order_by(StaffSession.id).with_for_update()).all()


def sessions_with_activity(session: Session, *, at: datetime) -> Sequence[Row[tuple[StaffSession, datetime | None]]]:
    """The sessions whose tokens are good, locked, each with when its user was last active; all but those that somebody
    is at just now."""
    query = select(StaffSession, User.last_activity_at).join(User, User.id == StaffSession.user_id)
    query = query.where(StaffSession.revoked_at.is_(None), StaffSession.refresh_expires_at > at)
    return session.execute(query.with_for_update(of=StaffSession, skip_locked=True)).all()


def own_sessions(connection: Connection, user_id: UUID, *, at: datetime) -> Sequence[Row[Any]]:
    """What somebody may know of the sessions that are signed in as them, newest first."""
    query = select(
        StaffSession.id,
        StaffSession.rotation,
        StaffSession.ip_address,
        StaffSession.user_agent,
        StaffSession.method,
        StaffSession.started_at,
        StaffSession.access_expires_at,
    ).where(StaffSession.user_id == user_id, StaffSession.revoked_at.is_(None), StaffSession.refresh_expires_at > at)
    return connection.execute(query.order_by(StaffSession.started_at.desc(), StaffSession.id.desc()).limit(100)).all()


def recent_addresses(connection: Connection, email: str, *, limit: int) -> set[str | None]:
    """From where the last so many sessions of an account were begun."""
    query = select(StaffSession.ip_address).join(User, User.id == StaffSession.user_id)
    query = query.where(User.email == email, User.deleted_at.is_(None), StaffSession.impersonator_id.is_(None))
    return set(connection.scalars(query.order_by(StaffSession.started_at.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class AccountOfSession(UserRow):
    """The account a session speaks for, and the admin who acts in it, if one does."""

    must_change_password: bool
    impersonator_id: UUID | None
    impersonator_email: str | None


class RevokedSession(NamedTuple):
    """Until when an access token of a revoked session could still be alive."""

    session_id: UUID
    access_expires_at: datetime


_Impersonator = aliased(User, name="impersonator")
# Asked at every request.
_ACCOUNT_OF_SESSION = ReadStatement(
    user_rows()
    .add_columns(
        StaffSession.must_change_password,
        _Impersonator.id.label("impersonator_id"),
        _Impersonator.email.label("impersonator_email"),
    )
    .join(StaffSession, StaffSession.user_id == User.id)
    .outerjoin(_Impersonator, _Impersonator.id == StaffSession.impersonator_id)
    .where(StaffSession.id == bindparam("session_id"), StaffSession.revoked_at.is_(None), User.is_active)
)


def account_of_session(connection: Connection, session_id: UUID) -> AccountOfSession | None:
    """The account a session speaks for, None when the session or the account may no longer act."""
    rows = _ACCOUNT_OF_SESSION.rows(connection, {"session_id": session_id})
    return AccountOfSession(*rows[0]) if rows else None


def revoked_sessions(connection: Connection, *, at: datetime) -> Sequence[RevokedSession]:
    """The revoked sessions an access token of which could still be alive."""
    query = select(StaffSession.id, StaffSession.access_expires_at)
    query = query.where(StaffSession.revoked_at.is_not(None), StaffSession.access_expires_at > at)
    return [RevokedSession(*row) for row in connection.execute(query)]


def ended_sessions(session: Session, *, after: UUID | None, limit: int, at: datetime) -> Sequence[StaffSession]:
    """The next revoked sessions, by id, an access token of which could still be alive."""
    query = select(StaffSession).where(StaffSession.revoked_at.is_not(None), StaffSession.access_expires_at > at)
    query = query.where(StaffSession.id > (after or UUID(int=0)))
    return session.scalars(query.order_by(StaffSession.id).limit(limit)).all()


def all_live_sessions(session: Session, *, at: datetime) -> Sequence[StaffSession]:
    """Every session whose tokens are good, locked in the order of their ids."""
    query = select(StaffSession).where(StaffSession.revoked_at.is_(None), StaffSession.refresh_expires_at > at)
    return session.scalars(query.order_by(StaffSession.id).with_for_update()).all()
