"""Staying signed in and signing out. `sign_in.py` says how a session begins."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.identity.domain.session import Lifetimes, Refresh, SessionEnded, Timeouts, judge_refresh
from services.identity.domain.token import Grant
from services.identity.events import SessionRevoked
from services.identity.models import StaffSession, User
from services.identity.queries import accounts, sessions
from services.identity.queries.institution import current_settings
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import NotFound
from shared.ids import new_id


class SessionNotFound(NotFound):
    """No live session of this user has that id."""


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


def refresh_session(
    uow: UnitOfWork, *, session_id: UUID, rotation: int, lifetimes: Lifetimes, at: datetime
) -> Grant | None:
    """Issue the next pair of tokens, or once more the one whose answer was lost. None when the token was spent long
    ago: that ends the session, and must be committed. Raises SessionEnded."""
    # The row lock makes of concurrent refreshes one rotation and repetitions of it.
    session = sessions.live_session(uow.session, session_id, at=at)
    user = session and accounts.live_user(uow.session, session.user_id, lock=False)
    if not session or not user or not user.is_active or _is_over(_timeouts(uow), session, user.last_activity_at, at):
        raise SessionEnded("Your session has ended. Please sign in again.")
    act_as(uow, user, session)
    verdict = judge_refresh(rotation, session.rotation, rotated_at=session.issued_at, now=at)
    if verdict is Refresh.REVOKE:
        revoke(uow, [session], reason="refresh-token-reused", at=at)
        _audit_revocation(uow, session)
        return None
    if verdict is Refresh.ROTATE:
        session.rotation += 1
        timeout_hours = current_settings(uow.connection).session_timeout_hours
        _issue(session, lifetimes.of_session(is_remembered=session.is_remembered, timeout_hours=timeout_hours), at)
    return grant_of(session, user)


def end_overdue(uow: UnitOfWork, *, at: datetime) -> int:
    """End the sessions that have lasted longer than the institution allows now, or whose user has given no sign of life
    for so long; returns how many. Their tokens say nothing of either."""
    timeouts = _timeouts(uow)
    if timeouts == Timeouts(None, None):
        return 0
    overdue = [
        held
        for held, last_activity_at in sessions.sessions_with_activity(uow.session, at=at)
        if _is_over(timeouts, held, last_activity_at, at)
    ]
    revoke(uow, overdue, reason="timed-out", at=at)
    return len(overdue)


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


def end_session(uow: UnitOfWork, *, session_id: UUID, at: datetime) -> None:
    """Sign out. A session that has ended already stays as it is."""
    session = sessions.live_session(uow.session, session_id, at=at)
    user = session and accounts.live_user(uow.session, session.user_id, lock=False)
    if session and user:
        act_as(uow, user, session)
        revoke(uow, [session], reason="signed-out", at=at)
        uow.audit(action="USER_LOGOUT", entity_name="User", entity_id=user.id, metadata={"sessionId": str(session.id)})


def revoke_own_session(uow: UnitOfWork, *, by: Actor, session_id: UUID, at: datetime) -> None:
    """End one of one's own sessions. Raises SessionNotFound, also for a session of somebody else."""
    session = sessions.live_session(uow.session, session_id, at=at)
    if session is None or session.user_id != by.id:
        raise SessionNotFound("Session not found.")
    revoke(uow, [session], reason="revoked-by-user", at=at)
    _audit_revocation(uow, session)


def revoke_other_sessions(uow: UnitOfWork, *, by: Actor, at: datetime) -> int:
    """End all one's own sessions but the one this is done from; returns how many."""
    others = [held for held in sessions.live_sessions(uow.session, by.id, at=at) if held.id != by.session_id]
    revoke(uow, others, reason="revoked-by-user", at=at)
    metadata = {"count": len(others), "sessionIds": [str(held.id) for held in others]}
    uow.audit(action="SESSION_REVOKED", entity_name="User", entity_id=by.id, metadata=metadata)
    return len(others)


def revoke(uow: UnitOfWork, ended: Iterable[StaffSession], *, reason: str, at: datetime) -> None:
    """End sessions, and those that an admin began from them as somebody else: none of their tokens is good from the
    commit on."""
    ended = list(ended)
    children = sessions.live_children(uow.session, [held.id for held in ended]) if ended else ()
    for session in {held.id: held for held in (*ended, *children)}.values():
        session.revoked_at, session.revoked_reason = at, reason
        uow.publish(SessionRevoked.of(session, reason=reason))


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


def _issue(session: StaffSession, lifetimes: Lifetimes, at: datetime) -> None:
    last = session.ends_at or session.started_at + lifetimes.session
    session.issued_at = at
    session.access_expires_at = min(at + lifetimes.access, last)
    session.refresh_expires_at = min(at + lifetimes.refresh, last)


def _audit_revocation(uow: UnitOfWork, session: StaffSession) -> None:
    metadata = {"sessionId": str(session.id), "reason": session.revoked_reason}
    uow.audit(action="SESSION_REVOKED", entity_name="User", entity_id=session.user_id, metadata=metadata)
