"""How much one person or address may ask, whichever gateway process is asked."""

import pytest

from gateway.tests.client import Client
from gateway.tests.conftest import Start
from gateway.tests.process import Gateway
from gateway.tests.services import Services
from shared.context import Role
from shared.testing import SigningKey, an_actor, eventually

QUOTA = 5
FEW = {"GATEWAY_REQUESTS_PER_WINDOW": str(QUOTA), "GATEWAY_EXPORTS_PER_WINDOW": "2"}
# Those of one test count on an address that no other has: only a trusted proxy may name one.
PROXIED = {
    "GATEWAY_REFUSALS_PER_WINDOW": "3",
    "GATEWAY_TRUSTED_PROXIES": "127.0.0.1",
    "GATEWAY_REQUESTS_PER_WINDOW": "9",
}
PROVING = [
    ("POST", "/api/auth/refresh"),
    ("POST", "/api/auth/refresh/"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/reset-password"),
    ("POST", "/api/auth/password-reset/confirm"),
    ("POST", "/api/auth/magic-link/verify"),
    ("GET", "/api/auth/oauth/google/callback?state=x"),
    ("GET", "/api/documents/serve/7?signature=x"),
    ("GET", "/api/documents/serve/7/?%73ignature=x"),
]


@pytest.fixture(scope="module")
def strict(start_gateway: Start, broker_url: str) -> list[Gateway]:
    gateways = [start_gateway(broker_url, **FEW) for _ in range(2)]
    for gateway in gateways:
        gateway.wait_until_ready()
    return gateways


def _somebody(gateway: Gateway, key: SigningKey) -> Client:
    return gateway.client.signed_in(key.token(an_actor(Role.CREDIT_OFFICER)))


def test_a_person_is_told_what_is_left_and_when_to_come_back(
    strict: list[Gateway], services: Services, signing_key: SigningKey
) -> None:
    client = _somebody(strict[0], signing_key)
    left = [client.get("/api/loans").header("RateLimit-Remaining") for _ in range(QUOTA)]
    assert left == ["4", "3", "2", "1", "0"]
    refused = client.get("/api/loans")
    assert (refused.status, refused.json["success"]) == (429, False)
    assert 0 < int(refused.header("Retry-After") or 0) <= 900
    assert len(services.seen_at("/loans")) == QUOTA


def test_a_limit_holds_over_all_processes_and_a_new_one(
    strict: list[Gateway], start_gateway: Start, broker_url: str, services: Services, signing_key: SigningKey
) -> None:
    token = signing_key.token(an_actor(Role.CREDIT_OFFICER))
    for _ in range(QUOTA):
        assert strict[0].client.signed_in(token).get("/api/loans").status == 200
    other = strict[1].client.signed_in(token)
    eventually(lambda: other.get("/api/loans").status == 429)
    newcomer = start_gateway(broker_url, **FEW)
    newcomer.wait_until_ready()
    eventually(lambda: newcomer.client.signed_in(token).get("/api/loans").status == 429)


def test_counts_whose_answer_was_lost_are_told_again_and_counted_once(
    strict: list[Gateway], services: Services, signing_key: SigningKey
) -> None:
    actor = an_actor(Role.CREDIT_OFFICER)
    client = strict[0].client.signed_in(signing_key.token(actor))
    services.unanswered.add("/internal/requests")
    assert client.get("/api/loans").status == 200
    eventually(lambda: max(services.batches.values(), default=0) >= 3)
    assert client.get("/api/loans").status == 200
    assert services.requests_of(actor.id) == 1
    services.unanswered.clear()
    eventually(lambda: services.requests_of(actor.id) == 2)


def test_identity_is_told_who_is_active_unless_somebody_acts_in_their_name(
    strict: list[Gateway], services: Services, signing_key: SigningKey
) -> None:
    impersonated, active = (an_actor(Role.CREDIT_OFFICER) for _ in range(2))
    client = strict[0].client
    client.signed_in(signing_key.token(impersonated, imp=str(active.id))).get("/api/loans")
    client.signed_in(signing_key.token(active)).get("/api/loans")
    eventually(lambda: str(active.id) in services.active)
    assert str(impersonated.id) not in services.active


def test_the_limit_of_one_is_not_that_of_another(
    strict: list[Gateway], services: Services, signing_key: SigningKey
) -> None:
    first, second = (_somebody(strict[0], signing_key) for _ in range(2))
    while first.get("/api/loans").status == 200:
        pass
    assert second.get("/api/loans").status == 200


def test_exports_have_a_limit_of_their_own(strict: list[Gateway], services: Services, signing_key: SigningKey) -> None:
    client = _somebody(strict[0], signing_key)
    assert [client.get("/api/users/export").status for _ in range(3)] == [200, 200, 429]
    assert client.get("/api/loans").status == 200


def test_who_is_not_signed_in_is_counted_by_address_whatever_they_claim(
    strict: list[Gateway], services: Services
) -> None:
    asked = [
        strict[0].client.get("/api/settings/public", X_Forwarded_For=f"203.0.113.{number}").status
        for number in range(QUOTA + 2)
    ]
    assert asked[-1] == 429


@pytest.mark.parametrize("path", ["/api/auth/me", "/health", "/api/health", "/ping"])
def test_what_the_web_client_lives_on_is_never_refused(
    strict: list[Gateway], services: Services, signing_key: SigningKey, path: str
) -> None:
    client = _somebody(strict[0], signing_key)
    assert {client.get(path).status for _ in range(QUOTA + 3)} == {200}


@pytest.fixture(scope="module")
def proxied(start_gateway: Start, broker_url: str) -> Gateway:
    gateway = start_gateway(broker_url, **PROXIED)
    gateway.wait_until_ready()
    return gateway


@pytest.mark.parametrize(("method", "path"), PROVING, ids=str)
def test_who_brings_worthless_secrets_is_stopped_by_address(
    proxied: Gateway, services: Services, method: str, path: str
) -> None:
    number = PROVING.index((method, path))
    plain = path.partition("?")[0].rstrip("/").removeprefix("/api")

    def ask(address: str) -> int:
        return proxied.client.request(method, path, headers={"X-Forwarded-For": address}).status

    services.react(plain, status=401, body={"success": False, "message": "No."})
    guesser = f"198.51.100.{number}"
    assert [ask(guesser) for _ in range(4)] == [401, 401, 401, 429]
    assert len(services.seen_at(plain)) == 3
    assert ask(f"203.0.113.{number}") == 401
    services.react(plain, status=200, body={"success": True})
    assert ask(f"192.0.2.{number}") == 200
    assert ask(guesser) == 429


def test_what_is_in_order_is_no_guess(proxied: Gateway, services: Services) -> None:
    headers = {"X-Forwarded-For": "198.51.100.200"}
    statuses = [proxied.client.request("POST", "/api/auth/refresh", headers=headers).status for _ in range(8)]
    assert set(statuses) == {200}


@pytest.mark.parametrize("token", ["", "Bearer a.b.c"], ids=["none", "forged"])
def test_who_is_nobody_is_counted_too(proxied: Gateway, services: Services, token: str) -> None:
    headers = {"X-Forwarded-For": f"198.51.100.{210 + len(token)}", "Authorization": token}
    statuses = [proxied.client.request("GET", "/api/loans", headers=headers).status for _ in range(10)]
    assert statuses == [401] * 9 + [429]
