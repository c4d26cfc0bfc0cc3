"""A real gateway process, stand-ins for the services behind it, and a real RabbitMQ beside it."""

from collections.abc import Callable, Iterator

import pytest

from gateway.tests.bus import Bus
from gateway.tests.client import Client
from gateway.tests.process import ORIGIN, Gateway, Start, asks_nobody
from gateway.tests.services import Services
from shared.context import Role
from shared.testing import INTERNAL_SECRET, SigningKey, an_actor, event_keys, eventually


@pytest.fixture(scope="package")
def all_services() -> Iterator[Services]:
    services = Services()
    yield services
    services.stop()


@pytest.fixture
def services(all_services: Services) -> Services:
    """The five services, as on their first day."""
    all_services.forget()
    return all_services


@pytest.fixture(scope="package")
def start_gateway(
    all_services: Services, signing_key: SigningKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Start a gateway with the settings of the tests and `changes`; it ends with the last of them."""
    started: list[Gateway] = []

    def start(broker_url: str, **changes: str) -> Gateway:
        environment = {
            **all_services.environment,
            "BROKER_URL": broker_url,
            "JWKS_URL": signing_key.jwks_url,
            "INTERNAL_SECRET": INTERNAL_SECRET,
            "EVENT_KEYS": event_keys("gateway").to_text(),
            "GATEWAY_ALLOWED_ORIGINS": ORIGIN,
            "GATEWAY_AWAY_SECONDS": "0.5",
            "ENVIRONMENT": "development",
        }
        gateway = Gateway(environment | changes, tmp_path_factory.mktemp("gateway") / "gateway.log")
        started.append(gateway)
        return gateway

    yield start
    for gateway in started:
        gateway.ask_to_stop()
    for gateway in started:
        gateway.wait_until_stopped()


@pytest.fixture(scope="package")
def bus(broker_url: str) -> Iterator[Bus]:
    """The services' side of the bus; identity's heart beats on it."""
    with Bus(broker_url) as bus:
        yield bus


@pytest.fixture(scope="package")
def start_connected(
    start_gateway: Start, broker_url: str, bus: Bus, all_services: Services, signing_key: SigningKey
) -> Callable[..., Gateway]:
    """Start a gateway with `changes`, and wait until it receives from the bus."""

    def start(**changes: str) -> Gateway:
        gateway = start_gateway(broker_url, **changes)
        gateway.wait_until_healthy()
        officer = gateway.client.signed_in(signing_key.token(an_actor(Role.CREDIT_OFFICER)))
        eventually(lambda: asks_nobody(officer, all_services), seconds=60)
        return gateway

    return start


@pytest.fixture(scope="package")
def _gateway(start_connected: Callable[..., Gateway]) -> Gateway:
    return start_connected()


@pytest.fixture(scope="package")
def _patient_gateway(start_connected: Callable[..., Gateway]) -> Gateway:
    return start_connected(GATEWAY_FOLLOWERS_SECONDS="30")


@pytest.fixture
def gateway(_gateway: Gateway, services: Services) -> Gateway:
    """The gateway most tests share; the feed is current, so identity is not asked about sessions."""
    return _gateway


@pytest.fixture(scope="package")
def _lonely_gateway(start_gateway: Start) -> Gateway:
    gateway = start_gateway(
        "amqp://127.0.0.1:1//",
        REPORTING_URL="http://127.0.0.1:1",
        GATEWAY_READ_SECONDS="0.5",
        GATEWAY_ALLOWED_HOSTS="api.example.org, 127.0.0.1",
        GATEWAY_BEHIND_TLS="true",
    )
    gateway.wait_until_ready()
    return gateway


@pytest.fixture
def lonely_gateway(_lonely_gateway: Gateway, services: Services) -> Gateway:
    """A gateway whose broker and reporting service do not exist, that waits half a second for the others, and that
    answers to two names, over TLS."""
    return _lonely_gateway


@pytest.fixture
def client(gateway: Gateway) -> Client:
    """Talks to the gateway without a token."""
    return gateway.client


@pytest.fixture
def officer(gateway: Gateway, signing_key: SigningKey) -> Client:
    """Talks to the gateway as a credit officer."""
    return gateway.client.signed_in(signing_key.token(an_actor(Role.CREDIT_OFFICER)))


@pytest.fixture
def patient_gateway(_patient_gateway: Gateway, services: Services) -> Gateway:
    """A gateway that waits long for followers, so that a busy machine makes none of them late."""
    return _patient_gateway


@pytest.fixture
def patient_officer(patient_gateway: Gateway, signing_key: SigningKey) -> Client:
    """A credit officer at the patient gateway."""
    return patient_gateway.client.signed_in(signing_key.token(an_actor(Role.CREDIT_OFFICER)))
