"""The way of plain requests past gunicorn's parser: read by one pattern, answered by our own app without detours.

Nearly all requests are plain: a head of a few ordinary lines that came in one piece with its body, if it has one. For
those gunicorn's parser does five times the work, because it is made for all others. What is not plain in any way, or
only might not be, is left to it, so that nothing is accepted here that it refuses: the tests hold what the app gets
against what it gets from gunicorn. docs/decisions/38 has the measurements.
"""

import re
from collections.abc import Iterable
from errno import ECONNRESET, ENOTCONN, EPIPE
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from gunicorn.http import wsgi

# Within the limits of both servers (4094 bytes for a line, 64 headers), and more than a head with a token has.
MOST_HEAD_BYTES = 4000
_MOST_HEADERS = 64
# Of a length: a longer one is left to gunicorn, since Python refuses to read thousands of digits.
_MOST_DIGITS = 10
# Every byte of a head is written out here: printable ASCII, no blank at the end of a value, no line but with CR and LF.
# A target has no fragment and does not begin with two slashes, which gunicorn reads in ways of their own.
_HEAD = re.compile(
    rb"([A-Z]{3,7}) (/(?!/)[!\"$-~]*) HTTP/1\.1\r\n((?:[A-Za-z][A-Za-z0-9-]*: [!-~](?:[ -~]*[!-~])?\r\n)+)\r\n"
)
# They change how the message is read, or who asks.
_NOT_PLAIN = frozenset({"HTTP_EXPECT", "HTTP_SCRIPT_NAME", "HTTP_TRANSFER_ENCODING", "HTTP_UPGRADE"})
_ASKS_TO_STAY = "keep-alive"

GONE = frozenset({EPIPE, ECONNRESET, ENOTCONN})
"""The numbers of errors that only say that the client has gone."""


def environ_of(data: bytes, common: dict[str, Any]) -> dict[str, Any] | None:
    """What an app is given for the plain request that these bytes are, all of it and nothing behind it; else None.

    `common` is what all requests of a connection have in common. For HTTP headers of one name gunicorn has rules.
    """
    head = _HEAD.match(data, 0, MOST_HEAD_BYTES)
    if head is None:
        return None
    method, target, lines = head[1].decode(), head[2].decode(), head[3].decode().split("\r\n")
    if len(lines) > _MOST_HEADERS:
        return None
    path, _, query = target.partition("?")
    environ = common.copy()
    for line in lines[:-1]:
        name, _, value = line.partition(": ")
        key = _KEYS.get(name) or _key_of(name)
        if key in environ or key in _NOT_PLAIN:
            return None
        environ[key] = value
    if environ.get("HTTP_CONNECTION", _ASKS_TO_STAY).lower() != _ASKS_TO_STAY:
        return None
    body, length = data[head.end() :], environ.get("CONTENT_LENGTH", "0")
    if not length.isdecimal() or len(length) > _MOST_DIGITS or len(body) != int(length):
        return None
    environ["wsgi.input"] = BytesIO(body)
    environ["REQUEST_METHOD"], environ["RAW_URI"], environ["QUERY_STRING"] = method, target, query
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1") if "%" in path else path
    return environ


def common_environ(config: Any, client: tuple[str, int], server: tuple[str, int]) -> dict[str, Any]:
    """What gunicorn hands to the app with every request of a connection between these addresses."""
    return {
        **wsgi.base_environ(config),
        "wsgi.multithread": True,
        "wsgi.url_scheme": "https" if config.is_ssl else "http",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SCRIPT_NAME": "",
    }


class PlainRequest:
    """What gunicorn's answer asks of a request."""

    __slots__ = ("method",)

    version = (1, 1)

    def __init__(self, method: str) -> None:
        self.method = method

    def should_close(self) -> bool:
        """Whether the client wants the connection closed."""
        return False


def answer(worker: Any, environ: dict[str, Any], connection: Any, client: Any) -> bool:
    """Let the app of a gunicorn worker answer a plain request; returns whether the connection may bring another one.
    Raises OSError."""
    response = wsgi.Response(PlainRequest(environ["REQUEST_METHOD"]), connection, worker.cfg)
    if not worker.alive:
        response.force_close()
    try:
        _send(worker.wsgi(environ, response.start_response), response)
    except OSError:
        raise
    except Exception as error:
        worker.log.exception("Error handling request %s", environ["RAW_URI"])
        if not response.headers_sent:
            worker.handle_error(None, connection, client, error)
        return False
    return not response.should_close()


def _send(pieces: Iterable[bytes], response: Any) -> None:
    try:
        if isinstance(pieces, wsgi.FileWrapper):
            response.write_file(pieces)
        else:
            for piece in pieces:
                response.write(piece)
        response.close()
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


# The headers that come with nearly every request: as the app knows them.
_KEYS = {"Content-Type": "CONTENT_TYPE", "Content-Length": "CONTENT_LENGTH"}


def _key_of(name: str) -> str:
    upper = name.upper().replace("-", "_")
    return upper if upper in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{upper}"
