"""Subscribers from outside get what they may follow, and nothing they do is noticed inside."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest
from amqp.exceptions import AccessRefused, NotAllowed, PreconditionFailed
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from deploy.broker import subscribers as module
from deploy.broker.definitions import BOUNDED, FORWARDER, MOST_SUBSCRIBERS
from deploy.broker.subscribers import Refused, Subscribers, matches
from deploy.local import rabbitmq
from deploy.local.broker import Broker
from deploy.testing_broker import private_node
from shared.clock import now
from shared.ids import new_id
from shared.messaging import bus
from shared.messaging.contracts import EVERY_TYPE, promised
from shared.messaging.events import Envelope, in_json
from shared.messaging.forwarder import Forwarder, stop_forwarding
from shared.messaging.signatures import HEADER
from shared.testing import event_keys, eventually

PAID = "payments.repayment.recorded.v1"
APPROVED = "lending.loan.approved.v1"
DEFAULT = Exchange("")
LIST_OUTSIDE = ("--vhost", bus.OUTSIDE, "--formatter", "json")


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    if not rabbitmq.is_installed():
        pytest.skip("Needs the programs of RabbitMQ on this machine.")
    with private_node() as broker:
        yield broker


@pytest.fixture
def subscribers(broker: Broker) -> Iterator[Subscribers]:
    subscribers = Subscribers(partial(rabbitmq.control, broker.node))
    yield subscribers
    # As `remove` does, which starts an Erlang machine two times more.
    for somebody in subscribers.all():
        rabbitmq.control(broker.node, ["delete_user", somebody.name])
        with bus.connect(bus.outside(broker.url)) as connection:
            connection.channel().queue_delete(somebody.name)
        stop_forwarding(broker.url, somebody.types)


@pytest.fixture
def forwarding(broker: Broker) -> Iterator[None]:
    stopping = threading.Event()
    forwarder = Forwarder(event_keys(FORWARDER), broker.url_of(FORWARDER), broker.forwarding_url)
    thread = threading.Thread(target=forwarder.run, args=(stopping.wait,))
    thread.start()
    yield
    stopping.set()
    thread.join()
    # What it had taken and not yet handed on went back to the queue, where the next test would find it.
    empty_feed(broker)


def empty_feed(broker: Broker) -> None:
    with bus.connect(broker.url) as connection:
        connection.channel().queue_purge(bus.FEED)


def url_of(broker: Broker, name: str, password: str) -> str:
    return bus.outside(f"amqp://{name}:{password}@{broker.url.rpartition('@')[2]}")


def event(event_type: str, number: int = 0) -> Envelope:
    source = event_type.partition(".")[0]
    return Envelope(new_id(), event_type, source, new_id(), 1, now(), None, None, None, in_json({"number": number}))


@contextmanager
def publishing(broker: Broker, source: str = "payments") -> Iterator[Callable[[Sequence[Envelope]], None]]:
    """Publishes events as the relay of their source does; the broker must take each."""
    with bus.connect(broker.url_of(source)) as connection:
        publisher = bus.publisher(connection, bus.EVENTS)

        def publish(events: Sequence[Envelope]) -> None:
            bodies = [(event, event.to_json()) for event in events]
            messages = [
                bus.Message(str(event.id), event.type, body, event_keys(source).sign(body)) for event, body in bodies
            ]
            assert publisher.publish(messages) == set()

        yield publish


def waiting(broker: Broker, queue: str, *, outside: bool = True) -> int:
    with bus.connect(bus.outside(broker.url) if outside else broker.url) as connection:
        return int(connection.channel().queue_declare(queue, passive=True).message_count)


def taken(url: str, queue: str) -> list[Envelope]:
    """What waits for a subscriber, taken by it."""
    with bus.connect(url) as connection:
        own, found = Queue(queue)(connection.channel()), []
        while (message := own.get(no_ack=True)) is not None:
            assert HEADER not in message.headers
            found.append(Envelope.from_json(message.body))
        return found


def test_a_subscriber_gets_what_it_may_follow_and_nothing_else(broker, subscribers, forwarding):
    url = url_of(broker, "analytics", subscribers.add("analytics", ["payments.#"]))
    paid, approved = event(PAID), event(APPROVED)
    with publishing(broker, "lending") as publish:
        publish([approved])
    with publishing(broker) as publish:
        publish([paid])
    eventually(lambda: waiting(broker, "analytics") == 1)
    assert taken(url, "analytics") == [paid]


REFUSED: dict[str, Callable[[Connection], object]] = {
    "the queue that stopped the stream": lambda it: it.channel().queue_declare(
        "analytics.x", durable=True, arguments={"x-max-length": 5, "x-overflow": "reject-publish"}
    ),
    "a queue of any name": lambda it: it.channel().queue_declare("mine"),
    "a stream": lambda it: it.channel().queue_declare(
        "analytics.stream", durable=True, arguments={"x-queue-type": "stream"}
    ),
    "an exchange": lambda it: it.channel().exchange_declare("analytics.x", "topic"),
    "other types": lambda it: it.channel().queue_bind("analytics", "mp.events", "#"),
    "an event": lambda it: publish_raw(it, bus.EVENTS, PAID),
    "to itself": lambda it: publish_raw(it, Exchange("analytics"), PAID),
    "to a queue": lambda it: publish_raw(it, DEFAULT, "analytics"),
    "another's queue": lambda it: it.channel().basic_get("other"),
    "delete its queue": lambda it: it.channel().queue_delete("analytics"),
}


def publish_raw(connection: Connection, exchange: Exchange, key: str) -> None:
    bus.publisher(connection, exchange).publish([bus.Message("1", key, "{}")])


def test_a_subscriber_can_only_read_its_queue(broker, subscribers):
    url = url_of(broker, "analytics", subscribers.add("analytics", ["payments.#"]))
    subscribers.add("other", [APPROVED])
    for deed in REFUSED.values():
        with bus.connect(url) as connection, pytest.raises(AccessRefused):
            deed(connection)
    with pytest.raises(NotAllowed):
        bus.connect(url.replace(f"/{bus.OUTSIDE}", "//"))


def test_what_a_queue_outside_refuses_costs_neither_the_inside_nor_other_subscribers(broker, subscribers, forwarding):
    """The worst queue there can be outside, which only an operator can make, beside that of a healthy subscriber."""
    url = url_of(broker, "healthy", subscribers.add("healthy", ["payments.#"]))
    with bus.connect(bus.outside(broker.url)) as connection, connection.channel() as channel:
        hostile = {"x-max-length": 5, "x-overflow": "reject-publish"}
        channel.queue_declare("hostile", durable=True, auto_delete=False, arguments=hostile)
        channel.queue_bind("hostile", "mp.events", "payments.#")
        events = [event(PAID, number) for number in range(400)]
        with publishing(broker) as publish:
            for begin in range(0, 400, 20):
                publish(events[begin : begin + 20])
        eventually(lambda: waiting(broker, "healthy") == 400)
        assert waiting(broker, bus.FEED, outside=False) == 0
        assert sorted(str(event.id) for event in taken(url, "healthy")) == sorted(str(event.id) for event in events)
        channel.queue_delete("hostile")


def test_a_subscriber_that_never_acknowledges_holds_up_nobody_and_is_bounded(
    broker, subscribers, forwarding, monkeypatch
):
    monkeypatch.setitem(module.BOUNDED, "x-max-length", 50)
    url = url_of(broker, "lazy", subscribers.add("lazy", [PAID]))
    with bus.connect(url) as connection, connection.channel() as channel:
        channel.basic_qos(0, 10, False)
        channel.basic_consume("lazy", no_ack=False, callback=lambda _: None)
        started = time.monotonic()
        with publishing(broker) as publish:
            for _ in range(10):
                publish([event(PAID, number) for number in range(100)])
        assert time.monotonic() - started < 5
        eventually(lambda: waiting(broker, bus.FEED, outside=False) == 0)
        eventually(lambda: waiting(broker, "lazy") <= 50)


def test_what_is_outside_is_bounded_even_where_an_operator_forgets(broker, subscribers):
    with bus.connect(bus.outside(broker.url)) as connection, connection.channel() as channel:
        names = [f"forgotten-{number}" for number in range(MOST_SUBSCRIBERS)]
        for name in names:
            channel.queue_declare(name, durable=True, auto_delete=False)
        with pytest.raises(PreconditionFailed, match="limit"):
            connection.channel().queue_declare("one-too-many")
        (policy,) = json.loads(subscribers._control(["list_operator_policies", *LIST_OUTSIDE], ""))
        assert (policy["pattern"], json.loads(policy["definition"])) == (
            ".*",
            {bound: BOUNDED[f"x-{bound}"] for bound in ("max-length", "max-length-bytes")},
        )
        with connection.channel() as again:
            for name in names:
                again.queue_delete(name)


def test_the_feed_is_empty_while_nobody_follows(broker, subscribers):
    """Nothing is forwarded here, so what were bound would stay."""
    with publishing(broker) as publish:
        publish([event(PAID)])
    assert waiting(broker, bus.FEED, outside=False) == 0
    subscribers.add("one", [PAID, "lending.loan.*.v1"])
    subscribers.add("two", [PAID])
    gone, unfollowed = subscribers.remove("one")
    assert (gone.types, unfollowed) == (("lending.loan.*.v1", PAID), ["lending.loan.*.v1"])
    stop_forwarding(broker.url, unfollowed)
    with publishing(broker, "lending") as publish:
        publish([event(APPROVED)])
    assert waiting(broker, bus.FEED, outside=False) == 0
    with publishing(broker) as publish:
        publish([event(PAID)])
    eventually(lambda: waiting(broker, bus.FEED, outside=False) == 1)
    empty_feed(broker)


def test_subscribers_are_listed_and_one_that_is_removed_is_out(broker, subscribers):
    url = url_of(broker, "analytics", subscribers.add("analytics", ["payments.#", APPROVED]))
    assert [(somebody.name, somebody.types) for somebody in subscribers.all()] == [
        ("analytics", (APPROVED, "payments.#"))
    ]
    subscribers.remove("analytics")
    assert subscribers.all() == []
    with pytest.raises(AccessRefused):
        bus.connect(url)


@pytest.mark.parametrize(
    ("name", "pattern", "why"),
    [
        ("lending", PAID, "no name"),
        ("A", PAID, "no name"),
        ("mp.lending", PAID, "no name"),
        ("analytics", "payments.repayment.recorded.v9", "No service publishes"),
        ("analytics", "payments..#", "no pattern"),
        ("analytics", "identity.recovery.#", "stays inside"),
    ],
)
def test_what_makes_no_subscriber_is_refused(name, pattern, why):
    with pytest.raises(Refused, match=why):
        Subscribers(lambda arguments, _: pytest.fail(f"nothing is to be asked: {arguments}")).add(name, [pattern])


def test_nobody_is_added_twice(broker, subscribers):
    subscribers.add("analytics", [PAID])
    with pytest.raises(Refused, match="already"):
        subscribers.add("analytics", [PAID])


def test_what_helps_into_an_account_goes_to_nobody_outside(broker, subscribers, forwarding):
    url = url_of(broker, "analytics", subscribers.add("analytics", ["identity.#"]))
    changed = event("identity.password.changed.v1")
    with publishing(broker, "identity") as publish:
        publish([event("identity.recovery.requested.v1"), changed])
    eventually(lambda: waiting(broker, "analytics") == 1)
    assert taken(url, "analytics") == [changed]


def test_an_event_nobody_signed_is_not_forwarded(broker, subscribers, forwarding):
    url = url_of(broker, "analytics", subscribers.add("analytics", [PAID]))
    genuine = event(PAID)
    with bus.connect(broker.url) as connection:
        bus.publisher(connection, bus.EVENTS).publish([bus.Message("1", PAID, event(PAID).to_json())])
    with publishing(broker) as publish:
        publish([genuine])
    eventually(lambda: waiting(broker, "analytics") == 1)
    assert taken(url, "analytics") == [genuine]


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [("#", True), ("payments.#", True), ("*.repayment.*.v1", True), ("payments.*", False), ("*", False), (PAID, True)],
)
def test_patterns_are_those_of_a_topic_exchange(pattern, matched):
    assert matches(pattern, PAID) is matched
    assert PAID in promised(EVERY_TYPE)
