"""One kept-alive connection to a service; its responses are parsed by httptools, that is llhttp, the parser of Node."""

import ssl
from collections.abc import Generator
from contextlib import suppress
from http import HTTPStatus
from socket import IPPROTO_TCP, MSG_PEEK, TCP_NODELAY, create_connection

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.requests.bodies import Body
from shared.tls import HUNG_UP

CONNECT_SECONDS = 1.0
# The kernel takes a connection for a service, which shakes hands itself, and may be at something that takes its time.
HANDSHAKE_SECONDS = 10.0
PIECE_BYTES = 64 * 1024
# A write that touches a thousand rows names as many events in one header.
MAX_HEAD_BYTES = 1024 * 1024
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class BadResponse(Exception):
    """What came is not a whole HTTP response."""


class ClosedUnused(Exception):
    """The service closed the connection before it had sent one byte of a response."""


class Connection:
    """Carries one request at a time: `send` it, `receive` the head of its response, then `read` the body or take its
    `pieces`, once.

    `length` is None when the end of the body shows only while it is read; `is_reusable` says, once it was read, whether
    the connection may carry another request. The parser calls the methods that begin with `on_`.
    """

    def __init__(self, address: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        """Raises OSError; ssl.SSLError among it, where the service is to be spoken with by TLS and is not trusted."""
        self._socket = create_connection(address, timeout=CONNECT_SECONDS)
        self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        if tls:
            self._socket = self._shake_hands(tls, address[0])
        self._parser = HttpResponseParser(self)
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.length: int | None = None
        self._is_chunked = self._keeps_alive = self._has_ended = False
        self._body: list[bytes] = []

    def _shake_hands(self, tls: ssl.SSLContext, name: str) -> ssl.SSLSocket:
        self._socket.settimeout(HANDSHAKE_SECONDS)
        try:
            return tls.wrap_socket(self._socket, server_hostname=name)
        except (ConnectionError, *HUNG_UP) as error:
            # The kernel took it for a service that is being restarted; nothing was asked yet.
            raise ConnectionRefusedError("hung up on before the handshake was over") from error

    @property
    def is_quiet(self) -> bool:
        """Whether an idle connection is open with nothing to read: one that has ended, or brings unrequested bytes,
        must not carry another request."""
        self._socket.settimeout(0)
        try:
            if isinstance(self._socket, ssl.SSLSocket):
                # It cannot peek. What is read is lost, with a connection that is of no more use; tickets of TLS 1.3 and
                # the like are no bytes of ours.
                self._socket.recv(1)
            else:
                self._socket.recv(1, MSG_PEEK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    @property
    def is_reusable(self) -> bool:
        """Whether the whole response was read and the service keeps the connection open."""
        return self._has_ended and self._keeps_alive

    def close(self) -> None:
        self._socket.close()

    def send(self, head: bytes, body: Body, seconds: float) -> None:
        """Write a request. From here on the service may pause for so many seconds at a time, before a TimeoutError."""
        self._socket.settimeout(seconds)
        # A service may refuse a long body, and close, before it has read all of it: its response can still be read.
        with suppress(ConnectionError, ssl.SSLEOFError):
            if isinstance(body, bytes):
                self._socket.sendall(head + body)
                return
            self._socket.sendall(head)
            body.seek(0)
            while piece := body.read(PIECE_BYTES):
                self._socket.sendall(piece)

    def receive(self, method: str) -> None:
        """Read `status`, `headers` and `length` of the response. Raises ClosedUnused, BadResponse, OSError."""
        self.status, self._has_ended, self._body = 0, False, []
        try:
            piece = self._socket.recv(PIECE_BYTES)
        except ConnectionError as error:
            raise ClosedUnused from error
        if not piece:
            raise ClosedUnused
        self._feed(piece)
        taken = len(piece)
        while not self.status:
            taken += self._read_on()
            if taken > MAX_HEAD_BYTES:
                raise BadResponse("a head without an end")
        if method == "HEAD":
            # The parser expects a body, which a response to HEAD does not have.
            self._parser, self._has_ended = HttpResponseParser(self), True
            self._keeps_alive, self._body = self._keeps_alive and not self._body, []
        if method == "HEAD" or self.status in _BODILESS:
            self.length = 0

    def read(self) -> bytes:
        """The whole body. Raises BadResponse when it ends early, OSError."""
        while not self._has_ended:
            self._read_on()
        return b"".join(self._body)

    def pieces(self) -> Generator[bytes, None, None]:
        """The body as it comes. Raises BadResponse when it ends early, OSError."""
        while True:
            pieces, self._body = self._body, []
            yield from pieces
            if self._has_ended:
                return
            self._read_on()

    def _read_on(self) -> int:
        piece = self._socket.recv(PIECE_BYTES)
        if piece:
            self._feed(piece)
        elif self.status and self.length is None and not self._is_chunked:
            self._has_ended = True
        else:
            raise BadResponse("the response ended early")
        return len(piece)

    def _feed(self, piece: bytes) -> None:
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade) as error:
            # Also where the response itself was whole, and more came after it.
            self._has_ended = False
            raise BadResponse(repr(error)) from error

    def on_message_begin(self) -> None:
        if self.status:
            raise BadResponse("a second response to one request")
        # Also after an interim response, whose headers are its own.
        self.headers, self.length, self._is_chunked = [], None, False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status:  # a trailer
            return
        self.headers.append((name.decode("latin-1"), value.decode("latin-1").strip()))
        match name.lower():
            case b"content-length":
                self.length = int(value)
            case b"transfer-encoding":
                self._is_chunked = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= HTTPStatus.OK:
            self.status, self._keeps_alive = status, self._parser.should_keep_alive()

    def on_body(self, piece: bytes) -> None:
        self._body.append(piece)

    def on_message_complete(self) -> None:
        self._has_ended = bool(self.status)
