"""Changing passwords: one's own, knowing it, or by a mailed link."""

from datetime import datetime
from uuid import UUID

from services.identity.domain.password import CurrentPasswordIncorrect
from services.identity.domain.proof import Method, Proof
from services.identity.events import PasswordChanged
from services.identity.models import User
from services.identity.queries import accounts
from services.identity.steps.attempts import Attempt, forget_failures
from services.identity.steps.proofs import account_proved
from services.identity.steps.sessions import revoke_all
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import RuleViolated


class LinkRefused(RuleViolated):
    """The link was used, has expired, was replaced by a newer one, or never was."""

    def __init__(self) -> None:
        super().__init__("This link is invalid or has expired. Please ask for a new one.", field="token")


def change_own_password(
    uow: UnitOfWork, *, by: Actor, password_hash: str | None, proof: Proof | None, keep_session: bool, at: datetime
) -> None:
    """Give the signed-in person a new password, and end their sessions; the one this is done from goes on if
    `keep_session` says so and it was begun with a password of their own.

    `password_hash` is None when the password is kept elsewhere, `proof` when the current one was not asked for.
    Raises CurrentPasswordIncorrect.
    """
    user = account_proved(uow, proof, at=at) if proof else accounts.live_user(uow.session, by.id, lock=True)
    if user is None:
        raise CurrentPasswordIncorrect
    kept = by.session_id if keep_session and not by.must_change_password else None
    _set(uow, user, password_hash, action="PASSWORD_CHANGED", method=Method.PASSWORD, keep=kept, at=at)


def reset_password(uow: UnitOfWork, *, proof: Proof, password_hash: str | None, at: datetime) -> None:
    """Give a new password to who holds the link of `proof`, which is spent by it; ends all sessions.
    Raises LinkRefused."""
    user = account_proved(uow, proof, at=at)
    if user is None:
        raise LinkRefused
    forget_failures(uow, Attempt(user.email, uow.context.ip_address))
    _set(uow, user, password_hash, action="PASSWORD_RESET", method=proof.method, keep=None, at=at)


def _set(
    uow: UnitOfWork,
    user: User,
    password_hash: str | None,
    *,
    action: str,
    method: Method,
    keep: UUID | None,
    at: datetime,
) -> None:
    user.password_hash = password_hash or user.password_hash
    user.password_is_temporary = False
    user.updated_at = at
    ended = revoke_all(uow, [user.id], but=keep, reason="password-changed", at=at)
    metadata = {"sessionsEnded": ended, "method": method.value}
    uow.audit(action=action, entity_name="User", entity_id=user.id, metadata=metadata)
    uow.publish(PasswordChanged.of(user))
