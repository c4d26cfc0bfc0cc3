"""A pair of tokens on its way to the client: in the body, and in cookies that no script can read."""

from dataclasses import dataclass
from typing import Any

from flask import Response, request

from services.identity import shapes
from services.identity.api.dependencies import dependencies
from services.identity.domain.token import Grant, access_claims, refresh_claims
from services.identity.steps.sessions import SignedIn
from shared.shapes import Shape
from shared.web.envelope import success

ACCESS_COOKIE, REFRESH_COOKIE = "access_token", "refresh_token"
# The second goes only where it is of use; browsers see our paths behind the gateway's prefix.
_COOKIES: dict[str, dict[str, Any]] = {
    ACCESS_COOKIE: {"path": "/", "samesite": "Lax", "httponly": True},
    REFRESH_COOKIE: {"path": "/api/auth", "samesite": "Strict", "httponly": True},
}


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What makes requests, and what buys the next pair."""

    access_token: str
    refresh_token: str
    expires_in_seconds: int

    @classmethod
    def of(cls, grant: Grant) -> "TokenPair":
        sign, seconds = dependencies().tokens.sign, (grant.access_expires_at - grant.issued_at).total_seconds()
        return cls(sign(access_claims(grant)), sign(refresh_claims(grant)), int(seconds))


def tokens_answer(shape: type[Shape], grant: Grant, message: str, **given: Any) -> Response:
    """The pair of a grant, in a shape that may take more than that."""
    pair = TokenPair.of(grant)
    return _with_cookies(success(shape.of(pair, **given), message), grant, pair)


def signed_in(who: SignedIn) -> Response:
    """The answer to who has signed in, by whatever means."""
    pair = TokenPair.of(who.grant)
    data = shapes.Login.of(pair, user=who.user)
    if not who.grant.must_change_password:
        del data["passwordChangeRequired"]
    return _with_cookies(success(data, "Login successful"), who.grant, pair)


def into_web_client(grant: Grant) -> Response:
    """Send a browser on to the web client, and nowhere else, with the pair in its cookies."""
    answer = Response(status=303, headers={"Location": dependencies().frontend_url})
    return _with_cookies(answer, grant, TokenPair.of(grant))


def without_cookies(answer: Response) -> Response:
    """The answer that also takes the cookies away."""
    for name, attributes in _COOKIES.items():
        answer.delete_cookie(name, secure=dependencies().secure_cookies, **attributes)
    return answer


def without_kept_answers(answer: Response) -> Response:
    """The answer that has a browser forget what it kept of earlier ones. Not where a page keeps the token itself: some
    browsers take seconds for it, and such a page waits for the answer."""
    if ACCESS_COOKIE in request.cookies:
        answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _with_cookies(answer: Response, grant: Grant, pair: TokenPair) -> Response:
    for name, token, ends_at in (
        (ACCESS_COOKIE, pair.access_token, grant.access_expires_at),
        (REFRESH_COOKIE, pair.refresh_token, grant.refresh_expires_at),
    ):
        # Without an age the cookie goes when the browser is closed.
        age = ends_at - grant.issued_at if grant.is_remembered else None
        answer.set_cookie(name, token, max_age=age, secure=dependencies().secure_cookies, **_COOKIES[name])
    return answer
