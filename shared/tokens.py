"""Access tokens: verified with the published keys of identity, the verdict cached until the token expires."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import jwt
import orjson

from shared import tls
from shared.context import Actor, Role
from shared.telemetry import log

ISSUER = AUDIENCE = "millenium-potters"
ALGORITHM = "EdDSA"
REQUIRED_CLAIMS = ("exp", "iat", "sub", "sid", "jwtId", "typ")
# Refused before any cryptography: an honest token has about 600 bytes.
MAX_TOKEN_BYTES = 4096
# Hosts' clocks differ; a token signed a little "in the future" is no forgery. As much as Kerberos allows (RFC 4120).
CLOCK_SKEW_SECONDS = 300
_CACHE_SIZE = 20_000
_REFETCH_SECONDS = 5.0
# A key that was withdrawn is believed for as long as this at most.
_MAX_AGE_SECONDS = 3600.0


class InvalidToken(Exception):
    """The token is not one of ours, or no longer."""


class KeysUnavailable(Exception):
    """The published keys could not be read, so no token can be judged."""


class NotHeardOf(Exception):
    """The token is good, and this service has not heard yet of the person it was given to."""


def _download(jwks_url: str) -> bytes:
    with tls.open_url(jwks_url, seconds=3) as answer:
        content: bytes = answer.read()
        return content


class TokenVerifier:
    """Judges access tokens; safe to share between threads.

    `jwks_url` is `file://` or `http(s)://`, or whatever `fetch` understands. The key set is read again when a token
    names a key that is not in it, at most every few seconds, so that keys can be rotated under running processes, and
    every hour, so that a withdrawn key is forgotten.
    """

    def __init__(self, jwks_url: str, fetch: Callable[[str], bytes] = _download) -> None:
        self._jwks_url, self._download = jwks_url, fetch
        self._keys: dict[str, Any] = {}
        self._fetched_at = -_REFETCH_SECONDS
        self._verdicts: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
        self._lock, self._fetching = threading.Lock(), threading.Lock()

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a valid access token. Raises InvalidToken or KeysUnavailable."""
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidToken("The token is too long.")
        self._renew_keys()
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
            with self._fetching:
                if kid not in self._keys and self._age() >= _REFETCH_SECONDS:
                    self._fetch()
        if kid not in self._keys:
            if not self._keys:
                raise KeysUnavailable("The signing keys cannot be read.")
            raise InvalidToken("The token names an unknown key.")
        return self._keys[kid]

    def _renew_keys(self) -> None:
        # One request does it while the others go on with the keys there are.
        if self._keys and self._age() >= _MAX_AGE_SECONDS and self._fetching.acquire(blocking=False):
            try:
                self._fetch()
            finally:
                self._fetching.release()

    def _age(self) -> float:
        return time.monotonic() - self._fetched_at

    def _fetch(self) -> None:
        self._fetched_at = time.monotonic()
        try:
            published = jwt.PyJWKSet.from_dict(orjson.loads(self._download(self._jwks_url)))
        except (OSError, ValueError, jwt.PyJWTError) as error:
            log.warning("signing_keys_unread", address=self._jwks_url, error=str(error))
            return
        keys = {key.key_id: key.key for key in published.keys if key.key_id}
        if self._keys.keys() - keys.keys():
            with self._lock:
                # Among them may be what a key signed that was withdrawn because somebody else has it.
                self._verdicts.clear()
        self._keys = keys


def actor_of(claims: Mapping[str, Any]) -> Actor:
    """Who a verified token speaks for. Raises ValueError or KeyError when the claims name nobody."""
    return Actor(
        id=UUID(claims["sub"]),
        email=str(claims.get("email", "")),
        role=Role(claims["role"]),
        session_id=UUID(claims["sid"]),
        impersonator_id=UUID(claims["imp"]) if claims.get("imp") else None,
        must_change_password=claims.get("changePassword") is True,
    )
