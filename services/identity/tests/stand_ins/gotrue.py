"""Supabase Auth (GoTrue): password grant, recovery, one-time links and its key set, as its API reference has them."""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from flask import Flask, Response, jsonify, request
from jwt.algorithms import ECAlgorithm

API_KEY = "anon-key"
Answer = tuple[Response, int]


@dataclass
class GoTrue:
    """A project: its users by address, and the links it has mailed. `claims` and `forger` make its tokens bad."""

    url: str = ""
    passwords: dict[str, str] = field(default_factory=dict)
    unconfirmed: set[str] = field(default_factory=set)
    mailed: list[tuple[str, str, str]] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    forger: EllipticCurvePrivateKey | None = None
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    tokens: dict[str, str] = field(default_factory=dict)

    def as_new(self, **passwords: str) -> None:
        """Honest again, with these users and nothing mailed."""
        self.passwords, self.unconfirmed, self.mailed = passwords, set(), []
        self.claims, self.forger = {}, None

    def session(self, email: str) -> Response:
        issued_at = int(time.time())
        said = {
            "iss": f"{self.url}/auth/v1", "aud": "authenticated", "sub": str(uuid4()), "iat": issued_at,
            "exp": issued_at + 3600, "email": email, "role": "authenticated",
        } | self.claims  # fmt: skip
        token = jwt.encode(said, self.forger or self.key, algorithm="ES256", headers={"kid": "k1"})
        self.tokens[token] = email
        confirmed = None if email in self.unconfirmed else "2026-01-01T00:00:00Z"
        user = {"id": said["sub"], "email": email, "email_confirmed_at": confirmed}
        return jsonify(access_token=token, token_type="bearer", expires_in=3600, refresh_token="r", user=user)

    def mail(self, kind: str, email: str) -> None:
        if email in self.passwords:
            token_hash = hashlib.sha224(secrets.token_bytes(16)).hexdigest()
            self.mailed.append((kind, email, token_hash))

    def redeem(self, kind: str, token_hash: str) -> str | None:
        for link in self.mailed:
            if (link[0], link[2]) == (kind, token_hash):
                self.mailed.remove(link)
                return link[1]
        return None


def make_gotrue(project: GoTrue) -> Flask:
    """The project as an app."""
    app = Flask("gotrue")
    _sign_in(app, project)
    _mail_links(app, project)
    return app


def _sign_in(app: Flask, project: GoTrue) -> None:
    @app.before_request
    def check_key() -> Answer | None:
        if request.path.endswith("jwks.json") or request.headers.get("apikey") == API_KEY:
            return None
        return jsonify(message="No API key found in request"), 401

    @app.get("/auth/v1/.well-known/jwks.json")
    def keys() -> Response:
        public = ECAlgorithm.to_jwk(project.key.public_key(), as_dict=True)
        return jsonify(keys=[public | {"kid": "k1", "alg": "ES256", "use": "sig"}])

    @app.post("/auth/v1/token")
    def token() -> Response | Answer:
        assert request.args["grant_type"] == "password"
        email, password = request.json["email"], request.json["password"]
        if project.passwords.get(email) != password:
            return jsonify(code=400, error_code="invalid_credentials", msg="Invalid login credentials"), 400
        return project.session(email)

    @app.put("/auth/v1/user")
    def user() -> Response | Answer:
        email = project.tokens.get(request.headers["Authorization"].removeprefix("Bearer "))
        if email is None:
            return jsonify(code=403, error_code="bad_jwt", msg="invalid JWT"), 403
        if request.json["password"] == project.passwords[email]:
            return jsonify(code=422, error_code="same_password", msg="New password should be different"), 422
        project.passwords[email] = request.json["password"]
        return jsonify(email=email)


def _mail_links(app: Flask, project: GoTrue) -> None:
    @app.post("/auth/v1/recover")
    def recover() -> Response:
        project.mail("recovery", request.json["email"])
        return jsonify({})

    @app.post("/auth/v1/otp")
    def otp() -> Response:
        assert request.json["create_user"] is False
        project.mail("magiclink", request.json["email"])
        return jsonify({})

    @app.post("/auth/v1/verify")
    def verify() -> Response | Answer:
        email = project.redeem(request.json["type"], request.json["token_hash"])
        if email is None:
            return jsonify(code=403, error_code="otp_expired", msg="Email link is invalid or has expired"), 403
        return project.session(email)
