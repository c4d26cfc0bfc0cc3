"""Signing in: by a password, by a mailed link, or by what another provider vouches for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.identity.domain.institution import Institution
from services.identity.domain.proof import Method, Proof
from services.identity.domain.session import Lifetimes
from services.identity.events import SessionStarted, SignedInByLink
from services.identity.models import SignIn, User
from services.identity.queries import accounts
from services.identity.queries.institution import current_settings
from services.identity.queries.sessions import live_sessions
from services.identity.steps.attempts import Attempt, count_failure, count_success, forget_failures
from services.identity.steps.proofs import account_proved
from services.identity.steps.sessions import SignedIn, act_as, grant_of, open_session, revoke
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import DomainError, Forbidden, Unauthenticated
from shared.ids import new_id


class InvalidCredentials(Unauthenticated):
    """No such account, or not its password; which of the two is nobody's business."""


class AccountInactive(Forbidden):
    """The proof is right, but the account is switched off."""


class UnderMaintenance(DomainError):
    """Only admins work at the moment."""

    # The web client knows this code, whoever answers with it.
    code = "MAINTENANCE"

    @property
    def details(self) -> dict[str, Any]:
        return {"maintenance": True}


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """What the configuration says of sessions and of guessing."""

    lifetimes: Lifetimes
    sessions_per_user: int
    failures_per_network: int


def sign_in_with_password(
    uow: UnitOfWork, *, email: str, proof: Proof | None, policy: SignInPolicy, is_remembered: bool, at: datetime
) -> SignedIn | DomainError:
    """Sign somebody in who gave this address; `proof` is None when the password was not right.

    A refusal is returned, not raised, because what it leaves behind (a count, a line of the sign-in history) is to be
    committed: InvalidCredentials, AccountInactive. Raises TooManyAttempts, UnderMaintenance.
    """
    attempt = Attempt(email, uow.context.ip_address)
    institution = current_settings(uow.connection)
    if proof:
        count_success(uow, attempt, at=at)
        user = account_proved(uow, proof, at=at)
        if user and user.is_active:
            return _start(uow, user, proof, institution, policy, is_remembered=is_remembered, at=at)
        if user:
            return _refused(uow, user, AccountInactive("Account is inactive."), at=at)
    user = accounts.user_with_email(uow.session, email)
    count_failure(
        uow,
        attempt,
        allowed=institution.max_login_attempts,
        allowed_per_network=policy.failures_per_network,
        user=user,
        at=at,
    )
    return _refused(uow, user, InvalidCredentials("Invalid credentials."), at=at)


def sign_in(
    uow: UnitOfWork, *, proof: Proof, policy: SignInPolicy, at: datetime, is_remembered: bool = True
) -> SignedIn:
    """Sign somebody in who cannot have guessed. Raises InvalidCredentials, AccountInactive, UnderMaintenance."""
    user = account_proved(uow, proof, at=at)
    if user is None:
        raise InvalidCredentials("This sign-in is not valid or has expired.")
    if not user.is_active:
        raise AccountInactive("Account is inactive.")
    forget_failures(uow, Attempt(user.email, uow.context.ip_address))
    institution = current_settings(uow.connection)
    return _start(uow, user, proof, institution, policy, is_remembered=is_remembered, at=at)


def _start(
    uow: UnitOfWork,
    user: User,
    proof: Proof,
    institution: Institution,
    policy: SignInPolicy,
    *,
    is_remembered: bool,
    at: datetime,
) -> SignedIn:
    if institution.maintenance_mode and user.role is not Role.ADMIN:
        raise UnderMaintenance(institution.maintenance_message or "The system is under maintenance.")
    user.password_hash = proof.better_hash or user.password_hash
    others = [held for held in live_sessions(uow.session, user.id, at=at) if not held.impersonator_id]
    timeout_hours = institution.session_timeout_hours
    session = open_session(
        uow,
        user,
        lifetimes=policy.lifetimes.of_session(is_remembered=is_remembered, timeout_hours=timeout_hours),
        method=proof.method.value,
        is_remembered=is_remembered,
        must_change_password=user.password_is_temporary and institution.require_password_change,
        at=at,
    )
    act_as(uow, user, session)
    revoke(uow, others[: max(0, len(others) + 1 - policy.sessions_per_user)], reason="too-many-sessions", at=at)
    user.login_count += 1
    user.last_login_at = user.last_activity_at = at
    _remember(uow, user, None, at=at, method=proof.method)
    if proof.method.is_by_mail:
        uow.publish(SignedInByLink.of(user, signed_in_at=at, ip_address=uow.context.ip_address))
    uow.publish(SessionStarted.of(session, login_count=user.login_count))
    metadata = {"sessionId": str(session.id), "method": proof.method.value}
    uow.audit(action="USER_LOGIN", entity_name="User", entity_id=user.id, metadata=metadata)
    return SignedIn(user, grant_of(session, user))


def _refused(uow: UnitOfWork, user: User | None, refusal: DomainError, *, at: datetime) -> DomainError:
    if user:
        _remember(uow, user, "inactive" if isinstance(refusal, AccountInactive) else "wrong password", at=at)
    return refusal


def _remember(uow: UnitOfWork, user: User, failure: str | None, *, at: datetime, method: Method | None = None) -> None:
    context = uow.context
    uow.session.add(
        SignIn(
            id=new_id(),
            user_id=user.id,
            happened_at=at,
            ip_address=context.ip_address,
            user_agent=context.user_agent,
            failure=failure,
            method=method.value if method else None,
        )
    )
