"""Clients that only hold a connection, or send a byte now and then, leave everybody else as fast as before."""

import resource
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection

import pytest

from gateway.tests.client import Client
from gateway.tests.process import Gateway
from gateway.tests.services import Services
from shared.testing import eventually

IDLE, DRIPPING_HEADERS, DRIPPING_BODIES = 60, 60, 8
KEPT_ALIVE, SLOW = 1000, 200
MOST_HELD_BYTES = 60 * 2**20
HEAD = b"GET /api/loans HTTP/1.1\r\nHost: x\r\n"
# A machine that is busy with other things makes everybody slow; the ratio says whether these clients do.
FAST_SECONDS, FACTOR = 0.1, 3.0


@pytest.fixture(autouse=True)
def _many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _slowest(client: Client, count: int = 100) -> float:
    """The latency that all but the slowest twentieth of so many requests stay below."""
    connection = HTTPConnection("127.0.0.1", client.port, timeout=20)
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        connection.request("GET", "/api/loans", headers=client.headers)
        answer = connection.getresponse()
        answer.read()
        taken.append(time.perf_counter() - started)
        assert answer.status == 200
    connection.close()
    return sorted(taken)[int(0.95 * count)]


def _open(stack: ExitStack, port: int, count: int, start: bytes = b"") -> list[socket.socket]:
    opened = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(count)]
    for connection in opened:
        connection.sendall(start)
    return opened


@contextmanager
def _dripping(headers: Sequence[socket.socket], bodies: Sequence[socket.socket]) -> Iterator[None]:
    """Send a little more on each of these connections, again and again."""
    done = threading.Event()

    def drip() -> None:
        while not done.wait(0.5):
            for connection in (*headers, *bodies):
                connection.sendall(b"X-A: b\r\n" if connection in headers else b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    yield
    done.set()
    thread.join()


def _answer(connection: socket.socket) -> bytes:
    """A whole answer of `/ping`, in however many pieces it comes."""
    received = b""
    while not received.endswith(b"}}") and (piece := connection.recv(65536)):
        received += piece
    return received


def test_idle_and_dripping_clients_hold_nobody_up(officer: Client, services: Services) -> None:
    before = _slowest(officer)
    token = f"Authorization: {officer.headers['Authorization']}\r\n".encode()
    body = b"POST /api/loans HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n" + token + b"\r\nhalf"
    with ExitStack() as stack:
        _open(stack, officer.port, IDLE)
        headers = _open(stack, officer.port, DRIPPING_HEADERS, HEAD)
        bodies = _open(stack, officer.port, DRIPPING_BODIES, body)
        with _dripping(headers, bodies):
            during = [_slowest(officer) for _ in range(10)]
    assert max(during) < max(FAST_SECONDS, FACTOR * before)
    assert len(services.seen_at("/loans")) == 100 + 10 * 100


@pytest.mark.timeout(180)
def test_a_thousand_kept_connections_and_two_hundred_slow_clients_hold_nobody_up(
    gateway: Gateway, officer: Client, services: Services
) -> None:
    before, memory = _slowest(officer), gateway.memory_bytes()
    request = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as stack:
        kept = _open(stack, officer.port, KEPT_ALIVE, request)
        for connection in kept:
            assert _answer(connection).startswith(b"HTTP/1.1 200")
        _open(stack, officer.port, SLOW, HEAD)
        during = _slowest(officer)
        held = gateway.memory_bytes() - memory
        # Those who kept their connection can still use it.
        kept[-1].sendall(request)
        assert _answer(kept[-1]).startswith(b"HTTP/1.1 200")
    assert during < max(FAST_SECONDS, FACTOR * before)
    assert held < MOST_HELD_BYTES


def test_who_never_ends_a_head_is_hung_up_on(officer: Client) -> None:
    """However much of it drips in, a head has so many seconds, as an idle connection has."""
    with ExitStack() as stack:
        (connection,) = _open(stack, officer.port, 1, HEAD)
        connection.setblocking(False)

        def is_closed() -> bool:
            try:
                connection.send(b"X")
                return connection.recv(1) == b""
            except BlockingIOError:
                return False
            except ConnectionError:
                return True

        assert eventually(is_closed, seconds=40)
