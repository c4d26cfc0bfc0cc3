"""What py-amqp has read ahead is handed over whole, and comes in one piece."""

import socket
from uuid import uuid4

import pytest
from amqp.transport import TCPTransport
from kombu.entity import Queue
from kombu.messaging import Producer

from shared.messaging import bus


def test_py_amqp_takes_what_has_arrived_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = TCPTransport("nowhere")
        transport.sock = ours
        transport._setup_transport()
        bus._read_ahead(transport)
        theirs.sendall(b"headpayload")
        assert transport._read(4) == b"head"
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)
        assert transport._read(7) == b"payload"


def test_messages_of_every_length_arrive_whole_and_in_order(broker_url: str) -> None:
    sizes = [0, 1, 4095, 4096, 4097, 200_000, 1] * 3
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
