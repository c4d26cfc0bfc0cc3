"""Signed tokens (JWT, EdDSA)."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt

from services.identity.credentials.keys import KeySet, published
from services.identity.domain.token import Purpose
from shared.errors import Unauthenticated
from shared.settings import BadSettings
from shared.telemetry import log
from shared.tokens import ALGORITHM, AUDIENCE, CLOCK_SKEW_SECONDS, ISSUER, MAX_TOKEN_BYTES, REQUIRED_CLAIMS

_LOOK_SECONDS = 1.0
# The web client decodes claims with plain base64. These are the only ASCII characters that can make base64url write
# `-` or `_`; as JSON escapes they cannot.
_ESCAPED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in ">?~\x7f"})


class TokenRefused(Unauthenticated):
    """Not a token of ours for this purpose, or no longer."""


class TokenSigner:
    """Signs with the current key of a private JWK set and accepts what any key of it signed.

    With a `file` the set is read again when the file changes. `longest_life` is that of the tokens, after which a key
    that signs no more is forgotten.
    """

    def __init__(
        self,
        private_key_set: str,
        *,
        file: Path | None = None,
        longest_life: timedelta = timedelta(days=30),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Raises BadSettings, which never shows a key."""
        self._file, self._longest_life, self._clock = file, longest_life, clock
        self._key_set = KeySet(private_key_set)
        self._seen = self._look()
        self._next_look = 0.0
        self._lock = threading.Lock()

    @property
    def public_key_set(self) -> dict[str, list[dict[str, Any]]]:
        """The public halves of the keys that living tokens may be signed with."""
        return published(self._keys().living(self._clock(), self._longest_life))

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The token that says `claims`, and that it is ours."""
        said = json.dumps({"iss": ISSUER, "aud": AUDIENCE, **claims}, separators=(",", ":")).translate(_ESCAPED)
        keys = self._keys()
        kid = keys.signing(self._clock())
        return jwt.PyJWS().encode(said.encode(), keys.private[kid], algorithm=ALGORITHM, headers={"kid": kid})

    def claims_of(self, token: str, purpose: Purpose, *, expired_too: bool = False) -> dict[str, Any]:
        """The claims of a token we signed for `purpose`. Raises TokenRefused."""
        try:
            if len(token) > MAX_TOKEN_BYTES:
                raise jwt.InvalidTokenError("longer than any of ours")
            key = self._keys().private[jwt.get_unverified_header(token)["kid"]]
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # For clocks that were set back; the end of a token is what it says.
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": list(REQUIRED_CLAIMS), "verify_exp": not expired_too},
            )
            if not expired_too and claims["exp"] <= time.time():
                raise jwt.ExpiredSignatureError
        except (jwt.InvalidTokenError, KeyError, TypeError) as error:
            raise TokenRefused("The token is invalid or has expired.") from error
        if claims["typ"] != purpose:
            raise TokenRefused("The token is invalid or has expired.")
        return claims

    def _keys(self) -> KeySet:
        if self._file and time.monotonic() >= self._next_look:
            with self._lock:
                self._next_look = time.monotonic() + _LOOK_SECONDS
                self._read_again(self._file)
        return self._key_set

    def _read_again(self, file: Path) -> None:
        seen = self._look()
        if seen is None or seen == self._seen:
            return
        try:
            self._key_set = KeySet(file.read_text(encoding="utf-8"))
        except (BadSettings, OSError) as error:
            # The keys in use are still good, and without any nobody could work.
            log.error("signing_keys_unreadable", error=str(error))
        self._seen = seen

    def _look(self) -> tuple[int, int, int] | None:
        """What tells one content of the file from the next; None when it cannot be seen."""
        try:
            found = self._file.stat() if self._file else None
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size) if found else None
