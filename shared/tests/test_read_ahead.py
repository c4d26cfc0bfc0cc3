"""What py-amqp has read ahead is handed over whole, and comes in one piece; messages that are taken past it are those
that it would have given."""

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import pairwise
from random import Random
from typing import Any
from uuid import uuid4

import amqp
import pytest
from amqp.serialization import dumps
from amqp.transport import TCPTransport
from hypothesis import given
from hypothesis import strategies as st
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.message import Message
from kombu.messaging import Producer

from shared.messaging import bus
from shared.messaging.read_ahead import Arrival, arrivals, read_ahead

CHANNEL = 3


def _transport(ours: socket.socket) -> TCPTransport:
    transport = TCPTransport("nowhere")
    transport.sock = ours
    transport.connected = True
    transport._setup_transport()
    read_ahead(transport)
    return transport


def _frame(content: bytes, kind: int = 3, channel: int = 1) -> bytes:
    return kind.to_bytes(1) + channel.to_bytes(2) + len(content).to_bytes(4) + content + b"\xce"


def _message(arrival: Arrival, *, channel: int = CHANNEL, pieces: int = 1) -> bytes:
    """The frames of a message, with its body in so many of them."""
    deliver = b"\0\x3c\0\x3c" + dumps("sLbss", ("reporting7", arrival.tag, False, "mp.events", "a.b.c"))
    properties = amqp.Message(**arrival.properties)._serialize_properties()
    header = b"\0\x3c\0\0" + len(arrival.body).to_bytes(8) + properties
    size = -(-len(arrival.body) // pieces) or 1
    bodies = [arrival.body[at : at + size] for at in range(0, len(arrival.body), size)]
    frames = [_frame(deliver, 1, channel), _frame(header, 2, channel), *(_frame(body, 3, channel) for body in bodies)]
    return b"".join(frames)


def _read(transport: TCPTransport, seconds: float) -> bytes:
    with transport.having_timeout(seconds):
        return bytes(transport.read_frame()[2])


def test_py_amqp_takes_what_has_arrived_at_once_and_sets_no_limit_for_it() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = _transport(ours)
        theirs.sendall(_frame(b"first") + _frame(b"second"))
        assert _read(transport, 1) == b"first"
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)
        with transport.having_timeout(1):
            assert ours.gettimeout() == 0
            assert bytes(transport.read_frame()[2]) == b"second"
        for seconds in (0.01, 0):
            with pytest.raises(TimeoutError):
                _read(transport, seconds)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=6), st.data())
def test_frames_arrive_whole_wherever_they_were_cut(contents: list[bytes], data: st.DataObject) -> None:
    """Each piece comes after the reader has waited in vain for the frame that it completes, or for the next one."""
    sent, whole = b"".join(map(_frame, contents)), []
    cuts = sorted(data.draw(st.sets(st.integers(1, len(sent) - 1), max_size=5)))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = _transport(ours)
        for begin, end in pairwise([0, *cuts, len(sent)]):
            theirs.sendall(sent[begin:end])
            with suppress(TimeoutError):
                while True:
                    whole.append(_read(transport, 0))
    assert whole == contents


def _arrival(tag: int, body: bytes = b"{}") -> Arrival:
    return Arrival(tag, {"content_type": "application/json", "application_headers": {"x-then": f"event {tag}"}}, body)


def _taken(sent: bytes, first: bytes = b"") -> tuple[list[Arrival], bytes]:
    """What is taken of what has arrived behind a frame that py-amqp has read, and the first that is left of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = _transport(ours)
        theirs.sendall(_frame(first) + sent)
        assert _read(transport, 1) == first
        taken = list(arrivals(transport, CHANNEL))
        try:
            return taken, _read(transport, 0)
        except TimeoutError:
            return taken, b""


@given(st.lists(st.tuples(st.integers(1, 2**63), st.binary(min_size=1, max_size=200)), max_size=4), st.data())
def test_messages_are_taken_as_far_as_they_are_here_as_a_whole(
    contents: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    messages = [_arrival(tag, body) for tag, body in contents]
    sent = [_message(message) for message in messages]
    end = data.draw(st.integers(0, len(b"".join(sent))))
    whole = sum(len(b"".join(sent[: count + 1])) <= end for count in range(len(sent)))
    taken, left = _taken(b"".join(sent)[:end])
    assert taken == messages[:whole]
    # Of the one that is cut py-amqp gets what there is of it, from its beginning on.
    assert not left or sent[whole].startswith(_frame(left, 1, CHANNEL))


@pytest.mark.parametrize(
    "other",
    [
        _message(_arrival(2), channel=CHANNEL + 1),
        _message(_arrival(2, b"in pieces"), pieces=2),
        _message(_arrival(2, b"")),
        _frame(b"\0\x3c\0\x50" + dumps("Lb", (2, False)), 1, CHANNEL),
        _frame(b"", 8, 0),
        _message(_arrival(2))[:-1] + b"\0",
    ],
    ids=["another channel", "in pieces", "without a body", "a confirmation", "a heartbeat", "no end"],
)
def test_what_is_no_message_of_one_piece_is_left_to_py_amqp_with_all_behind_it(other: bytes) -> None:
    taken, left = _taken(_message(_arrival(1)) + other + _message(_arrival(3)))
    assert taken == [_arrival(1)]
    assert left == other[7 : 7 + len(left)]


def test_who_is_hung_up_on_hears_of_it() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        transport = _transport(ours)
        theirs.close()
        with pytest.raises(OSError, match="closed the connection"):
            _read(transport, 1)


def test_messages_of_every_length_arrive_whole_and_in_order(broker_url: str) -> None:
    sizes = [0, 1, 4095, 65_535, 65_536, 65_537, 200_000, 1] * 3
    received: list[int] = []
    with bus.connect(broker_url) as connection:
        queue = Queue(f"mp.test.{uuid4()}", durable=False, exclusive=True, auto_delete=True)
        queue(connection.channel()).queue_declare()
        producer = Producer(connection.channel(), auto_declare=False)
        for size in sizes:
            producer.publish("x" * size, exchange="", routing_key=queue.name, content_type="text/plain")
        with connection.Consumer(
            queue, on_message=lambda message: received.append(len(message.body)), no_ack=True, auto_declare=False
        ):
            while len(received) < len(sizes):
                assert bus.drain(connection, 10)
    assert received == sizes


BODIES = [b"", b"x", "₦".encode() * 900, *([b"event"] * 7), b"y" * 70_000, b"z" * 200_000]
PROPERTIES: list[dict[str, Any]] = [
    {},
    {"content_type": "application/json", "message_id": str(uuid4()), "delivery_mode": 2},
    {
        "headers": {"x-then": "ọjọ́", "x-tries": 3, "deep": {"list": [1, "a", None, True]}},
        "priority": 1,
        "expiration": 60,
    },
]


def test_who_takes_what_has_arrived_gets_what_py_amqp_gives(broker_url: str) -> None:
    """From the broker itself, in the order in which it was sent, and acknowledged as the others are."""
    chance = Random(1)
    sent = [(chance.choice(BODIES), chance.choice(PROPERTIES)) for _ in range(200)]
    found = {}
    for name, more in {"plain": lambda *_: [], "arrived": bus.arrived}.items():
        with bus.connect(broker_url) as connection:
            found[name] = _received(connection, sent, more)
    (plain, none), (arrived, some) = found["plain"], found["arrived"]
    assert arrived == plain
    assert (none, some > 20) == (0, True)


def _received(
    connection: Connection,
    sent: list[tuple[bytes, dict[str, Any]]],
    more: Callable[[Connection, Any], Iterable[Message]],
) -> tuple[list[Any], int]:
    """What comes of messages by number, with what is sent beside a body, and how many were taken past py-amqp."""
    queue = Queue(f"mp.test.{uuid4()}", durable=False)
    queue(connection.channel()).queue_declare()
    producer, received, taken = Producer(connection.channel(), auto_declare=False), [], 0
    for body, properties in sent:
        named = {"content_type": "text/plain", "content_encoding": "binary"} | properties
        producer.publish(body, exchange="", routing_key=queue.name, **named)
    consumer = connection.Consumer(queue, on_message=received.append, auto_declare=False)
    with consumer:
        while len(received) < len(sent):
            assert bus.drain(connection, 10)
            messages = list(more(connection, consumer.channel))
            received += messages
            taken += len(messages)
        bus.acknowledge(connection, received)
    # What is not acknowledged would come back.
    consumer.channel.basic_recover(requeue=True)
    assert bus.depth(connection, queue.name) == 0
    queue(connection.channel()).delete()
    return [
        (message.delivery_tag, _bytes(message.body), message.content_type, message.headers, message.properties)
        for message in received
    ], taken


def _bytes(body: bytes | str) -> bytes:
    # py-amqp decodes what it can.
    return body.encode() if isinstance(body, str) else body
