"""Access tokens: verified with the published keys of identity, the verdict cached until the token expires."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.request import urlopen
from uuid import UUID

import jwt
import orjson

from shared.context import Actor, Role

ISSUER = AUDIENCE = "millenium-potters"
ALGORITHM = "EdDSA"
REQUIRED_CLAIMS = ("exp", "iat", "sub", "sid", "jwtId", "typ")
# Refused before any cryptography: an honest token has about 600 bytes.
MAX_TOKEN_BYTES = 4096
# Hosts' clocks differ; a token signed a moment "in the future" is no forgery.
CLOCK_SKEW_SECONDS = 10
_CACHE_SIZE = 20_000
_REFETCH_SECONDS = 5.0


class InvalidToken(Exception):
    """The token is not one of ours, or no longer."""


class KeysUnavailable(Exception):
    """The published keys could not be read, so no token can be judged."""


class TokenVerifier:
    """Judges access tokens; safe to share between threads.

    `jwks_url` is `file://` or `http(s)://`. The key set is read again when a token names a key that is not in it, at
    most every few seconds, so that keys can be rotated under running processes.
    """

    def __init__(self, jwks_url: str) -> None:
        self._jwks_url = jwks_url
        self._keys: dict[str, Any] = {}
        self._fetched_at = -_REFETCH_SECONDS
        self._verdicts: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a valid access token. Raises InvalidToken or KeysUnavailable."""
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidToken("The token is too long.")
        digest = hashlib.sha256(token.encode()).digest()
        verdict = self._verdicts.get(digest)
        if verdict is None:
            verdict = self._verify(token)
            with self._lock:
                self._verdicts[digest] = verdict
                while len(self._verdicts) > _CACHE_SIZE:
                    self._verdicts.popitem(last=False)
        if verdict["exp"] <= time.time():
            raise InvalidToken("The token has expired.")
        return verdict

    def _verify(self, token: str) -> dict[str, Any]:
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": list(REQUIRED_CLAIMS)},
            )
            actor_of(claims)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            raise InvalidToken("The token is not valid.") from error
        if claims["typ"] != "access":
            raise InvalidToken("The token is not an access token.")
        return claims

    def _key(self, kid: Any) -> Any:
        if not isinstance(kid, str):
            raise InvalidToken("The token names no key.")
        if kid not in self._keys:
            with self._lock:
                if kid not in self._keys and time.monotonic() - self._fetched_at >= _REFETCH_SECONDS:
                    self._fetch()
        if kid not in self._keys:
            if not self._keys:
                raise KeysUnavailable("The signing keys cannot be read.")
            raise InvalidToken("The token names an unknown key.")
        return self._keys[kid]

    def _fetch(self) -> None:
        self._fetched_at = time.monotonic()
        try:
            with urlopen(self._jwks_url, timeout=3) as answer:  # noqa: S310 - the address comes from our settings
                published = jwt.PyJWKSet.from_dict(orjson.loads(answer.read()))
        except (OSError, ValueError, jwt.PyJWTError):
            return
        self._keys = {key.key_id: key.key for key in published.keys if key.key_id}


def actor_of(claims: Mapping[str, Any]) -> Actor:
    """Who a verified token speaks for. Raises ValueError or KeyError when the claims name nobody."""
    return Actor(
        id=UUID(claims["sub"]),
        email=str(claims.get("email", "")),
        role=Role(claims["role"]),
        session_id=UUID(claims["sid"]),
        impersonator_id=UUID(claims["imp"]) if claims.get("imp") else None,
    )
