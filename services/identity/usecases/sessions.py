"""Staying signed in and signing out. `sign_in.py` says how a session begins."""

from datetime import datetime
from uuid import UUID

from services.identity.domain.session import Lifetimes, Refresh, SessionEnded, judge_refresh
from services.identity.domain.token import Grant
from services.identity.models import StaffSession
from services.identity.queries import accounts, sessions
from services.identity.steps.sessions import act_as, grant_of, is_overdue, prolong, revoke
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import NotFound


class SessionNotFound(NotFound):
    """No live session of this user has that id."""


def refresh_session(
    uow: UnitOfWork, *, session_id: UUID, rotation: int, lifetimes: Lifetimes, at: datetime
) -> Grant | None:
    """Issue the next pair of tokens, or once more the one whose answer was lost. None when the token was spent long
    ago: that ends the session, and must be committed. Raises SessionEnded."""
    # The row lock makes of concurrent refreshes one rotation and repetitions of it.
    session = sessions.live_session(uow.session, session_id, at=at)
    user = session and accounts.live_user(uow.session, session.user_id, lock=False)
    if not session or not user or not user.is_active or is_overdue(uow, session, user.last_activity_at, at=at):
        raise SessionEnded("Your session has ended. Please sign in again.")
    act_as(uow, user, session)
    verdict = judge_refresh(rotation, session.rotation, rotated_at=session.issued_at, now=at)
    if verdict is Refresh.REVOKE:
        revoke(uow, [session], reason="refresh-token-reused", at=at)
        _audit_revocation(uow, session)
        return None
    if verdict is Refresh.ROTATE:
        prolong(uow, session, lifetimes, at=at)
    return grant_of(session, user)


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
    _revoke_one(uow, by.id, session_id, at=at)


def revoke_session_of(uow: UnitOfWork, *, user_id: UUID, session_id: UUID, at: datetime) -> None:
    """End a session of a member of staff, for an admin. Raises SessionNotFound, also for a session of another one."""
    _revoke_one(uow, user_id, session_id, at=at)


def revoke_other_sessions(uow: UnitOfWork, *, by: Actor, at: datetime) -> int:
    """End all one's own sessions but the one this is done from; returns how many."""
    others = [held for held in sessions.live_sessions(uow.session, by.id, at=at) if held.id != by.session_id]
    revoke(uow, others, reason="revoked-by-user", at=at)
    metadata = {"count": len(others), "sessionIds": [str(held.id) for held in others]}
    uow.audit(action="SESSION_REVOKED", entity_name="User", entity_id=by.id, metadata=metadata)
    return len(others)


def _revoke_one(uow: UnitOfWork, user_id: UUID, session_id: UUID, *, at: datetime) -> None:
    session = sessions.live_session(uow.session, session_id, at=at)
    if session is None or session.user_id != user_id:
        raise SessionNotFound("Session not found.")
    revoke(uow, [session], reason="revoked-by-user", at=at)
    _audit_revocation(uow, session)


def _audit_revocation(uow: UnitOfWork, session: StaffSession) -> None:
    metadata = {"sessionId": str(session.id), "reason": session.revoked_reason}
    uow.audit(action="SESSION_REVOKED", entity_name="User", entity_id=session.user_id, metadata=metadata)
