"""The key set that tokens are signed with, and how it is renewed under running processes without signing anybody out.

The first key is the newest. It is published at once and signs only PUBLISHED_AHEAD later, when everybody who verifies
has had time to fetch it; the one before it stays published until the last token it can have signed has expired.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import InvalidKeyError
from jwt.algorithms import OKPAlgorithm

from shared.settings import BadSettings
from shared.tokens import ALGORITHM

Jwk = Mapping[str, Any]

PUBLISHED_AHEAD = timedelta(seconds=60)
_PUBLIC = ("kty", "crv", "x", "kid", "use", "alg")
# When a key was made, in seconds since 1970. Keys that were there from the beginning may lack it.
_MADE_AT = "made_at"


class KeySet:
    """A private JWK set (RFC 7517) of Ed25519 keys."""

    def __init__(self, text: str) -> None:
        """Raises BadSettings, which never shows a key."""
        try:
            self._jwks: Sequence[Jwk] = json.loads(text)["keys"]
            self.private = {str(jwk["kid"]): _private_key(jwk) for jwk in self._jwks}
            self._begins = [float(jwk.get(_MADE_AT, 0)) for jwk in self._jwks]
        except (ValueError, LookupError, TypeError, AttributeError, InvalidKeyError) as error:
            raise BadSettings("IDENTITY_SIGNING_KEYS must be a JWK set of private Ed25519 keys.") from error
        if not self.private:
            raise BadSettings("IDENTITY_SIGNING_KEYS must have a key.")

    def signing(self, now: float) -> str:
        """The id of the key that signs at `now` (seconds since 1970): the newest that has been published long enough,
        or else the oldest."""
        ahead = PUBLISHED_AHEAD.total_seconds()
        ready = (jwk for jwk, begins in zip(self._jwks, self._begins, strict=True) if begins + ahead <= now)
        return str(next(ready, self._jwks[-1])["kid"])

    def living(self, now: float, longest_life: timedelta) -> list[Jwk]:
        """The keys that a token which is good at `now` may be signed with: all but those that stopped signing
        `longest_life` ago."""
        kept = (PUBLISHED_AHEAD + longest_life).total_seconds()
        succeeded_at = [float("inf"), *(begins or float("inf") for begins in self._begins[:-1])]
        return [jwk for jwk, instant in zip(self._jwks, succeeded_at, strict=True) if now < instant + kept]


def published(jwks: Sequence[Jwk]) -> dict[str, list[dict[str, Any]]]:
    """The public halves, as others may see them."""
    return {"keys": [{name: jwk[name] for name in _PUBLIC if name in jwk} for jwk in jwks]}


def new_signing_key(made_at: float | None = None) -> dict[str, Any]:
    """A private JWK set with one new key, named by the thumbprint of its public half (RFC 7638)."""
    jwk = json.loads(OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate()))
    public = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(public.encode()).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    born = {} if made_at is None else {_MADE_AT: int(made_at)}
    return {"keys": [{"kid": kid, "use": "sig", "alg": ALGORITHM, **born, **jwk}]}


def rotated(text: str, *, now: float, longest_life: timedelta) -> dict[str, Any]:
    """The key set with a new key in front and without those no living token is signed with. Raises BadSettings."""
    current = KeySet(text)
    living = current.living(now, longest_life)
    if living[0].get(_MADE_AT, 0) + PUBLISHED_AHEAD.total_seconds() > now:
        raise BadSettings("The newest key is not in use yet; try again in a minute.")
    return {"keys": [*new_signing_key(now)["keys"], *living]}


def rotate_file(private: Path, public: Path | None, *, now: float, longest_life: timedelta) -> dict[str, Any]:
    """Renew the key set in a file, and publish its public halves in another one if there is one; the new set.

    Each file is replaced as a whole and readable by its owner alone, the public one first. Raises BadSettings.
    """
    try:
        renewed = rotated(private.read_text(encoding="utf-8"), now=now, longest_life=longest_life)
        if public:
            _replace(public, json.dumps(published(renewed["keys"])), mode=0o644)
        _replace(private, json.dumps(renewed), mode=0o600)
    except OSError as error:
        raise BadSettings(f"The signing keys cannot be renewed: {error}.") from error
    return renewed


def _replace(path: Path, text: str, *, mode: int) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _private_key(jwk: Jwk) -> Ed25519PrivateKey:
    key = OKPAlgorithm.from_jwk(dict(jwk))
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("not a private Ed25519 key")
    return key
