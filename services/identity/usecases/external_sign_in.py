"""Signing in through another provider: who begins must be the one who comes back, and only once."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from services.identity.credentials.external import NotVouchedFor, PendingSignIn
from services.identity.credentials.links import digest, new_secret
from services.identity.domain.proof import Method, Proof
from services.identity.models import ExternalSignIn
from services.identity.queries import accounts
from shared.db import UnitOfWork

PENDING_FOR = timedelta(minutes=10)


def begin_external_sign_in(uow: UnitOfWork, *, provider: str, pending: PendingSignIn, at: datetime) -> str:
    """Keep a sign-in that goes to a provider; returns the secret for the cookie of the browser that it goes from."""
    browser, browser_digest = new_secret()
    uow.session.add(
        ExternalSignIn(
            state_digest=digest(pending.state),
            browser_digest=browser_digest,
            provider=provider,
            nonce=pending.nonce,
            code_verifier=pending.code_verifier,
            expires_at=at + PENDING_FOR,
        )
    )
    return browser


def finish_external_sign_in(
    uow: UnitOfWork, *, provider: str, state: str, browser: str, at: datetime
) -> PendingSignIn | None:
    """The sign-in that was begun with this state in this browser, for the first who asks; to be committed whatever
    follows."""
    taken = delete(ExternalSignIn).where(ExternalSignIn.state_digest == digest(state)).returning(ExternalSignIn)
    row = uow.session.scalars(taken).one_or_none()
    if row is None or row.expires_at <= at or row.provider != provider or row.browser_digest != digest(browser):
        return None
    return PendingSignIn(state=state, nonce=row.nonce, code_verifier=row.code_verifier)


def proof_of(connection: Connection, *, provider: str, email: str) -> Proof:
    """The proof that the owner of this verified address is staff of ours; no account is made here.
    Raises NotVouchedFor."""
    account = accounts.password_of(connection, email)
    if account is None:
        raise NotVouchedFor
    return Proof(user_id=account.user_id, method=Method(provider))
