"""Signing in by a mailed link. Opening it only shows a button: mail scanners open links, and must not use them up."""

import hmac
import secrets
from html import escape

from flask import Blueprint, Response, request

from services.identity import shapes
from services.identity.api.bodies.auth import LinkBody, LinkQuery
from services.identity.api.dependencies import dependencies
from services.identity.api.tokens import into_web_client, signed_in
from services.identity.domain.proof import Proof
from services.identity.domain.recovery import LinkPurpose
from services.identity.usecases.sign_in import InvalidCredentials, sign_in
from shared.clock import now
from shared.db import UnitOfWork
from shared.web.auth import public
from shared.web.schema import checked, documented, load, load_query
from shared.web.transactions import reading, transactional

magic_links = Blueprint("magic_links", __name__, url_prefix="/auth/magic-link")

_FORM = "application/x-www-form-urlencoded"
# Proves that the button was pressed in the browser that was shown it, and not by a page of somebody else.
_NONCE_COOKIE = "magic_link"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in</title></head><body>
<form method="post"><input type="hidden" name="token" value="{token}"><input type="hidden" name="nonce" value="{nonce}">
<p>You are about to sign in.</p><p><button type="submit">Sign in</button></p></form>
</body></html>
"""


@magic_links.get("/verify")
@public
@documented(
    "Show the button that signs in", name="show_sign_in_link", query=LinkQuery, enveloped=False, media_type="text/html"
)
def get_magic_link() -> Response:
    """The page that a mailed link opens. It only shows a button, so that a mail scanner that opens links does not use
    them up."""
    token, nonce = load_query(LinkQuery)["token"], secrets.token_urlsafe(16)
    answer = Response(_PAGE.format(token=escape(token), nonce=nonce), mimetype="text/html")
    frontend = dependencies().frontend_url
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; form-action 'self' {frontend}; frame-ancestors 'none'; base-uri 'none'"
    )
    path = "/api/auth/magic-link"
    answer.set_cookie(
        _NONCE_COOKIE,
        nonce,
        max_age=900,
        path=path,
        httponly=True,
        samesite="Strict",
        secure=dependencies().secure_cookies,
    )
    return answer


@magic_links.post("/verify")
@public
@documented(
    "Sign in by a mailed link; a browser's form is sent on to the web client",
    name="sign_in_by_link",
    body=LinkBody,
    answer=shapes.Login,
)
def post_verify() -> Response:
    """Begin a session with the token of a mailed link, which is good once.

    The form of the page (`application/x-www-form-urlencoded`) is answered with a redirect to the web client, with the
    tokens in cookies.
    """
    is_form = request.mimetype == _FORM
    if is_form:
        _check_nonce()
    token = (checked(LinkBody, request.form.to_dict()) if is_form else load(LinkBody))["token"]
    proof = dependencies().provider.prove_link(reading, purpose=LinkPurpose.MAGIC_LINK, email=None, token=token)
    if proof is None:
        raise InvalidCredentials("This link is invalid or has expired. Please ask for a new one.")
    return _sign_in(proof=proof, is_form=is_form)


def _check_nonce() -> None:
    shown, sent = request.cookies.get(_NONCE_COOKIE, ""), request.form.get("nonce", "")
    if not shown or not hmac.compare_digest(shown.encode(), sent.encode()):
        raise InvalidCredentials("Please open the link in your mail once more.")


@transactional
def _sign_in(uow: UnitOfWork, proof: Proof, is_form: bool) -> Response:
    who = sign_in(uow, proof=proof, policy=dependencies().policy, at=now())
    return into_web_client(who.grant) if is_form else signed_in(who)
