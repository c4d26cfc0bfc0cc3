"""The bus: names, topology, connections, and publishing that is over only when the broker has confirmed it."""

import random
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urlsplit

import amqp
from amqp.exceptions import AccessRefused, AMQPError
from kombu.connection import Connection
from kombu.entity import Exchange, Queue, binding
from kombu.exceptions import OperationalError
from kombu.message import Message as Received
from kombu.messaging import Producer

from shared.messaging import amqps
from shared.messaging.read_ahead import arrivals, read_ahead
from shared.telemetry import EVENTS_UNROUTED

EVENTS = Exchange("mp.events", "topic", durable=True)
DEAD = Exchange("mp.dead", "direct", durable=True)
SIGNALS = Exchange("mp.signals", "topic", durable=False)
SHARED = (EVENTS, DEAD, SIGNALS)
# Subscribers from outside have a virtual host of their own, with an EVENTS of its own. What is for them waits in FEED.
OUTSIDE, FEED = "outside", "mp.outside"
# What helps somebody into an account stays inside, and so does where backups are, whatever a subscriber follows.
_WITHHELD = re.compile(r"[a-z]+\.(recovery|backup|backup_part|restore)\..*")

CONFIRM_SECONDS = 10
_SOCKET = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
_AMQP_OPTIONS = {"read_timeout": 15, "write_timeout": 15, "login_method": "PLAIN", "socket_settings": _SOCKET}
_MEMORY_OPTIONS = {"polling_interval": 0.01}
amqps.check_servers()


class Unconfirmed(Exception):
    """The broker did not say in time that it has the messages; they must be sent again."""


def is_withheld(event_type: str) -> bool:
    """Whether no subscriber outside gets events of this type."""
    return _WITHHELD.fullmatch(event_type) is not None


def outside(url: str) -> str:
    """The virtual host of subscribers from outside, on the broker of this URL."""
    return ";".join(urlsplit(node)._replace(path=f"/{OUTSIDE}").geturl() for node in nodes(url))


def nodes(url: str) -> list[str]:
    """The URL of each node where a URL names those of a cluster, as `amqp://…;amqp://…`."""
    return url.split(";")


@dataclass(frozen=True, slots=True)
class Message:
    """One message to publish: its id, routing key, JSON text and headers."""

    id: str
    key: str
    body: str
    headers: dict[str, Any] = field(default_factory=dict)


def connect(url: str, name: str = "") -> Connection:
    """A connection of its own for one thread: channels are never shared between threads. By its name the broker lists
    it.

    Of the nodes of a cluster it goes to any that answers; each time to another one, so that they share the work.
    Raises OSError, or what kombu and amqp have in its place.
    """
    *others, last = random.sample(nodes(url), len(nodes(url)))
    for node in others:
        with suppress(OSError, OperationalError, AMQPError):
            return _connect_to(node, name, tries=1)
    return _connect_to(last, name, tries=1 if others else 2)


class _Connection(Connection):
    """Hangs up without a word where what it was for has failed: who is gone says no farewell, and would be waited for
    as long as for any other answer."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind and self.transport.driver_type == "amqp":
            self.collect()  # type: ignore[no-untyped-call]  # kombu is not typed
        else:
            self.release()  # type: ignore[no-untyped-call]  # kombu is not typed


def _connect_to(node: str, name: str, *, tries: int) -> Connection:
    named = {"client_properties": {"connection_name": name}} if name else {}
    options = _MEMORY_OPTIONS if node.startswith("memory:") else _AMQP_OPTIONS | named
    connection: Connection = _Connection(  # type: ignore[no-untyped-call]  # kombu is not typed
        node, heartbeat=10, connect_timeout=5, transport_options=options
    )
    connection.ensure_connection(max_retries=tries - 1, timeout=5)
    if connection.transport.driver_type == "amqp":
        read_ahead(connection.connection.transport)
    return connection


def service_queue(name: str, event_types: Iterable[str]) -> Queue:
    """The queue of one consuming service, bound to exactly the events it handles."""
    arguments = {
        "x-queue-type": "quorum",
        # A message that kills its consumer again and again leaves the queue; ordinary failures never get here.
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": DEAD.name,
        "x-dead-letter-routing-key": name,
        # With this pair dead-lettering itself waits for confirms, so that it cannot lose a message.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    bindings = [binding(EVENTS, routing_key=event_type) for event_type in sorted(event_types)]
    return Queue(f"mp.{name}", bindings=bindings, durable=True, queue_arguments=arguments)


def dead_letter_queue(name: str) -> Queue:
    """Where the events go that a service could not handle."""
    return Queue(f"mp.{name}.dead", DEAD, name, durable=True, queue_arguments={"x-queue-type": "quorum"})


def own_exchange(name: str) -> Exchange:
    """What reaches one service alone: under its name the events it gives up, under their types events it follows."""
    return Exchange(f"mp.{name}", "topic", durable=True)


def declare(connection: Connection, name: str, event_types: Iterable[str], retired: Iterable[str] = ()) -> Queue:
    """Declare what a service needs on the broker; harmless when it exists already. Bindings to `retired` types go.

    What is there is left alone, for a service's own user may not make it: it may bind, and say that it has.
    """
    queue, dead, own = service_queue(name, event_types), dead_letter_queue(name), own_exchange(name)
    for exchange in (*SHARED, own):
        ensure_exchange(connection, exchange)
    with connection.channel() as channel:
        if is_missing(connection, dead):
            dead(channel).declare()
        if is_missing(connection, queue):
            queue(channel).queue_declare()
        dead(channel).bind_to(own, routing_key=name)
        for event_type in event_types:
            for exchange in (own, EVENTS):
                queue(channel).bind_to(exchange, routing_key=event_type)
        # In one process nothing is bound since a release before.
        for event_type in retired if connection.transport.driver_type == "amqp" else ():
            for exchange in (own, EVENTS):
                queue(channel).unbind_from(exchange, routing_key=event_type)
    ensure_exchange(connection, _ready(name))
    return queue


def _ready(name: str) -> Exchange:
    """An exchange that carries nothing: it exists once a service's queue exists with its bindings."""
    return Exchange(f"mp.{name}.ready", "topic", durable=True)


def ensure_exchange(connection: Connection, exchange: Exchange) -> None:
    """Declare a missing exchange."""
    if is_missing(connection, exchange):
        with connection.channel() as channel:
            exchange(channel).declare()


def is_missing(connection: Connection, entity: Exchange | Queue) -> bool:
    """Whether the broker lacks an exchange or a queue. What we may not even ask about is not ours to make: a RabbitMQ
    from 4.2.6 on tells only those who have some right to it."""
    try:
        with connection.channel() as channel:
            if isinstance(entity, Exchange):
                channel.exchange_declare(entity.name, entity.type, passive=True)
            else:
                channel.queue_declare(entity.name, passive=True)
    except AccessRefused:
        return False
    except connection.channel_errors:
        return True
    return False


class Publisher(Protocol):
    """Publishes a batch and returns the ids of the messages the broker refused; counts those no queue was bound for."""

    unrouted: int

    def publish(self, messages: Sequence[Message]) -> set[str]: ...


def publisher(connection: Connection, exchange: Exchange) -> Publisher:
    """The publisher that fits the transport of this connection."""
    if connection.transport.driver_type == "amqp":
        return _ConfirmedPublisher(connection, exchange.name)
    return _LocalPublisher(connection, exchange)


class _ConfirmedPublisher:
    """Sends a whole batch and then waits for all confirms: ten times as fast as one by one.

    After a failure the connection must be thrown away: a late confirm would be taken for that of a later message.
    """

    def __init__(self, connection: Connection, exchange: str) -> None:
        self._exchange = exchange
        self._amqp: amqp.Connection = connection.connection
        self._channel: amqp.Channel = self._amqp.channel()
        self._channel.confirm_select()
        self._next_tag = 1
        self._pending: dict[int, str] = {}
        self._refused: set[str] = set()
        self.unrouted = 0
        self._channel.events["basic_ack"].add(self._settle)
        self._channel.events["basic_nack"].add(self._refuse)
        self._channel.events["basic_return"].add(self._returned)

    def publish(self, messages: Sequence[Message]) -> set[str]:
        """Raises Unconfirmed when the broker stays silent, OSError or amqp errors when it is gone."""
        self._refused = set()
        for message in messages:
            self._pending[self._next_tag] = message.id
            self._next_tag += 1
            self._channel.basic_publish(
                amqp.Message(
                    message.body,
                    content_type="application/json",
                    content_encoding="utf-8",
                    delivery_mode=2,
                    message_id=message.id,
                    application_headers=message.headers,
                ),
                exchange=self._exchange,
                routing_key=message.key,
                mandatory=True,
            )
        deadline = time.monotonic() + CONFIRM_SECONDS
        while self._pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unconfirmed(f"{len(self._pending)} messages were not confirmed in {CONFIRM_SECONDS} s")
            self._amqp.drain_events(timeout=left)
        return self._refused

    def _settle(self, tag: int, multiple: bool) -> set[str]:
        tags = [waiting for waiting in self._pending if waiting <= tag] if multiple else [tag]
        return {self._pending.pop(settled) for settled in tags if settled in self._pending}

    def _refuse(self, tag: int, multiple: bool) -> None:
        self._refused |= self._settle(tag, multiple)

    def _returned(self, error: Any, exchange: str, key: str, message: amqp.Message) -> None:
        """No queue wants it. It stays in the outbox history, from where a later subscriber can have it replayed."""
        EVENTS_UNROUTED.labels(key).inc()
        self.unrouted += 1


class _LocalPublisher:
    """For the in-process transport, where a published message is in its queues at once."""

    unrouted = 0

    def __init__(self, connection: Connection, exchange: Exchange) -> None:
        self._producer = Producer(connection.channel(), exchange, auto_declare=False)

    def publish(self, messages: Sequence[Message]) -> set[str]:
        for message in messages:
            self._producer.publish(
                message.body,
                routing_key=message.key,
                content_type="application/json",
                content_encoding="utf-8",
                message_id=message.id,
                headers=message.headers,
            )
        return set()


def are_bound(connection: Connection, names: Iterable[str]) -> bool:
    """Whether these services have declared what they need: what is published before would not reach them."""
    return all(_can_be_written_to(connection, _ready(name).name) for name in names)


def _can_be_written_to(connection: Connection, exchange: str) -> bool:
    """Whether there is an exchange that we may publish to; a message says so where looking is not allowed.

    RabbitMQ 4.2.6 and 4.3.0 show an exchange only to those who may make it.
    """
    if connection.transport.driver_type != "amqp":
        return has_exchange(connection, exchange)
    try:
        with connection.channel() as channel:
            channel.basic_publish_confirm(amqp.Message(""), exchange=exchange, routing_key="", timeout=CONFIRM_SECONDS)
    except connection.channel_errors:
        return False
    return True


def has_exchange(connection: Connection, exchange: str) -> bool:
    """Whether the broker has an exchange of this name."""
    try:
        with connection.channel() as channel:
            channel.exchange_declare(exchange, "topic", passive=True)
    except connection.channel_errors:
        return False
    return True


def has_queue(connection: Connection, queue: str) -> bool:
    """Whether the broker has a queue of this name."""
    return depth(connection, queue) is not None


def depth(connection: Connection, queue: str) -> int | None:
    """How many messages are ready in a queue; None when the broker has none of this name."""
    try:
        with connection.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:
        return None


def heartbeat(connection: Connection) -> None:
    """Keep a connection alive; to be called at least every few seconds.

    Reads what has come, because the broker's own heartbeats count only when they are read.
    """
    if connection.transport.driver_type == "amqp":
        drain(connection, 0.001)
        connection.heartbeat_check()


def drain(connection: Connection, seconds: float) -> bool:
    """Handle what the broker sent, waiting at most `seconds`; False when nothing came."""
    try:
        connection.drain_events(timeout=seconds)
    except TimeoutError:
        return False
    return True


def arrived(connection: Connection, channel: Any) -> Iterator[Received]:
    """The messages of a consumer's channel that have come already, as far as they are found at once; their bodies are
    bytes. To be asked for after `drain`: the broker's heartbeats count only when they are read there."""
    if connection.transport.driver_type != "amqp":
        return
    for tag, properties, body in arrivals(connection.connection.transport, channel.channel_id):
        headers = properties.get("application_headers")
        yield Received(
            body, tag, properties.get("content_type"), channel=channel, properties=properties, headers=headers
        )


def acknowledge(connection: Connection, messages: Sequence[Received]) -> None:
    """Tell the broker that all these messages are done with."""
    if connection.transport.driver_type == "amqp":
        messages[-1].ack(multiple=True)
    else:  # the in-process transport knows no multiple acknowledgement
        for message in messages:
            message.ack()


def drain_idle(connection: Connection, seconds: float) -> None:
    """Wait with the connection kept alive; messages that arrive meanwhile are handed over as always."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        drain(connection, left)
    heartbeat(connection)


def keep_trying(work: Callable[[], None], stop: Callable[[float], bool], failed: Callable[[Exception], None]) -> None:
    """Run `work` again and again until `stop(seconds)`, which waits, says so; back off 0.1 to 5 s after failures."""
    delay = 0.1
    while not stop(0):
        started = time.monotonic()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever broke this connection, the answer is a new one
            failed(error)
        delay = 0.1 if time.monotonic() - started > 10 else min(delay * 2, 5)
        if stop(random.uniform(delay / 2, delay)):
            return
