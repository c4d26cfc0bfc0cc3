"""However the network cuts a response into pieces, it is read as one."""

import socket
import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.upstreams.connection import BadResponse, Connection

_OK = b"HTTP/1.1 200 OK\r\n"
_NAMED = [("X-Name", "a b"), ("X-Empty", "")]
_NAMES = b"X-Name:  a b \r\nX-Empty:\r\n"
# What is sent, and the status, headers beside _NAMED and body that it means; whether the connection may be used again.
RESPONSES = {
    "length": (_OK + _NAMES + b"Content-Length: 5\r\n\r\nhello", [("Content-Length", "5")], b"hello", True),
    "chunks": (
        _OK + _NAMES + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-Trailer: x\r\n\r\n",
        [("Transfer-Encoding", "chunked")],
        b"hello",
        True,
    ),
    "until closed": (_OK + _NAMES + b"\r\nhello", [], b"hello", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n" + _NAMES + b"\r\nhello", [], b"hello", False),
    "close": (
        _OK + _NAMES + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello",
        [("Connection", "close"), ("Content-Length", "5")],
        b"hello",
        False,
    ),
    "interim": (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + _OK + _NAMES + b"Content-Length: 0\r\n\r\n",
        [("Content-Length", "0")],
        b"",
        True,
    ),
}


@pytest.fixture(scope="module")
def service() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def _send(connection: socket.socket, raw: bytes, cuts: list[int]) -> None:
    places = sorted({cut % (len(raw) + 1) for cut in cuts} | {0, len(raw)})
    for start, end in pairwise(places):
        connection.sendall(raw[start:end])
    connection.close()


def _read_whole(connection: Connection) -> bytes:
    connection.receive("GET")
    return connection.read()


@pytest.mark.parametrize("name", RESPONSES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 10_000), max_size=8), in_pieces=st.booleans())
def test_a_response_is_one_however_it_is_cut(
    service: socket.socket, name: str, cuts: list[int], in_pieces: bool
) -> None:
    raw, headers, body, is_reusable = RESPONSES[name]
    connection = Connection(service.getsockname())
    threading.Thread(target=_send, args=(service.accept()[0], raw, cuts)).start()
    connection.send(b"", b"", 5)
    connection.receive("GET")
    assert (connection.status, connection.headers) == (200, _NAMED + headers)
    assert (b"".join(connection.pieces()) if in_pieces else connection.read()) == body
    assert connection.is_reusable is is_reusable
    connection.close()


@pytest.mark.parametrize("name", ["length", "chunks", "interim"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1, 10_000))
def test_half_a_response_is_none(service: socket.socket, name: str, cut: int) -> None:
    raw = RESPONSES[name][0]
    connection = Connection(service.getsockname())
    half = raw[: 1 + cut % (len(raw) - 1)]
    threading.Thread(target=_send, args=(service.accept()[0], half, [])).start()
    connection.send(b"", b"", 5)
    with pytest.raises(BadResponse):
        _read_whole(connection)
    assert not connection.is_reusable
    connection.close()


def test_only_an_open_and_silent_connection_is_used_again(service: socket.socket) -> None:
    ours = Connection(service.getsockname())
    theirs, _ = service.accept()
    assert ours.is_quiet
    theirs.sendall(_OK)
    assert not ours.is_quiet
    ours = Connection(service.getsockname())
    service.accept()[0].close()
    assert not ours.is_quiet


@pytest.mark.parametrize("body", [b"", b"hello"])
def test_a_body_in_answer_to_head_is_no_body(service: socket.socket, body: bytes) -> None:
    ours = Connection(service.getsockname())
    theirs, _ = service.accept()
    theirs.sendall(_OK + b"Content-Length: 5\r\n\r\n" + body)
    ours.send(b"", b"", 5)
    ours.receive("HEAD")
    assert (ours.read(), ours.length, ours.is_reusable) == (b"", 0, not body)


def test_a_connection_that_brought_a_second_response_is_not_used_again(service: socket.socket) -> None:
    ours = Connection(service.getsockname())
    theirs, _ = service.accept()
    ours.send(b"", b"", 5)
    theirs.sendall(_OK + b"Transfer-Encoding: chunked\r\n\r\n")
    ours.receive("GET")
    theirs.sendall(b"0\r\n\r\n" + _OK + b"Content-Length: 0\r\n\r\n")
    with pytest.raises(BadResponse):
        list(ours.pieces())
    assert not ours.is_reusable
