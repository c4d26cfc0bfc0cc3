"""An answer sent in one piece is, byte for byte, the one that gunicorn itself would send."""

import io
import re
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import IO, Any

import gunicorn.http.wsgi
import gunicorn.util
import pytest
from gunicorn.config import Config

from shared.web.gunicorn_speed import WholeResponse, fix_settings, speed_up

PLAIN = gunicorn.http.wsgi.Response
LENGTH = ("Content-Length", "11")


def _sent(response_class: type[Any], method: str, status: str, headers: list[tuple[str, str]], body: Any) -> bytes:
    """What such an answer puts on the wire, the moment of its date apart."""
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        response = response_class(request, ours, Config())
        response.start_response(status, headers)
        if isinstance(body, gunicorn.http.wsgi.FileWrapper):
            response.write_file(body)
        else:
            for piece in body:
                response.write(piece)
        response.close()
        ours.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: theirs.recv(65536), b""))
    return re.sub(rb"Date: [^\r]+", b"Date: now", received)


def _file(tmp_path: Any) -> IO[bytes]:
    (tmp_path / "file").write_bytes(b"hello world")
    opened: IO[bytes] = (tmp_path / "file").open("rb")
    return opened


@pytest.mark.parametrize(
    ("method", "status", "headers", "body"),
    [
        pytest.param("GET", "200 OK", [LENGTH], [b"hello world"], id="whole"),
        pytest.param("GET", "200 OK", [LENGTH], [b"hello", b" ", b"world"], id="in pieces"),
        pytest.param("GET", "200 OK", [LENGTH], [b"hello world and more"], id="longer than it says"),
        pytest.param("GET", "200 OK", [], [b"hello", b"", b" world"], id="chunks"),
        pytest.param("GET", "200 OK", [], [], id="chunks, none of them"),
        pytest.param("GET", "200 OK", [("Content-Length", "0")], [b""], id="empty"),
        pytest.param("HEAD", "200 OK", [LENGTH], [], id="HEAD"),
        pytest.param("GET", "204 No Content", [LENGTH], [], id="204"),
        pytest.param("GET", "304 Not Modified", [("ETag", '"a"')], [], id="304"),
    ],
)
def test_the_same_bytes_are_sent(method: str, status: str, headers: list[tuple[str, str]], body: list[bytes]) -> None:
    assert _sent(WholeResponse, method, status, headers, body) == _sent(PLAIN, method, status, headers, body)


@pytest.mark.parametrize("headers", [[LENGTH], []])
@pytest.mark.parametrize("opened", [_file, lambda _: io.BytesIO(b"hello world")], ids=["a file", "no real file"])
def test_a_file_is_sent_behind_its_head(
    tmp_path: Any, headers: list[tuple[str, str]], opened: Callable[[Any], IO[bytes]]
) -> None:
    sent = [
        _sent(kind, "GET", "200 OK", headers, gunicorn.http.wsgi.FileWrapper(opened(tmp_path)))
        for kind in (WholeResponse, PLAIN)
    ]
    assert sent[0] == sent[1]
    assert b"hello world" in sent[0].partition(b"\r\n\r\n")[2]


def test_a_short_answer_is_one_packet() -> None:
    packets: list[bytes] = []
    request = SimpleNamespace(method="GET", version=(1, 1), should_close=lambda: False)
    response = WholeResponse(request, SimpleNamespace(sendall=packets.append), Config())
    response.start_response("200 OK", [LENGTH])
    response.write(b"hello world")
    response.close()
    assert len(packets) == 1


def test_settings_read_as_before_once_they_are_fixed() -> None:
    plain, fixed = Config(), Config()
    fix_settings(fixed)
    assert all(getattr(fixed, name) == getattr(plain, name) for name in plain.settings)


def test_requests_have_nothing_but_values_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (gunicorn.http.wsgi, "Response"),
        (gunicorn.http.wsgi, "base_environ"),
        (gunicorn.util, "http_date"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    speed_up()
    config = Config()
    first, second = gunicorn.http.wsgi.base_environ(config), gunicorn.http.wsgi.base_environ(config)
    assert first == second
    assert first is not second
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", gunicorn.util.http_date())
