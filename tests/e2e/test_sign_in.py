"""Signing in and what follows from it, across processes: keys, links, impersonation, calls past the gateway."""

import base64
import json
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.local.parts import JWKS, MAIL, SIGNING_KEYS
from services.identity.credentials.keys import PUBLISHED_AHEAD, rotate_file
from shared.testing import eventually
from tests.client import Person, mailed_link, sign_in
from tests.institution import PASSWORD, new_staff

# One route of each service that every signed-in person may call; of notifications one for admins, for it has no other.
READS = {
    "identity": "/users",
    "membership": "/unions",
    "lending": "/loans",
    "payments": "/repayments",
    "reporting": "/audit-logs",
    "notifications": "/settings/mails",
}


class Direct(Person):
    """Somebody inside the network who goes round the gateway."""

    __slots__ = ()

    def status(self, path, **headers):
        return self._send("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})[0]


def forged(token):
    """Tokens that say what a good one says and were not made by identity."""
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    nobody = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in (header | {"alg": "none"}, claims)
    )
    stranger = jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": header["kid"]})
    raised = token.split(".")
    raised[1] = base64.urlsafe_b64encode(json.dumps(claims | {"role": "ADMIN"}).encode()).rstrip(b"=").decode()
    return [f"{nobody}.", stranger, ".".join(raised), token[:-4], "garbage"]


@pytest.mark.parametrize("service", READS)
def test_a_service_believes_nobody_who_goes_round_the_gateway(admin, platform, service):
    direct, path = Direct(platform.service_urls[service]), READS[service]
    assert direct.status(path, Authorization=f"Bearer {admin.token}") == 200
    identity = {
        "X_User_Id": admin.id, "X_User_Role": "ADMIN", "X_Identity": admin.id, "X_Forwarded_User": "admin",
        "X_Internal": "1",
    }  # fmt: skip
    assert direct.status(path) == 401
    assert direct.status(path, **identity) == 401
    assert direct.status(path, Cookie=f"access_token={admin.token}") == 401
    for token in forged(admin.token):
        assert direct.status(path, Authorization=f"Bearer {token}", **identity) == 401
    assert direct.status(path, Authorization="Internal guess") == 401


def test_refresh_tokens_open_nothing(admin, platform):
    email = new_staff(admin, "SUPERVISOR").get("/auth/me").data["email"]
    tokens = Person(platform.url).post("/auth/login", {"email": email, "password": PASSWORD}).data
    assert Person(platform.url, tokens["refreshToken"]).get("/loans").status == 401
    for service, path in READS.items():
        direct = Direct(platform.service_urls[service])
        assert direct.status(path, Authorization=f"Bearer {tokens['refreshToken']}") == 401


def kid(token):
    return jwt.get_unverified_header(token)["kid"]


def test_keys_are_renewed_under_running_processes_and_nobody_is_signed_out(admin, platform):
    email = new_staff(admin, "SUPERVISOR").get("/auth/me").data["email"]
    before = sign_in(platform.url, email, PASSWORD)
    # As if made so long ago that the new key signs in eight seconds: no less than those who verify need.
    signs_at = time.time() + 8
    made_at = signs_at - PUBLISHED_AHEAD.total_seconds()
    private, public = platform.root / SIGNING_KEYS, platform.root / JWKS
    renewed = rotate_file(private, public, now=made_at, longest_life=timedelta(days=30))
    newer, older = (key["kid"] for key in renewed["keys"][:2])

    def published():
        with urlopen(f"{platform.service_urls['identity']}/.well-known/jwks.json", timeout=5) as answer:
            return [key["kid"] for key in json.load(answer)["keys"]]

    assert eventually(lambda: published() == [newer, older])

    assert eventually(lambda: time.time() > signs_at, seconds=30)
    after = sign_in(platform.url, email, PASSWORD)
    assert [kid(before.token), kid(after.token)] == [older, newer]
    for url in platform.urls:
        assert [person.again(url).get("/auth/me").status for person in (before, after)] == [200, 200]
    for service, path in READS.items():
        direct = Direct(platform.service_urls[service])
        for person in (before, after):
            expected = 403 if service == "notifications" else 200
            assert direct.status(path, Authorization=f"Bearer {person.token}") == expected


def test_acting_as_somebody_ends_at_every_gateway_when_the_admin_signs_out(admin, team, platform):
    body = {"email": "second@example.org", "firstName": "Second", "lastName": "Admin", "role": "ADMIN"}
    admin.post("/users", body | {"password": PASSWORD}).accepted()
    second = sign_in(platform.url, "second@example.org", PASSWORD)
    data = second.post(f"/auth/impersonate/{team.officer.id}").data
    acting = Person(platform.url, data["accessToken"])
    assert acting.get("/auth/me").data["impersonatedBy"]["email"] == "second@example.org"
    member = team.member()
    assert acting.get(f"/union-members/{member['id']}").status == 200
    assert second.post("/auth/logout").status == 200
    for url in platform.urls:
        assert acting.again(url).get("/auth/me").status == 401
        assert acting.again(url).get("/loans").status == 401
    assert team.officer.get("/loans").status == 200


def test_a_forgotten_password_comes_back_by_mail(admin, platform):
    officer = new_staff(admin, "SUPERVISOR")
    email = officer.get("/auth/me").data["email"]
    assert Person(platform.url).post("/auth/forgot-password", {"email": email}).status == 200

    link = eventually(lambda: mailed_link(platform.root / MAIL, email, "/auth/reset-password?"))
    query = parse_qs(urlsplit(link).query)
    shown = [mail["content"] or "" for mail in admin.get("/settings/mails", limit=100).data if mail["to"] == email]
    assert shown
    assert not [text for text in shown if query["token"][0] in text]
    body = {"email": query["email"][0], "token": query["token"][0], "newPassword": "Found-Again-7"}
    assert Person(platform.url).post("/auth/reset-password", body).status == 200
    assert officer.get("/auth/me").status == 401
    assert sign_in(platform.url, email, "Found-Again-7").get("/auth/me").status == 200
