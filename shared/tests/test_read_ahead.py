"""What py-amqp has read ahead is handed over whole, and comes in one piece."""

import socket
from contextlib import suppress
from itertools import pairwise
from uuid import uuid4

import pytest
from amqp.transport import TCPTransport
from hypothesis import given
from hypothesis import strategies as st
from kombu.entity import Queue
from kombu.messaging import Producer

from shared.messaging import bus
from shared.messaging.read_ahead import read_ahead


def _transport(ours: socket.socket) -> TCPTransport:
    transport = TCPTransport("nowhere")
    transport.sock = ours
    transport.connected = True
    transport._setup_transport()
    read_ahead(transport)
    return transport


def _frame(content: bytes) -> bytes:
    return b"\x03\x00\x01" + len(content).to_bytes(4) + content + b"\xce"


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
