"""Nobody gets in without a token that identity made for this use and that still lives."""

import base64
import hashlib
import hmac
import time
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.authority.tokens import SignInUnavailable, verified_claims
from gateway.tests.client import Client
from gateway.tests.services import Services
from shared.context import Role
from shared.testing import SigningKey, an_actor
from shared.tokens import TokenVerifier

OFFICER = an_actor(Role.CREDIT_OFFICER)


def test_without_a_token_nothing_is_forwarded(client: Client, services: Services) -> None:
    answer = client.get("/api/loans")
    assert answer.status == 401
    said = {"success": False, "message": "Please sign in to continue", "code": "token-missing"}
    assert answer.json == said | {"requestId": answer.header("X-Request-Id")}
    assert answer.header("WWW-Authenticate") == "Bearer"
    assert not services.seen


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_good_token_passes(client: Client, signing_key: SigningKey, scheme: str) -> None:
    assert client.get("/api/loans", Authorization=f"{scheme} {signing_key.token(OFFICER)}").status == 200


@pytest.mark.parametrize("header", [None, "Bearer null", "Bearer undefined", "Bearer ", "Bearer"])
def test_the_cookie_stands_in_for_an_absent_header(
    client: Client, services: Services, signing_key: SigningKey, header: str | None
) -> None:
    token = signing_key.token(OFFICER)
    headers = {"Cookie": f"theme=dark; access_token={token}; x=y"} | ({"Authorization": header} if header else {})
    assert client.request("GET", "/api/loans", headers=headers).status == 200
    assert services.seen[0].header("Authorization") == f"Bearer {token}"
    assert services.seen[0].header("Cookie") is None


@pytest.mark.parametrize("header", ["Basic YTpi", "Internal x", "Bearer garbage", "garbage"])
def test_a_bad_header_is_not_replaced_by_the_cookie(client: Client, signing_key: SigningKey, header: str) -> None:
    cookie = f"access_token={signing_key.token(OFFICER)}"
    answer = client.get("/api/loans", Authorization=header, Cookie=cookie)
    assert (answer.status, answer.json["code"]) == (401, "token-invalid")


def _forged(key: SigningKey) -> dict[str, str]:
    now = int(time.time())
    claims = jwt.decode(key.token(OFFICER), options={"verify_signature": False})
    public = key._private.public_key().public_bytes_raw()
    stranger = Ed25519PrivateKey.generate()

    def unsigned(algorithm: str) -> str:
        return f"{_encoded({'alg': algorithm, 'kid': key.kid})}.{_encoded(claims)}."

    def with_header(**header: Any) -> str:
        return jwt.encode(claims, stranger, algorithm="EdDSA", headers={"kid": key.kid, **header})

    signed_with_public = f"{_encoded({'alg': 'HS256', 'kid': key.kid})}.{_encoded(claims)}"
    mac = hmac.new(public, signed_with_public.encode(), hashlib.sha256).digest()
    return {
        "alg none": unsigned("none"),
        "alg NoNe": unsigned("NoNe"),
        "signed with the public key": f"{signed_with_public}.{_base64(mac)}",
        "signed by a stranger": with_header(),
        "a key in the header": with_header(jwk={"kty": "OKP", "crv": "Ed25519", "x": _base64(public)}),
        "a key by address": with_header(jku="http://evil.example/jwks.json", x5u="http://evil.example/x"),
        "an unknown key": with_header(kid="nobody"),
        "a path for a key": with_header(kid="../../../dev/null"),
        "a statement for a key": with_header(kid="' OR '1'='1"),
        "an unknown extension": jwt.encode(
            claims, key._private, algorithm="EdDSA", headers={"kid": key.kid, "crit": ["x"], "x": 1}
        ),
        "expired": key.token(OFFICER, exp=now - 1),
        "not yet": key.token(OFFICER, nbf=now + 600),
        "from the future": key.token(OFFICER, iat=now + 600),
        "for another audience": key.token(OFFICER, aud="somebody"),
        "from another issuer": key.token(OFFICER, iss="somebody"),
        "a refresh token": key.token(OFFICER, typ="refresh"),
        "of no type": key.token(OFFICER, typ=None),
        "without an end": key.token(OFFICER, exp=None),
        "of nobody": key.token(OFFICER, sub=None),
        "of no session": key.token(OFFICER, sid=None),
        "without an id": key.token(OFFICER, jwtId=None),
        "of an unknown role": key.token(OFFICER, role="OWNER"),
        "changed": key.token(OFFICER)[:-6] + "AAAAAA",
        "nested deeper than a parser goes": f"{_base64(b'[' * 2900)}.e30.AAAA",
        "5 KB of anything": "x" * 5000,
        "empty parts": "..",
    }


def test_no_forged_token_gets_in(client: Client, services: Services, signing_key: SigningKey) -> None:
    for name, token in _forged(signing_key).items():
        answer = client.get("/api/loans", Authorization=f"Bearer {token}")
        assert (answer.status, answer.json["code"]) == (401, "token-invalid"), name
    assert not services.seen


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=300))
def test_garbage_is_never_more_than_a_refusal(client: Client, services: Services, token: str) -> None:
    assert client.get("/api/loans", Authorization=f"Bearer {token}").status == 401


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/refresh", "/api/auth/register", "/api/auth/logout"])
def test_public_paths_pass_whatever_token_they_carry(client: Client, services: Services, path: str) -> None:
    assert client.post(path).status == 200
    assert client.post(path, Authorization="Bearer dead").status == 200
    # Logging out must work with a dead token, so identity gets to see it.
    assert [seen.header("Authorization") for seen in services.seen] == [None, "Bearer dead"]


@pytest.mark.parametrize(
    "path", ["/api/auth/me", "/api/auth/logins", "/api/auth/login/x", "/api/auth/oauth", "/api/auth"]
)
def test_what_is_not_listed_as_public_is_not(client: Client, services: Services, path: str) -> None:
    assert client.get(path).status == 401
    assert not services.seen


def test_a_token_over_four_kilobytes_is_not_passed_on_either(client: Client, services: Services) -> None:
    client.post("/api/auth/logout", Authorization=f"Bearer {'x' * 5000}")
    assert services.seen[0].header("Authorization") is None


def test_without_keys_it_cannot_be_said_who_asks(signing_key: SigningKey) -> None:
    verifier = TokenVerifier("http://127.0.0.1:1/jwks.json")
    with pytest.raises(SignInUnavailable):
        verified_claims(verifier, signing_key.token(OFFICER))


def _encoded(content: Any) -> str:
    return _base64(orjson.dumps(content))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
