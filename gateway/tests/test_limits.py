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
