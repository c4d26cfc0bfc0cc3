"""A session that was ended is refused at the next request, whatever happens to the bus."""

import threading
from collections.abc import Iterator

import pytest

from gateway.authority.sessions import SILENCE_SECONDS
from gateway.tests.bus import Bus
from gateway.tests.client import Client
from gateway.tests.process import Gateway, asks_nobody
from gateway.tests.services import Services
from shared.context import Actor, Role
from shared.ids import new_id
from shared.testing import INTERNAL_SECRET, SigningKey, an_actor, eventually


@pytest.fixture
def actor() -> Actor:
    return an_actor(Role.CREDIT_OFFICER)


@pytest.fixture
def person(gateway: Gateway, signing_key: SigningKey, actor: Actor) -> Client:
    return gateway.client.signed_in(signing_key.token(actor))


def test_an_ended_session_is_refused_without_asking_anybody(
    person: Client, actor: Actor, bus: Bus, services: Services
) -> None:
    assert person.get("/api/loans").status == 200
    bus.revoked(actor.session_id)
    eventually(lambda: person.get("/api/loans").status == 401)
    assert person.get("/api/loans").json["code"] == "session-revoked"
    assert not services.seen_at(f"/internal/sessions/{actor.session_id}")


def test_a_logout_holds_at_the_very_next_request(person: Client, actor: Actor, bus: Bus, services: Services) -> None:
    event_id = new_id()
    late = threading.Timer(0.2, bus.revoked, (actor.session_id, event_id))
    services.react("/auth/logout", headers={"X-Events": f"identity.session.revoked.v1={event_id}"}, before=late.start)
    assert person.post("/api/auth/logout").header("X-Followers-Behind") is None
    assert person.get("/api/loans").status == 401


def test_a_logout_the_bus_keeps_silent_about_holds_too(
    person: Client, officer: Client, actor: Actor, services: Services
) -> None:
    services.react("/auth/logout", headers={"X-Events": f"identity.session.revoked.v1={new_id()}"})
    services.react(f"/internal/sessions/{actor.session_id}", body={"active": False})
    ended = {"sid": str(actor.session_id), "exp": 32503680000}
    services.react("/internal/revocations", body={"sessions": [ended], "users": []})
    assert person.post("/api/auth/logout").status == 200
    assert person.get("/api/loans").status == 401
    # With a new snapshot identity is left in peace, and the session stays ended.
    eventually(lambda: asks_nobody(officer, services))
    assert person.get("/api/loans").status == 401


@pytest.fixture
def silence(bus: Bus) -> Iterator[None]:
    bus.is_beating.clear()
    yield
    bus.is_beating.set()


def test_a_silent_feed_makes_it_ask_identity(
    person: Client, actor: Actor, bus: Bus, services: Services, silence: None
) -> None:
    assert person.get("/api/loans").status == 200
    eventually(lambda: not asks_nobody(person, services), seconds=SILENCE_SECONDS + 2)
    path = f"/internal/sessions/{actor.session_id}"
    services.react(path, body={"active": False})
    assert person.get("/api/loans").json["code"] == "session-revoked"
    services.react(path, status=503, body={})
    answer = person.get("/api/loans")
    assert (answer.status, answer.json["code"]) == (503, "sign-in-unavailable")
    bus.is_beating.set()
    eventually(lambda: asks_nobody(person, services))


def test_without_a_broker_identity_is_asked_at_every_request(
    lonely_gateway: Gateway, actor: Actor, services: Services, signing_key: SigningKey
) -> None:
    person = lonely_gateway.client.signed_in(signing_key.token(actor))
    path = f"/internal/sessions/{actor.session_id}"
    assert [person.get("/api/loans").status for _ in range(2)] == [200, 200]
    asked = services.seen_at(path)
    assert len(asked) == 2
    credentials = {one.header("Authorization") for one in asked}
    assert len(credentials) == 2
    assert not any(INTERNAL_SECRET in (credential or "") for credential in credentials)
    services.react(path, body={"active": False})
    assert person.get("/api/loans").status == 401


def test_without_a_broker_a_write_is_answered_at_once(
    lonely_gateway: Gateway, actor: Actor, services: Services, signing_key: SigningKey
) -> None:
    services.react("/repayments", headers={"X-Events": f"payments.repayment.recorded.v1={new_id()}"}, status=201)
    person = lonely_gateway.client.signed_in(signing_key.token(actor))
    answer = person.post("/api/repayments")
    assert (answer.status, answer.header("X-Followers-Behind")) == (201, "lending")
