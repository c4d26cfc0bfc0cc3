"""One service behind the gateway: a pool of kept-alive connections, repetition, a breaker and a fair queue."""

import ssl
import time
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import nullcontext
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson

from gateway.methods import SAFE
from gateway.requests.bodies import Body
from gateway.responses.problems import Refusal, Unavailable
from gateway.responses.response import Response
from gateway.upstreams.breaker import Breaker
from gateway.upstreams.connection import BadResponse, ClosedUnused, Connection
from gateway.upstreams.fair_queue import FairQueue
from shared import tls
from shared.health import PLATFORM_HEADER
from shared.telemetry import log

# How long a request waits for a service that is restarting; nothing of it was sent yet, so nothing happens twice.
AWAY_SECONDS = 10.0
_RECONNECT_SECONDS = 0.05
# One for a kept connection that was closed meanwhile, one for a new one that was never accepted.
REPETITIONS = 2
READ_SECONDS = 30.0
DOCUMENT_SECONDS = 5.0
# More than a gateway process keeps busy while reads are quick; those beyond wait in the fair queue.
READS_AT_ONCE = 16
# Shorter than the keep-alive of the services (75 s), so that it is always the gateway that closes a connection.
IDLE_SECONDS = 30.0
MAX_IDLE = 64
# A response up to this size is read whole, so that a slow client never holds a thread of a service.
HELD_BYTES = 1024 * 1024


class UpstreamDown(Unavailable):
    """The service cannot be reached, or hung up before it had answered."""


class UpstreamSlow(Refusal):
    """The service did not answer in time; whether it did the work is unknown."""

    status = 504


class Upstream:
    """A service and the idle connections to it. `send` may be called from many greenlets or threads at once."""

    def __init__(
        self,
        name: str,
        url: str,
        read_seconds: float = READ_SECONDS,
        away_seconds: float = AWAY_SECONDS,
        reads_at_once: int = READS_AT_ONCE,
    ) -> None:
        parts = urlsplit(url)
        self.name = name
        self._read_seconds = read_seconds
        self._away_seconds = away_seconds
        self._breaker = Breaker()
        self._reads = FairQueue(reads_at_once)
        self._tls = tls.client_context() if parts.scheme == "https" else None
        self._refusal = ""
        self._address = (parts.hostname or "", parts.port or (443 if self._tls else 80))
        self._host = parts.netloc.encode("ascii")
        self._idle: deque[tuple[Connection, float]] = deque()

    def send(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]] = (),
        body: Body = b"",
        *,
        repeatable: bool = False,
        read_seconds: float | None = None,
    ) -> Response:
        """Ask the service and return its response. `repeatable`: doing it twice has the effect of doing it once.

        Repeated only when the connection ends before the first byte of a response, as it does while a service restarts.
        Reads wait for their turn in the fair queue. Writes do not: one may be waiting for another in the service, and
        would hold up the reads behind it. Raises UpstreamDown, UpstreamSlow; at once after several failures in a row.
        """
        if not self._breaker.lets_pass():
            raise self._down()
        seconds = read_seconds or self._read_seconds
        try:
            with self._reads.turn(seconds) if method in SAFE else nullcontext():
                response = self._ask(method, self._head(method, target, headers), body, repeatable, seconds)
        except TimeoutError as error:
            self._breaker.failed()
            raise UpstreamSlow(f"The {self.name} service took too long to answer.") from error
        except (OSError, BadResponse, ClosedUnused) as error:
            self._breaker.failed()
            raise self._down() from error
        self._breaker.succeeded()
        return response

    def _ask(self, method: str, head: bytes, body: Body, repeatable: bool, seconds: float) -> Response:
        connection = self._reuse() or self._connect()
        for _ in range(REPETITIONS if repeatable else 0):
            try:
                return self._exchange(connection, method, head, body, seconds)
            except ClosedUnused:
                connection = self._connect()
        return self._exchange(connection, method, head, body, seconds)

    def _down(self) -> UpstreamDown:
        return UpstreamDown(f"The {self.name} service is not available just now. Please try again.")

    def check_ready(self, platform: str) -> None:
        """Return when the service can work and belongs to `platform`, if one is named. Raises UpstreamDown,
        UpstreamSlow."""
        response = self.send("GET", "/health/ready", repeatable=True, read_seconds=DOCUMENT_SECONDS)
        self._json(response)
        if platform and response.header(PLATFORM_HEADER.lower()) != platform:
            raise UpstreamDown(f"At the address of the {self.name} service answers another platform's.")

    def get_json(self, target: str, headers: Iterable[tuple[str, str]] = ()) -> Any:
        """A JSON document of the service. Raises UpstreamSlow, and UpstreamDown also for any other response."""
        return self._json(self.send("GET", target, headers, repeatable=True, read_seconds=DOCUMENT_SECONDS))

    def post_json(self, target: str, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> Any:
        """The JSON response to a JSON document, which is sent once. Raises UpstreamSlow, and UpstreamDown also for any
        other response."""
        lengths = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return self._json(self.send("POST", target, [*headers, *lengths], body, read_seconds=DOCUMENT_SECONDS))

    def _json(self, response: Response) -> Any:
        try:
            body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        except (OSError, BadResponse) as error:
            raise self._down() from error
        if response.status != HTTPStatus.OK:
            raise UpstreamDown(f"The {self.name} service answered {response.status}.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise UpstreamDown(f"The {self.name} service did not answer in JSON.") from error

    def close(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._idle.pop()[0].close()

    def _head(self, method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
        head = "\r\n".join(lines).encode("latin-1")
        # The server in front refuses these already; what is written on a socket here is checked here.
        if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1:
            raise ValueError("A line break in a header.")
        return head + b"\r\nHost: " + self._host + b"\r\n\r\n"

    def _connect(self) -> Connection:
        """A new connection; waits for a service that is restarting, unless the breaker is open."""
        patience = 0.0 if self._breaker.is_open else self._away_seconds
        deadline = time.monotonic() + patience
        while True:
            try:
                connection = Connection(self._address, self._tls)
                self._refusal = ""
                return connection
            except ConnectionRefusedError:
                if time.monotonic() >= deadline:
                    raise
                # Nothing signals that a port which refuses has begun to listen.
                time.sleep(_RECONNECT_SECONDS)
            except TimeoutError as error:
                raise ConnectionError("no connection in time") from error
            except ssl.SSLError as error:
                self._note_refusal(error)
                raise

    def _note_refusal(self, error: ssl.SSLError) -> None:
        """Say why a service is not spoken with, once and not at each request."""
        reason = error.strerror or repr(error)
        if reason != self._refusal:
            log.error("tls_refused", service_name=self.name, error=reason)
        self._refusal = reason

    def _reuse(self) -> Connection | None:
        """An idle connection that the other side has not closed, newest first, or None."""
        while self._idle:
            connection, idle_since = self._idle.pop()
            if time.monotonic() - idle_since < IDLE_SECONDS and connection.is_quiet:
                return connection
            connection.close()
        return None

    def _exchange(self, connection: Connection, method: str, head: bytes, body: Body, seconds: float) -> Response:
        """One request and its response on this connection, which is kept or closed afterwards."""
        try:
            connection.send(head, body, seconds)
            connection.receive(method)
            status, headers = connection.status, connection.headers
            if connection.length is None or connection.length > HELD_BYTES:
                return Response(status, headers, self._pieces(connection))
            response = Response(status, headers, connection.read())
        except BaseException:
            connection.close()
            raise
        if status >= HTTPStatus.BAD_REQUEST and body:
            # A service that refuses a body may leave some of it unread, and then closes a moment after its response.
            connection.close()
        else:
            self._settle(connection)
        return response

    def _pieces(self, connection: Connection) -> Generator[bytes, None, None]:
        try:
            yield from connection.pieces()
        finally:
            self._settle(connection)

    def _settle(self, connection: Connection) -> None:
        if not connection.is_reusable:
            connection.close()
            return
        if len(self._idle) >= MAX_IDLE:
            self._idle.popleft()[0].close()
        self._idle.append((connection, time.monotonic()))
