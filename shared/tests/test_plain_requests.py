"""A plain request is to the app what it is by gunicorn's own parser, and what gunicorn refuses is never plain."""

import socket
from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import gunicorn.http.wsgi
import pytest
from gunicorn import http
from gunicorn.config import Config
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.web.plain_requests import answer, common_environ, environ_of

CLIENT, SERVER = ("10.0.0.7", 50000), ("127.0.0.1", 8101)
HEAD = b"GET /loans?page=2 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n"
BODY = b'{"amount": 1}'
POST = b"POST /repayments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n" + BODY
# What gunicorn adds for itself, and the body, which is compared as bytes.
OF_GUNICORN = {"gunicorn.socket", "wsgi.early_hints", "wsgi.input", "wsgi.errors"}


def _config() -> Config:
    config = Config()
    for name, value in (
        ("http_parser", "python"),
        ("header_map", "refuse"),
        ("forwarder_headers", ""),
        ("forwarded_allow_ips", ""),
        ("limit_request_line", 4094),
        ("limit_request_fields", 64),
        ("limit_request_field_size", 8190),
    ):
        config.set(name, value)
    return config


CONFIG = _config()


def by_gunicorn(data: bytes) -> tuple[dict[str, Any], bytes]:
    """What gunicorn hands to the app, and the body. Raises whatever gunicorn refuses the request with."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        request = next(http.get_parser(CONFIG, ours, CLIENT))
        _, environ = gunicorn.http.wsgi.create(request, ours, CLIENT, SERVER, CONFIG)
        return environ | {"wsgi.multithread": True}, environ["wsgi.input"].read()


def plain(data: bytes) -> tuple[dict[str, Any], bytes] | None:
    environ = environ_of(data, common_environ(CONFIG, CLIENT, SERVER))
    return None if environ is None else (environ, environ["wsgi.input"].read())


def without(environ: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in environ.items() if name not in OF_GUNICORN}


# Requests that are in order, and what may be wrong with them, in any place.
_PRINTABLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"])
TARGETS = st.one_of(
    st.sampled_from(
        ["/", "/a?b", "/a#b", "//a", "/a//b", "/%41%2f%C3%A9", "/a;b?c=d&e=%20?f", "/:80", "/?", "/[", "/a@b:1"]
    ),
    st.text(_PRINTABLE, max_size=8).map(lambda text: f"/{text}"),
)
NAMES = st.one_of(
    st.sampled_from(["Host", "Accept", "content-type", "Cookie", "Authorization", "X-Forwarded-Proto", "Connection"]),
    st.sampled_from(
        ["Content-Length", "Transfer-Encoding", "Expect", "Upgrade", "Script-Name", "X-1", "--", "Server-Port"]
    ),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=3),
)
VALUES = st.one_of(
    st.sampled_from(
        ["a", "a b", "a, b", "0", "13", "-1", "013", "chunked", "keep-alive", "Keep-Alive", "close", "https"]
    ),
    st.text(_PRINTABLE, min_size=1, max_size=5),
)
ORDINARY = st.tuples(st.sampled_from(["Host", "Accept", "content-type", "Cookie", "X-1", "Authorization"]), VALUES)


def _several(header: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(header, min_size=1, max_size=4, unique_by=lambda pair: pair[0].lower())


HEADERS = _several(ORDINARY) | _several(st.tuples(NAMES, VALUES))
FAULTS = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\r\n",
        b" ",
        b"\t",
        b":",
        b"_",
        b"\x00",
        b"\x7f",
        b"\xe9",
        b"#",
        b"/",
        b"0",
        b"\x0b",
        b"\x1c",
        b'"',
        b"\xb2",
    ]
)
BODIES = st.sampled_from([b"", b"", BODY, BODY + b"GET / HTTP/1.1"])


def _join(method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    length = f"Content-Length: {len(BODY)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\n{lines}{length}\r\n".encode() + body


def _spoil(data: bytes, fault: bytes, place: int, length: int) -> bytes:
    place %= len(data)
    return data[:place] + fault + data[place + length :]


IN_ORDER = st.builds(_join, METHODS, TARGETS, HEADERS, BODIES)
SPOILT = st.builds(_spoil, IN_ORDER, FAULTS, st.integers(0, 300), st.integers(0, 2))


@settings(max_examples=300)
@given(st.one_of(IN_ORDER, SPOILT))
@example(POST)
@example(POST.replace(b"13", b"0013"))
@example(POST.replace(b": 13", b":13"))
@example(HEAD + b"\r\n")
def test_what_is_plain_is_what_gunicorn_makes_of_it(data: bytes) -> None:
    ours = plain(data)
    if ours is not None:
        environ, body = by_gunicorn(data)
        assert without(ours[0]) == without(environ)
        assert ours[1] == body


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HEAD + b"\r\n", id="a read"),
        pytest.param(POST, id="a write"),
        pytest.param(HEAD + b"Connection: keep-alive\r\n\r\n", id="that stays"),
        pytest.param(HEAD + b"Cookie: a=b; c=d\r\nauthorization: Bearer x.y.z\r\n\r\n", id="with a token"),
        pytest.param(HEAD.replace(b"/loans", b"/uni%6Fns/%C3%A9") + b"\r\n", id="with quotes in its path"),
        pytest.param(b"DELETE /loans/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", id="with an empty body"),
    ],
)
def test_ordinary_requests_are_plain(data: bytes) -> None:
    assert plain(data) is not None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HEAD, id="not all of its head"),
        pytest.param(POST[:-1], id="not all of its body"),
        pytest.param(POST + b"G", id="something behind it"),
        pytest.param(HEAD + b"Content-Length: 000000000013\r\n\r\n", id="a body to come, of a length with many digits"),
        pytest.param(HEAD + b"Accept: b\r\n\r\n", id="a header twice"),
        pytest.param(HEAD + b"Host: b\r\n\r\n", id="two hosts"),
        pytest.param(HEAD + b"X_Request_Id: a\r\n\r\n", id="an underscore"),
        pytest.param(HEAD + b"A:b\r\n\r\n", id="no blank before a value"),
        pytest.param(HEAD + b"A: b\n\r\n", id="a bare line feed"),
        pytest.param(HEAD + b"A: b\r\n c\r\n\r\n", id="a folded line"),
        pytest.param(HEAD + b"Connection: close\r\n\r\n", id="that wants to go"),
        pytest.param(HEAD + b"Script-Name: /loans\r\n\r\n", id="a script name"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="chunks"),
        pytest.param(HEAD.replace(b"1.1", b"1.0") + b"\r\n", id="an older version"),
        pytest.param(HEAD + b"".join(b"A-%d: b\r\n" % number for number in range(70)) + b"\r\n", id="many headers"),
        pytest.param(HEAD + b"A: " + b"b" * 5000 + b"\r\n\r\n", id="a long header"),
        pytest.param(HEAD.replace(b"2", b"2" * 5000) + b"\r\n", id="a long line"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_all_others_are_left_to_gunicorn(data: bytes) -> None:
    assert plain(data) is None


def test_requests_of_a_connection_share_nothing() -> None:
    common = common_environ(CONFIG, CLIENT, SERVER)
    first, second = environ_of(HEAD + b"Cookie: a\r\n\r\n", common), environ_of(HEAD + b"\r\n", common)
    assert first is not None
    assert second is not None
    assert "HTTP_COOKIE" not in second | common


class Pieces:
    """Half of an answer."""

    def __init__(self, error: Exception) -> None:
        self.error, self.is_closed = error, False

    def __iter__(self) -> Iterator[bytes]:
        yield b"half"
        raise self.error

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("error", [ValueError("broken off"), BrokenPipeError()])
def test_an_answer_that_breaks_off_ends_its_connection(error: Exception) -> None:
    pieces, logged = Pieces(error), list[str]()

    def app(_environ: dict[str, Any], start_response: Any) -> Pieces:
        start_response("200 OK", [("Content-Length", "8")])
        return pieces

    log = SimpleNamespace(exception=lambda message, *_: logged.append(message))
    worker = SimpleNamespace(wsgi=app, cfg=CONFIG, alive=True, log=log)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(BrokenPipeError) if isinstance(error, OSError) else nullcontext():
        assert not answer(worker, {"REQUEST_METHOD": "GET", "RAW_URI": "/"}, ours, CLIENT)
        assert theirs.recv(4096).endswith(b"half")
        assert logged
    assert pieces.is_closed
