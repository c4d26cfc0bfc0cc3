"""On a real broker each service may do its own work and nothing in the name or the place of another."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from amqp.exceptions import AccessRefused
from kombu.connection import Connection
from kombu.entity import Exchange

from deploy.broker.definitions import USERS, definitions
from deploy.broker.keys import EVERYBODY
from deploy.database.provision import SERVICES
from deploy.local import rabbitmq
from deploy.local.broker import Broker
from deploy.testing_broker import private_node
from shared.messaging import bus
from shared.messaging.signals import Signals

PAID = "payments.repayment.recorded.v1"
DEFAULT = Exchange("")


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    if not rabbitmq.is_installed():
        pytest.skip("Needs the programs of RabbitMQ on this machine, for a node with our definitions.")
    with private_node() as broker:
        for service in SERVICES:
            with bus.connect(broker.url_of(service)) as connection:
                bus.declare(connection, service, [PAID])
        yield broker


@pytest.fixture
def membership(broker: Broker) -> Iterator[Connection]:
    """What a process of membership can do that was taken over, having deleted what it may delete."""
    with bus.connect(broker.url_of("membership")) as connection:
        connection.channel().exchange_delete("mp.membership.ready")
        yield connection


def publish(connection: Connection, exchange: Exchange, key: str) -> set[str]:
    return bus.publisher(connection, exchange).publish([bus.Message("1", key, "{}")])


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_does_its_own_work(broker: Broker, service: str) -> None:
    with bus.connect(broker.url_of(service)) as connection, connection.channel() as channel:
        bus.declare(connection, service, [f"{service}.thing.happened.v1"])
        assert bus.are_bound(connection, SERVICES)
        assert publish(connection, bus.own_exchange(service), service) == set()
        assert publish(connection, bus.EVENTS, f"{service}.thing.happened.v1") == set()
        Signals(connection).applied(service, [], {})
        Signals(connection).heartbeat(service)
        for queue in (f"mp.{service}", f"mp.{service}.dead"):
            assert channel.basic_get(queue).body == "{}"


def rights_of(service: str) -> tuple[str, str, str]:
    (row,) = [
        row
        for row in json.loads(definitions(dict.fromkeys(USERS, "x")))["permissions"]
        if (row["user"], row["vhost"]) == (service, "/")
    ]
    return row["configure"], row["write"], row["read"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_some_right_to_all_that_it_asks_about(service: str) -> None:
    """Newer releases of RabbitMQ tell nobody else that a thing is there."""
    asked = [
        f"mp.{service}",
        f"mp.{service}.dead",
        "mp.events",
        "mp.signals",
        *(f"mp.{name}.ready" for name in SERVICES),
    ]
    for name in asked:
        assert any(re.search(right, name) for right in rights_of(service)), name


def test_the_gateway_hears_what_it_follows_and_tells_nothing(broker: Broker) -> None:
    with bus.connect(broker.url_of("gateway")) as connection, connection.channel() as channel:
        channel.queue_declare("mp.gateway.1", durable=False, exclusive=True)
        channel.queue_bind("mp.gateway.1", "mp.events", "identity.session.revoked.v1")
        channel.queue_bind("mp.gateway.1", "mp.signals", "applied.*")
        for exchange in (bus.EVENTS, bus.SIGNALS, DEFAULT):
            with pytest.raises(AccessRefused):
                publish(connection, exchange, "identity.session.revoked.v1")
        with pytest.raises(AccessRefused):
            connection.channel().queue_bind("mp.gateway.1", "mp.events", PAID)


REFUSED: dict[str, Callable[[Connection], object]] = {
    "an event of another": lambda it: publish(it, bus.EVENTS, PAID),
    "a signal of another": lambda it: publish(it, bus.SIGNALS, "heartbeat.identity"),
    "past the exchange": lambda it: publish(it, DEFAULT, "mp.lending"),
    "to another alone": lambda it: publish(it, bus.own_exchange("lending"), PAID),
    "another's dead letters": lambda it: publish(it, bus.DEAD, "lending"),
    "take from another": lambda it: it.channel().basic_get("mp.lending"),
    "take another's dead letters": lambda it: it.channel().basic_get("mp.lending.dead"),
    "empty another": lambda it: it.channel().queue_purge("mp.lending"),
    "bind another": lambda it: it.channel().queue_bind("mp.lending", "mp.events", "#"),
    "unbind another": lambda it: it.channel().queue_unbind("mp.lending", "mp.events", PAID),
    "delete another": lambda it: it.channel().queue_delete("mp.lending"),
    "delete its own": lambda it: it.channel().queue_delete("mp.membership"),
    "delete the exchange": lambda it: it.channel().exchange_delete("mp.events"),
    "make a queue": lambda it: it.channel().queue_declare("mine"),
    "pass on by dead letters": lambda it: it.channel().queue_declare(
        "mp.membership.ready",
        arguments={"x-dead-letter-exchange": "mp.events", "x-dead-letter-routing-key": PAID, "x-message-ttl": 0},
    ),
    "pass on by an exchange": lambda it: it.channel().exchange_declare(
        "mp.membership.ready", "topic", durable=True, auto_delete=False, arguments={"alternate-exchange": "mp.events"}
    ),
    "pass on by a binding": lambda it: (
        it.channel().exchange_bind("mp.events", "mp.membership", "#"),
        publish(it, bus.own_exchange("membership"), PAID),
    ),
}


@pytest.mark.parametrize("deed", REFUSED.values(), ids=REFUSED.keys())
def test_the_broker_refuses_what_is_not_ones_own(membership: Connection, deed: Callable[[Connection], object]) -> None:
    with pytest.raises(AccessRefused):
        deed(membership)


def test_everybody_has_a_user_and_nobody_is_let_in_otherwise(broker: Broker) -> None:
    assert broker.own_urls.keys() == set(EVERYBODY)
    place = broker.url.rpartition("@")[2]
    for user in ("guest:guest", "lending:guest", "millenium:millenium", "millenium:"):
        with pytest.raises(AccessRefused):
            bus.connect(f"amqp://{user}@{place}")
