"""Acting as somebody else: an admin's way to see what they see, always under both names."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.identity.domain.session import Lifetimes, SessionEnded
from services.identity.queries import accounts, sessions
from services.identity.queries.accounts import UserNotFound
from services.identity.steps.sessions import SignedIn, grant_of, open_session
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, Forbidden

# How such a session was begun, in the list that its user sees.
IMPERSONATION = "impersonation"


class ImpersonationRefused(Forbidden):
    """Nobody may act as this one, or not from here."""


class CannotImpersonate(Conflict):
    """The account cannot be signed in as."""


def impersonate(
    uow: UnitOfWork, *, by: Actor, user_id: UUID, protected: Collection[str], lifetimes: Lifetimes, at: datetime
) -> SignedIn:
    """Begin a session as somebody else. It ends with the admin's own at the latest and does not count as one of the
    user's. Raises ImpersonationRefused, UserNotFound, CannotImpersonate."""
    if by.impersonator_id:
        raise ImpersonationRefused("You do not have permission to impersonate while you act as somebody else.")
    user = accounts.live_user(uow.session, user_id, lock=False)
    if user is None:
        raise UserNotFound("User not found.")
    if user.email in protected:
        raise ImpersonationRefused("You do not have permission to impersonate this account.")
    if not user.is_active or user.id == by.id:
        raise CannotImpersonate("Account is inactive." if user.id != by.id else "This is your own account.")
    # Locked, so that it does not end at this moment and leave the new one behind.
    own = sessions.live_session(uow.session, by.session_id, at=at)
    if own is None:
        raise SessionEnded("Your session has ended. Please sign in again.")
    session = open_session(
        uow,
        user,
        lifetimes=lifetimes.within(lifetimes.unremembered),
        method=IMPERSONATION,
        is_remembered=False,
        impersonator=by,
        ends_at=own.refresh_expires_at,
        at=at,
    )
    metadata = {"sessionId": str(session.id), "admin": by.email, "target": user.email}
    uow.audit(action="USER_IMPERSONATED", entity_name="User", entity_id=user.id, metadata=metadata)
    return SignedIn(user, grant_of(session, user))
