"""The access token of a request: found in a header or a cookie, and verified."""

from collections.abc import Mapping
from typing import Any

from gateway.responses.problems import Unauthenticated, Unavailable
from shared.tokens import InvalidToken, KeysUnavailable, TokenVerifier

# Two forms of the web client send these words when they have no token.
_EMPTY_BEARERS = frozenset({"", "null", "undefined"})


class TokenMissing(Unauthenticated):
    """No token was sent."""


class TokenInvalid(Unauthenticated):
    """The token was not made by identity, not for this use, or has lived its life."""


class SignInUnavailable(Unavailable):
    """It cannot be said just now whether somebody is signed in."""

    def __init__(self) -> None:
        super().__init__("Your sign-in cannot be checked just now. Please try again shortly.")


def has_bearer(environ: Mapping[str, Any]) -> bool:
    """Whether a request has a token in its header, where no page of another site can put one."""
    return environ.get("HTTP_AUTHORIZATION", "").partition(" ")[2].strip() not in _EMPTY_BEARERS


def find_token(environ: Mapping[str, Any]) -> str:
    """The token a request carries, in its header or else in its cookie; empty when there is none."""
    scheme, _, credentials = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    token: str = credentials.strip()
    if scheme and scheme.lower() != "bearer":
        # Another scheme is no token of ours, and no reason to look for a cookie.
        return f"{scheme} {token}"
    return cookie(environ, "access_token") if token in _EMPTY_BEARERS else token


def cookie(environ: Mapping[str, Any], name: str) -> str:
    """The value of a cookie; empty when there is none."""
    for pair in environ.get("HTTP_COOKIE", "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return str(value.strip('"'))
    return ""


def verified_claims(verifier: TokenVerifier, token: str) -> Mapping[str, Any]:
    """The claims of a token, verified. Raises TokenMissing, TokenInvalid, SignInUnavailable."""
    if not token:
        raise TokenMissing("Please sign in to continue.")
    try:
        return verifier.claims(token)
    except InvalidToken as error:
        raise TokenInvalid("Your session is not valid. Please sign in again.") from error
    except KeysUnavailable as error:
        raise SignInUnavailable from error
