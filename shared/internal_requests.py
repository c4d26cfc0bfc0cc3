"""Requests between our own processes: the caller signs each for its one address and body, for a minute."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import jwt

from shared.ids import new_id

SCHEME = "Internal"
LIFE_SECONDS = 60
# Hosts' clocks differ; what was signed a moment "in the future" is no forgery.
CLOCK_SKEW_SECONDS = 30
_ALGORITHM = "HS256"


class BadSignature(Exception):
    """Not signed with our secret, or for another request, or too long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalRequest:
    """What a signature covers. `target` is the path, percent-encoded, with its query."""

    caller: str
    called: str
    method: str
    target: str
    body: bytes = b""

    @property
    def claims(self) -> dict[str, str]:
        """The claims of a token for a request; method and target are named as in RFC 9449."""
        digest = hashlib.sha256(self.body).hexdigest()
        return {"iss": self.caller, "aud": self.called, "htm": self.method, "htu": self.target, "sha256": digest}


def sign(request: InternalRequest, secret: str, *, at: datetime) -> str:
    """The value of the Authorization header that lets the request be made within a minute of `at`."""
    signed_at = int(at.timestamp())
    times = {"iat": signed_at, "exp": signed_at + LIFE_SECONDS}
    token = jwt.encode({**request.claims, **times, "jti": str(new_id())}, secret, _ALGORITHM)
    return f"{SCHEME} {token}"


def verify(authorization: str, request: InternalRequest, secret: str) -> UUID:
    """The id of the signature: a request that changes something must be accepted once per id.

    `authorization` is the header that came with the request. Raises BadSignature.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme != SCHEME:
        raise BadSignature("Not signed.")
    expected = request.claims
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            issuer=request.caller,
            audience=request.called,
            leeway=CLOCK_SKEW_SECONDS,
            options={"require": [*expected, "iat", "exp", "jti"]},
        )
        signature_id = UUID(claims["jti"])
        # The leeway is for the future only: a minute is a minute, whatever end the caller wrote down.
        is_old = time.time() - claims["iat"] > LIFE_SECONDS
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise BadSignature("The signature is not valid.") from error
    if is_old or any(claims[name] != value for name, value in expected.items()):
        raise BadSignature("Signed for another request, or too long ago.")
    return signature_id
