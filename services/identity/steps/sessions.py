"""Sessions of staff: begun, prolonged and ended by more than one use case."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.identity.domain.session import Lifetimes, Timeouts
from services.identity.domain.token import Grant
from services.identity.events import SessionRevoked
from services.identity.models import StaffSession, User
from services.identity.queries import sessions
from services.identity.queries.institution import current_settings
from shared.context import Actor
from shared.db import UnitOfWork
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody, and what their tokens are made from."""

    user: User
    grant: Grant


def open_session(
    uow: UnitOfWork,
    user: User,
    *,
    lifetimes: Lifetimes,
    at: datetime,
    method: str,
    is_remembered: bool = True,
    must_change_password: bool = False,
    impersonator: Actor | None = None,
    ends_at: datetime | None = None,
) -> StaffSession:
    """Begin a session of `user`, which no refresh prolongs beyond `ends_at` or the lifetime of sessions. `method` is
    how they came."""
    agent = uow.context.user_agent
    session = StaffSession(
        id=new_id(),
        user_id=user.id,
        ip_address=uow.context.ip_address,
        user_agent=f"{agent or ''} (impersonated by {impersonator.email})".lstrip() if impersonator else agent,
        method=method,
        rotation=0,
        started_at=at,
        is_remembered=is_remembered,
        must_change_password=must_change_password,
        ends_at=min(ends_at or at + lifetimes.session, at + lifetimes.session),
        impersonator_id=impersonator.id if impersonator else None,
        parent_id=impersonator.session_id if impersonator else None,
    )
    _issue(session, lifetimes, at)
    uow.session.add(session)
    return session


def prolong(uow: UnitOfWork, session: StaffSession, lifetimes: Lifetimes, *, at: datetime) -> None:
    """Issue the next pair of tokens of a session; the ones before are spent by it."""
    session.rotation += 1
    timeout_hours = current_settings(uow.connection).session_timeout_hours
    _issue(session, lifetimes.of_session(is_remembered=session.is_remembered, timeout_hours=timeout_hours), at)


def _issue(session: StaffSession, lifetimes: Lifetimes, at: datetime) -> None:
    last = session.ends_at or session.started_at + lifetimes.session
    session.issued_at = at
    session.access_expires_at = min(at + lifetimes.access, last)
    session.refresh_expires_at = min(at + lifetimes.refresh, last)


def grant_of(session: StaffSession, user: User) -> Grant:
    """What the current pair of tokens of a session is made from."""
    return Grant(
        user_id=user.id,
        email=user.email,
        role=user.role,
        session_id=session.id,
        rotation=session.rotation,
        issued_at=session.issued_at,
        access_expires_at=session.access_expires_at,
        refresh_expires_at=session.refresh_expires_at,
        is_remembered=session.is_remembered,
        impersonator_id=session.impersonator_id,
        must_change_password=session.must_change_password,
    )


def act_as(uow: UnitOfWork, user: User, session: StaffSession) -> None:
    """Nobody was signed in when the request came; what follows is the doing of who holds this session."""
    actor = Actor(user.id, user.email, user.role, session.id, session.impersonator_id)
    uow.context = replace(uow.context, actor=actor)


def revoke(uow: UnitOfWork, ended: Iterable[StaffSession], *, reason: str, at: datetime) -> None:
    """End sessions, and those that an admin began from them as somebody else: none of their tokens is good from the
    commit on."""
    ended = list(ended)
    children = sessions.live_children(uow.session, [held.id for held in ended]) if ended else ()
    for session in {held.id: held for held in (*ended, *children)}.values():
        session.revoked_at, session.revoked_reason = at, reason
        uow.publish(SessionRevoked.of(session, reason=reason))


def revoke_all(uow: UnitOfWork, user_ids: Collection[UUID], *, but: UUID | None, reason: str, at: datetime) -> int:
    """End the sessions of these accounts, all but one; returns how many, those begun from them not counted."""
    ended = [held for held in sessions.live_sessions_of(uow.session, user_ids, at=at) if held.id != but]
    revoke(uow, ended, reason=reason, at=at)
    return len(ended)


def end_overdue(uow: UnitOfWork, *, at: datetime) -> int:
    """End the sessions that have lasted longer than the institution allows now, or whose user has given no sign of life
    for so long; returns how many. Their tokens say nothing of either."""
    timeouts = _timeouts(uow)
    if timeouts == Timeouts(None, None):
        return 0
    active = sessions.sessions_with_activity(uow.session, at=at)
    overdue = [held for held, last_activity_at in active if _is_over(timeouts, held, last_activity_at, at)]
    revoke(uow, overdue, reason="timed-out", at=at)
    return len(overdue)


def is_overdue(uow: UnitOfWork, session: StaffSession, last_activity_at: datetime | None, *, at: datetime) -> bool:
    """Whether one session has lasted longer than the institution allows, its user having been active last then."""
    return _is_over(_timeouts(uow), session, last_activity_at, at)


def _timeouts(uow: UnitOfWork) -> Timeouts:
    institution = current_settings(uow.connection)
    return Timeouts.of_hours(institution.session_timeout_hours, institution.idle_timeout_hours)


def _is_over(timeouts: Timeouts, session: StaffSession, last_activity_at: datetime | None, at: datetime) -> bool:
    return timeouts.is_over(
        issued_at=session.issued_at,
        last_activity_at=last_activity_at,
        is_impersonation=session.impersonator_id is not None,
        now=at,
    )
