"""Links for who cannot sign in: asked for by anybody, mailed to nobody but the owner of the account."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from services.identity.credentials.links import made_for, new_secret
from services.identity.domain.recovery import ONE_LINK_PER, LinkPurpose
from services.identity.events import RecoveryRequested
from services.identity.models import OneTimeLink, RecoveryRequest, User
from services.identity.queries import accounts, links
from services.identity.steps.attempts import Attempt, count_request
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.ids import new_id
from shared.seals import Seal

Send = Callable[[UnitOfWork, User, LinkPurpose, datetime], None]
"""Has a link sent to the owner of an account."""


def ask_for_link(
    uow: UnitOfWork, *, email: str, purpose: LinkPurpose, per_email: int, per_network: int, at: datetime
) -> None:
    """Note that somebody wants a link; the worker sees whether there is anybody to send it to.
    Raises TooManyAttempts."""
    attempt = Attempt(email, uow.context.ip_address)
    count_request(uow, purpose.value, attempt, per_email=per_email, per_network=per_network, at=at)
    uow.session.add(RecoveryRequest(id=new_id(), email=email, purpose=purpose.value, requested_at=at))


def answer_requests(
    sessions: Sessions, send: Send, *, protected: Collection[str], clock: Callable[[], datetime]
) -> None:
    """Send the links that were asked for to those who have an account; several workers may be at it."""
    answer = partial(_answer_next, send=send, protected=protected, clock=clock)
    while run_transaction(sessions, "identity", answer)[0]:
        pass


def _answer_next(uow: UnitOfWork, *, send: Send, protected: Collection[str], clock: Callable[[], datetime]) -> bool:
    request = links.next_request(uow.session)
    if request is None:
        return False
    purpose = LinkPurpose(request.purpose)
    user = accounts.user_with_email(uow.session, request.email)
    is_protected = purpose.sets_password and request.email in protected
    if user and user.is_active and not is_protected:
        send(uow, user, purpose, clock())
    uow.session.delete(request)
    return True


def mail_link(
    uow: UnitOfWork, user: User, purpose: LinkPurpose, at: datetime, *, frontend_url: str, public_url: str, seal: Seal
) -> None:
    """Have a new link mailed, which makes the older ones worthless; or let the last one stand until it is a minute old.
    The link goes sealed to notifications; what is kept of it here opens nothing."""
    if links.was_made_lately(uow.connection, user.id, purpose, within=ONE_LINK_PER):
        return
    secret, digest = new_secret()
    if purpose.sets_password:
        address = f"{frontend_url}/auth/reset-password?{urlencode({'email': user.email, 'token': secret})}"
    else:
        address = f"{public_url}/api/auth/magic-link/verify?{urlencode({'token': secret})}"
    expires_at = at + purpose.lifetime
    sealed_link = seal.seal(address)
    uow.publish(RecoveryRequested.of(user, purpose=purpose.value, sealed_link=sealed_link, expires_at=expires_at))
    links.void_links(uow.connection, user.id, purpose, at=at)
    uow.session.add(
        OneTimeLink(
            id=new_id(),
            user_id=user.id,
            purpose=purpose.value,
            digest=digest,
            made_for=made_for(user.email, user.password_hash),
            created_at=at,
            expires_at=expires_at,
        )
    )
