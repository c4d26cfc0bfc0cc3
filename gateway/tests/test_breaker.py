"""A service that is away, one that comes back, and one that fails again and again."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from gateway.upstreams.breaker import FAILURES, Breaker
from gateway.upstreams.client import Upstream, UpstreamDown

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@pytest.fixture
def closed_port() -> Iterator[socket.socket]:
    """A socket with an address at which nobody listens yet."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        yield server


def _serve_one(server: socket.socket) -> bytes:
    server.listen()
    connection, _ = server.accept()
    with connection:
        request = connection.recv(65536)
        connection.sendall(ANSWER)
    return request


def _upstream(server: socket.socket, away_seconds: float) -> Upstream:
    return Upstream("lending", f"http://127.0.0.1:{server.getsockname()[1]}", away_seconds=away_seconds)


def test_a_request_waits_for_a_service_that_is_being_started(closed_port: socket.socket) -> None:
    received: list[bytes] = []
    begin = threading.Timer(0.3, lambda: received.append(_serve_one(closed_port)))
    begin.start()
    answer = _upstream(closed_port, away_seconds=10).send("POST", "/repayments", body=b"{}")
    begin.join()
    assert (answer.status, answer.body) == (200, b"ok")
    assert received[0].startswith(b"POST /repayments ")


def test_after_several_failures_nobody_waits_and_the_first_answer_ends_it(closed_port: socket.socket) -> None:
    upstream = _upstream(closed_port, away_seconds=0.05)
    for _ in range(FAILURES):
        with pytest.raises(UpstreamDown):
            upstream.send("GET", "/loans")
    assert upstream._breaker.is_open
    server = threading.Thread(target=_serve_one, args=(closed_port,))
    server.start()
    answer = None
    deadline = time.monotonic() + 20
    while answer is None and time.monotonic() < deadline:
        try:
            answer = upstream.send("GET", "/loans")
        except UpstreamDown:
            threading.Event().wait(0.05)
    server.join(5)
    assert answer is not None
    assert not upstream._breaker.is_open


def test_an_open_breaker_lets_one_try_at_a_time() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert all(breaker.lets_pass() for _ in range(3))
    breaker.failed()
    assert not breaker.lets_pass()
    breaker.succeeded()
    assert breaker.lets_pass()
