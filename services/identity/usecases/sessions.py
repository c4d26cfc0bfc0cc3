"""Signing in, staying signed in and signing out."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from services.identity import queries
from services.identity.credentials.passwords import PasswordHashes
from services.identity.domain.session import Lifetimes, Refresh, SessionEnded, judge_refresh
from services.identity.domain.token import Grant
from services.identity.events import SessionRevoked, SessionStarted
from services.identity.models import StaffSession, User
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Forbidden, Unauthenticated
from shared.ids import new_id


class InvalidCredentials(Unauthenticated):
    """No such account, or not its password; which of the two is nobody's business."""


class AccountInactive(Forbidden):
    """The password is right, but the account is switched off."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody knew the password that has this hash."""

    user_id: UUID
    password_hash: str


def prove_password(
    reading: Callable[[], AbstractContextManager[Connection]], hashes: PasswordHashes, *, email: str, password: str
) -> Proof:
    """Check a password. Takes as long for an unknown address as for a wrong password.

    Raises InvalidCredentials, AccountInactive, TooManySignIns.
    """
    with reading() as connection:
        account = queries.password_of(connection, email)
    # The connection went back before this wait of a quarter of a second or more: there are fewer of them than waiters.
    if not hashes.matches(password, account.password_hash if account else None) or account is None:
        raise InvalidCredentials("Invalid credentials.")
    if not account.is_active:
        raise AccountInactive("Account is inactive.")
    return Proof(account.id, account.password_hash)


def start_session(
    uow: UnitOfWork, *, proof: Proof, lifetimes: Lifetimes, sessions_per_user: int, at: datetime
) -> tuple[User, Grant]:
    """Sign somebody in; the oldest sessions beyond `sessions_per_user` end.

    Raises InvalidCredentials, AccountInactive.
    """
    user = queries.live_user(uow.session, proof.user_id, lock=True)
    if user is None or user.password_hash != proof.password_hash:
        raise InvalidCredentials("Invalid credentials.")
    if not user.is_active:
        raise AccountInactive("Account is inactive.")
    session = StaffSession(
        id=new_id(),
        user_id=user.id,
        ip_address=uow.context.ip_address,
        user_agent=uow.context.user_agent,
        rotation=0,
        started_at=at,
        **_issued(lifetimes, at),
    )
    _act_as(uow, user, session.id)
    others = queries.live_sessions(uow.session, user.id, at=at)
    revoke(uow, others[: max(0, len(others) + 1 - sessions_per_user)], reason="too-many-sessions", at=at)
    user.login_count += 1
    user.last_login_at = user.last_activity_at = at
    uow.session.add(session)
    uow.publish(SessionStarted.of(session, login_count=user.login_count))
    uow.audit(action="USER_LOGIN", entity_name="User", entity_id=user.id, metadata={"sessionId": str(session.id)})
    return user, _grant(session, user)


def refresh_session(
    uow: UnitOfWork, *, session_id: UUID, rotation: int, lifetimes: Lifetimes, at: datetime
) -> Grant | None:
    """Issue the next pair of tokens, or once more the one whose answer was lost. None when the token was spent long
    ago: that ends the session, and must be committed. Raises SessionEnded."""
    # The row lock makes of concurrent refreshes one rotation and repetitions of it.
    session = queries.live_session(uow.session, session_id, at=at)
    user = session and queries.live_user(uow.session, session.user_id, lock=False)
    if not session or not user or not user.is_active:
        raise SessionEnded("Your session has ended. Please sign in again.")
    _act_as(uow, user, session.id)
    verdict = judge_refresh(rotation, session.rotation, rotated_at=session.issued_at, now=at)
    if verdict is Refresh.REVOKE:
        revoke(uow, [session], reason="refresh-token-reused", at=at)
        metadata = {"sessionId": str(session.id), "reason": session.revoked_reason}
        uow.audit(action="SESSION_REVOKED", entity_name="User", entity_id=user.id, metadata=metadata)
        return None
    if verdict is Refresh.ROTATE:
        session.rotation += 1
        for name, instant in _issued(lifetimes, at).items():
            setattr(session, name, instant)
    return _grant(session, user)


def end_session(uow: UnitOfWork, *, session_id: UUID, at: datetime) -> None:
    """Sign out. A session that has ended already stays as it is."""
    session = queries.live_session(uow.session, session_id, at=at)
    user = session and queries.live_user(uow.session, session.user_id, lock=False)
    if session and user:
        _act_as(uow, user, session.id)
        revoke(uow, [session], reason="signed-out", at=at)
        uow.audit(action="USER_LOGOUT", entity_name="User", entity_id=user.id, metadata={"sessionId": str(session.id)})


def revoke(uow: UnitOfWork, sessions: Iterable[StaffSession], *, reason: str, at: datetime) -> None:
    """End sessions: none of their tokens is good from the commit on."""
    for session in sessions:
        session.revoked_at, session.revoked_reason = at, reason
        uow.publish(SessionRevoked.of(session, reason=reason))


def _issued(lifetimes: Lifetimes, at: datetime) -> dict[str, datetime]:
    return {
        "issued_at": at,
        "access_expires_at": at + lifetimes.access,
        "refresh_expires_at": at + lifetimes.refresh,
    }


def _grant(session: StaffSession, user: User) -> Grant:
    return Grant(user.id, user.email, user.role, session.id, session.rotation, session.issued_at)


def _act_as(uow: UnitOfWork, user: User, session_id: UUID) -> None:
    """Nobody was signed in when the request came; what follows is this user's doing."""
    uow.context = replace(uow.context, actor=Actor(user.id, user.email, user.role, session_id))
