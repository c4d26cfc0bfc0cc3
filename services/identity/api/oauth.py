"""Signing in through Google or GitHub."""

from flask import Blueprint, Response, request

from services.identity import shapes
from services.identity.api.bodies.auth import ProviderCallbackQuery
from services.identity.api.dependencies import dependencies
from services.identity.api.tokens import into_web_client
from services.identity.credentials.external import PROVIDER_NAMES, NotVouchedFor, PendingSignIn, Provider
from services.identity.domain.proof import Proof
from services.identity.usecases.external_sign_in import (
    PENDING_FOR,
    begin_external_sign_in,
    finish_external_sign_in,
    proof_of,
)
from services.identity.usecases.sign_in import sign_in
from shared.clock import now
from shared.db import UnitOfWork
from shared.errors import NotFound
from shared.web.auth import public
from shared.web.envelope import success
from shared.web.schema import documented, load_query
from shared.web.transactions import in_transaction, reading, transactional

oauth = Blueprint("oauth", __name__, url_prefix="/auth/oauth")

_BROWSER_COOKIE = "oauth_browser"


class ProviderNotFound(NotFound):
    """There is no such provider, or it is switched off."""


@oauth.get("/providers")
@public
@documented("List the other ways to sign in", name="list_sign_in_providers", answer=shapes.Provider, many=True)
def get_providers() -> Response:
    """The providers that can vouch for an address, each with whether it is switched on here."""
    enabled = dependencies().providers
    providers = [shapes.Provider.of(name, enabled=enabled) for name in PROVIDER_NAMES]
    return success(providers, "Providers retrieved successfully")


@oauth.get("/<name>/start")
@public
@documented("Go to a provider to sign in", name="start_provider_sign_in", status=302, enveloped=False)
def get_start(name: str) -> Response:
    """For browsers: go on to the provider's page."""
    provider, pending = _provider(name), PendingSignIn.new()
    address = provider.address(pending, _redirect_uri(name))
    browser = in_transaction(lambda uow: begin_external_sign_in(uow, provider=name, pending=pending, at=now()))
    answer = Response(status=302, headers={"Location": address})
    answer.set_cookie(
        _BROWSER_COOKIE,
        browser,
        max_age=PENDING_FOR,
        path="/api/auth/oauth",
        httponly=True,
        # The provider sends the browser back from its own site.
        samesite="Lax",
        secure=dependencies().secure_cookies,
    )
    return answer


@oauth.get("/<name>/callback")
@public
@documented(
    "Come back from a provider, and go on to the web client",
    name="finish_provider_sign_in",
    query=ProviderCallbackQuery,
    status=303,
    enveloped=False,
)
def get_callback(name: str) -> Response:
    """Where the provider sends the browser back to. Leads on to the web client, with the tokens in cookies, when the
    provider vouches for the verified address of an account."""
    provider, query = _provider(name), load_query(ProviderCallbackQuery)
    state, browser = query["state"] or "", request.cookies.get(_BROWSER_COOKIE, "")
    pending = in_transaction(
        lambda uow: finish_external_sign_in(uow, provider=name, state=state, browser=browser, at=now())
    )
    if pending is None or not query["code"]:
        raise NotVouchedFor
    email = provider.verified_email(pending, code=query["code"], issuer=query["iss"], redirect_uri=_redirect_uri(name))
    with reading() as connection:
        proof = proof_of(connection, provider=name, email=email)
    return _sign_in(proof=proof)


@transactional
def _sign_in(uow: UnitOfWork, proof: Proof) -> Response:
    return into_web_client(sign_in(uow, proof=proof, policy=dependencies().policy, at=now()).grant)


def _provider(name: str) -> Provider:
    provider = dependencies().providers.get(name)
    if provider is None:
        raise ProviderNotFound("There is no such way to sign in.")
    return provider


def _redirect_uri(name: str) -> str:
    return f"{dependencies().public_url}/api/auth/oauth/{name}/callback"
