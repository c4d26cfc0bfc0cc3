"""A pair of tokens on its way to the client: in the body, and in cookies that no script can read."""

from typing import Any

from flask import Response

from services.identity.api import wire
from services.identity.api.dependencies import dependencies
from services.identity.domain.token import Grant, access_claims, refresh_claims
from services.identity.steps.sessions import SignedIn
from shared.web.envelope import success

ACCESS_COOKIE, REFRESH_COOKIE = "access_token", "refresh_token"
# The second goes only where it is of use; browsers see our paths behind the gateway's prefix.
_COOKIES: dict[str, dict[str, Any]] = {
    ACCESS_COOKIE: {"path": "/", "samesite": "Lax", "httponly": True},
    REFRESH_COOKIE: {"path": "/api/auth", "samesite": "Strict", "httponly": True},
}


def tokens_answer(grant: Grant, message: str, **data: Any) -> Response:
    """The pair of a grant, beside `data`."""
    pair = _pair(grant)
    seconds = int((grant.access_expires_at - grant.issued_at).total_seconds())
    data |= {"accessToken": pair[ACCESS_COOKIE], "refreshToken": pair[REFRESH_COOKIE], "expiresIn": seconds}
    return _with_cookies(success(data, message), grant, pair)


def signed_in(who: SignedIn) -> Response:
    """The answer to who has signed in, by whatever means."""
    extra = {"passwordChangeRequired": True} if who.grant.must_change_password else {}
    return tokens_answer(who.grant, "Login successful", user=wire.staff_ref(who.user), **extra)


def into_web_client(grant: Grant) -> Response:
    """Send a browser on to the web client, and nowhere else, with the pair in its cookies."""
    answer = Response(status=303, headers={"Location": dependencies().frontend_url})
    return _with_cookies(answer, grant, _pair(grant))


def without_cookies(answer: Response) -> Response:
    """The answer that also takes the cookies away."""
    for name, attributes in _COOKIES.items():
        answer.delete_cookie(name, secure=dependencies().secure_cookies, **attributes)
    return answer


def _pair(grant: Grant) -> dict[str, str]:
    sign = dependencies().tokens.sign
    return {ACCESS_COOKIE: sign(access_claims(grant)), REFRESH_COOKIE: sign(refresh_claims(grant))}


def _with_cookies(answer: Response, grant: Grant, pair: dict[str, str]) -> Response:
    ends = {ACCESS_COOKIE: grant.access_expires_at, REFRESH_COOKIE: grant.refresh_expires_at}
    for name, token in pair.items():
        # Without an age the cookie goes when the browser is closed.
        age = ends[name] - grant.issued_at if grant.is_remembered else None
        answer.set_cookie(name, token, max_age=age, secure=dependencies().secure_cookies, **_COOKIES[name])
    return answer
