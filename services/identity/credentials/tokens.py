"""Signed tokens (JWT, EdDSA) and the keys they are signed with."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from services.identity.domain.token import Purpose
from shared.errors import Unauthenticated
from shared.settings import BadSettings
from shared.tokens import ALGORITHM, AUDIENCE, ISSUER, MAX_TOKEN_BYTES, REQUIRED_CLAIMS

_PUBLIC = ("kty", "crv", "x", "kid", "use", "alg")
# The web client decodes claims with plain base64. These are the only ASCII characters that can make base64url write
# `-` or `_`; as JSON escapes they cannot.
_ESCAPED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in ">?~\x7f"})


class TokenRefused(Unauthenticated):
    """Not a token of ours for this purpose, or no longer."""


class TokenSigner:
    """Signs with the first key of a private JWK set and accepts what any key of it signed.

    To rotate, put a new key first; take the old one out when the longest-lived token it signed has expired.
    """

    def __init__(self, private_key_set: str) -> None:
        """Raises BadSettings, which never shows a key."""
        try:
            keys = json.loads(private_key_set)["keys"]
            self._private = {key["kid"]: _private_key(key) for key in keys}
            self._current: str = keys[0]["kid"]
            self.public_key_set = {"keys": [{name: key[name] for name in _PUBLIC if name in key} for key in keys]}
        except (ValueError, LookupError, TypeError, jwt.InvalidKeyError) as error:
            raise BadSettings("IDENTITY_SIGNING_KEYS must be a JWK set of private Ed25519 keys.") from error

    @property
    def public_key_url(self) -> str:
        """The public key set as an address that holds it."""
        return f"data:application/json,{quote(json.dumps(self.public_key_set))}"

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The token that says `claims`, and that it is ours."""
        said = json.dumps({"iss": ISSUER, "aud": AUDIENCE, **claims}, separators=(",", ":")).translate(_ESCAPED)
        key = self._private[self._current]
        return jwt.PyJWS().encode(said.encode(), key, algorithm=ALGORITHM, headers={"kid": self._current})

    def read(self, token: str, purpose: Purpose, *, expired_too: bool = False) -> dict[str, Any]:
        """The claims of a token we signed for `purpose`. Raises TokenRefused."""
        try:
            if len(token) > MAX_TOKEN_BYTES:
                raise jwt.InvalidTokenError("longer than any of ours")
            key = self._private[jwt.get_unverified_header(token)["kid"]]
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": list(REQUIRED_CLAIMS), "verify_exp": not expired_too},
            )
        except (jwt.InvalidTokenError, KeyError, TypeError) as error:
            raise TokenRefused("The token is invalid or has expired.") from error
        if claims["typ"] != purpose:
            raise TokenRefused("The token is invalid or has expired.")
        return claims


def _private_key(jwk: dict[str, Any]) -> Ed25519PrivateKey:
    key = OKPAlgorithm.from_jwk(jwk)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("not a private Ed25519 key")
    return key


def new_signing_key() -> dict[str, Any]:
    """A private JWK set with one new key, named by the thumbprint of its public half (RFC 7638)."""
    jwk = json.loads(OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate()))
    public = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(public.encode()).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {"keys": [{"kid": kid, "use": "sig", "alg": ALGORITHM, **jwk}]}
