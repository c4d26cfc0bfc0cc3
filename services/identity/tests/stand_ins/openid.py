"""A provider of OpenID Connect (Core 1.0, Discovery 1.0, RFC 6749, RFC 7636), and GitHub's dialect of OAuth 2.0.

What it does wrong, when a test asks for it, is in `claims`, `forger` and `issuer_named`.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "loans-at-potters", "s3cret-of-the-client"


@dataclass
class Person:
    """Who sits at the browser, and what the provider knows of them."""

    email: str
    is_verified: bool = True


@dataclass
class Stranger:
    """The provider. Its `url` is known once it is served."""

    person: Person = field(default_factory=lambda: Person("nobody@example.org"))
    claims: dict[str, Any] = field(default_factory=dict)
    forger: RSAPrivateKey | None = None
    issuer_named: str | None = None
    url: str = ""
    key: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_new(self, person: Person) -> None:
        """Honest again, with somebody else at the browser."""
        self.person, self.claims, self.forger, self.issuer_named = person, {}, None, None

    def id_token(self, asked: dict[str, str], access_token: str) -> str:
        at_hash = base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()
        issued_at = int(time.time())
        said = {
            "iss": self.url, "aud": CLIENT_ID, "azp": CLIENT_ID, "sub": "1184", "iat": issued_at,
            "exp": issued_at + 3600, "nonce": asked["nonce"], "at_hash": at_hash, "email": self.person.email,
            "email_verified": self.person.is_verified,
        } | self.claims  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "1"}, said, RSAKey.import_key(self.forger or self.key))


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def make_stranger(stranger: Stranger) -> Flask:
    """The provider as an app."""
    app = Flask("stranger")
    _speak_openid(app, stranger)
    _speak_github(app, stranger)
    return app


def _authorize(stranger: Stranger) -> Response:
    asked = request.args.to_dict()
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    code = secrets.token_urlsafe(16)
    stranger.codes[code] = asked
    back = {"code": code, "state": asked["state"]}
    if stranger.issuer_named:
        back["iss"] = stranger.issuer_named
    return redirect(f"{asked['redirect_uri']}?{urlencode(back)}")


def _spend(stranger: Stranger) -> dict[str, str] | None:
    """What was asked for with the code of this token request, if all of it fits (RFC 6749 4.1.3, RFC 7636 4.6)."""
    form = request.form
    asked = stranger.codes.pop(form.get("code", ""), None)
    fits = (
        asked is not None
        and (form["client_id"], form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        and form["grant_type"] == "authorization_code"
        and form["redirect_uri"] == asked["redirect_uri"]
        and _challenge(form["code_verifier"]) == asked["code_challenge"]
    )
    return asked if fits else None


def _speak_openid(app: Flask, stranger: Stranger) -> None:
    app.add_url_rule("/authorize", "authorize", partial(_authorize, stranger))

    @app.get("/.well-known/openid-configuration")
    def configuration() -> Response:
        return jsonify(
            issuer=stranger.url,
            authorization_endpoint=f"{stranger.url}/authorize",
            token_endpoint=f"{stranger.url}/token",
            jwks_uri=f"{stranger.url}/keys",
        )

    @app.get("/keys")
    def keys() -> Response:
        public = RSAKey.import_key(stranger.key.public_key()).as_dict()
        return jsonify(keys=[public | {"kid": "1", "alg": "RS256", "use": "sig"}])

    @app.post("/token")
    def token() -> tuple[Response, int]:
        asked = _spend(stranger)
        if asked is None:
            return jsonify(error="invalid_grant"), 400
        assert "openid" in asked["scope"].split()
        access_token = secrets.token_urlsafe(16)
        id_token = stranger.id_token(asked, access_token)
        return jsonify(access_token=access_token, token_type="Bearer", expires_in=3600, id_token=id_token), 200


def _speak_github(app: Flask, stranger: Stranger) -> None:
    app.add_url_rule("/login/oauth/authorize", "authorize_github", partial(_authorize, stranger))

    @app.post("/login/oauth/access_token")
    def github_token() -> Response:
        # GitHub answers failures with status 200.
        if _spend(stranger) is None:
            return jsonify(error="bad_verification_code", error_description="The code passed is incorrect or expired.")
        return jsonify(access_token="gho_1", token_type="bearer", scope="user:email")

    @app.get("/user/emails")
    def emails() -> tuple[Response, int]:
        if request.headers.get("Authorization") != "Bearer gho_1":
            return jsonify(message="Bad credentials"), 401
        own = {"email": stranger.person.email, "primary": True, "verified": stranger.person.is_verified}
        other = {"email": "other@example.org", "primary": False, "verified": True}
        return jsonify([other, own]), 200
