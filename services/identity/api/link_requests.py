"""Asking for a link by mail: to set a new password with, or to sign in with."""

from flask import Blueprint, Response

from services.identity.api.bodies.auth import LinkRequestBody
from services.identity.api.dependencies import dependencies
from services.identity.domain.recovery import LinkPurpose
from services.identity.usecases.recovery import ask_for_link
from shared.clock import now
from shared.db import UnitOfWork
from shared.web.auth import public
from shared.web.envelope import success
from shared.web.schema import documented, load
from shared.web.transactions import transactional

link_requests = Blueprint("link_requests", __name__)

# It tells nothing of who has an account.
_NEUTRAL = "If there is an account with this address, a mail is on its way to it."


# The second name is that of the first design of this API.
@link_requests.post("/auth/forgot-password")
@link_requests.post("/auth/password-reset", endpoint="post_password_reset")
@public
@documented("Ask for a link to set a new password", name="request_password_reset", body=LinkRequestBody)
def post_forgot_password() -> Response:
    """Have a link mailed by which a new password can be set.

    The answer is the same whether there is such an account or not. A few requests an hour are accepted for an address.
    """
    return _note(LinkPurpose.PASSWORD_RESET)


@link_requests.post("/auth/magic-link")
@public
@documented("Ask for a link to sign in with", name="request_sign_in_link", body=LinkRequestBody)
def post_magic_link() -> Response:
    """Have a link mailed that signs in without a password.

    The answer is the same whether there is such an account or not. A few requests an hour are accepted for an address.
    """
    return _note(LinkPurpose.MAGIC_LINK)


def _note(purpose: LinkPurpose) -> Response:
    email = load(LinkRequestBody)["email"]
    return _ask_for_link(email=email, purpose=purpose)


@transactional
def _ask_for_link(uow: UnitOfWork, email: str, purpose: LinkPurpose) -> Response:
    limits = dependencies().request_limits
    ask_for_link(
        uow, email=email, purpose=purpose, per_email=limits.per_email, per_network=limits.per_network, at=now()
    )
    return success(None, _NEUTRAL)
