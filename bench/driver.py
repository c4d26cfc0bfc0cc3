"""The load: one process, raw sockets that stay open, and as many requests at once as there are sockets.

It shares the machine with what it measures, so it does as little as it can, and says what it cost.
"""

import json
import multiprocessing
import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from urllib.parse import urlsplit

_PATIENCE = 60.0
_END_OF_HEAD = b"\r\n\r\n"
NUMBER = b"0000000000000"
"""Where a request has this it gets a number instead that no other request of any load has."""
MADE = b"made" * 9
"""Where a request has this it gets the id of what the request before it made, which has as many characters."""


class Stalled(Exception):
    """The platform left requests without an answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it goes over the wire, of some kind; `then` follows on the same connection when it succeeded."""

    kind: str
    content: bytes
    then: "Request | None" = None


@dataclass(frozen=True, slots=True)
class Load:
    """What to send where: requests, in turn and from the start again, for so long or so many of them.

    The connections are spread evenly over the `urls`, of which only host and port count. What follows a request is
    neither counted by `at_most` nor left out when the time is over.
    """

    urls: Sequence[str]
    connections: int
    requests: Sequence[Request]
    seconds: float
    at_most: int | None = None


@dataclass(slots=True)
class Answers:
    """What came back: latencies, in seconds, of what succeeded, and the status of everything.

    `behind` counts writes whose followers were late by over a second.
    """

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    behind: int = 0

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def answered(self) -> int:
        return sum(self.statuses.values())

    @property
    def refused(self) -> int:
        """Answers that ask to come back later, which is right when too many sign in at once."""
        return self.statuses[429]

    @property
    def errors(self) -> int:
        """Answers other than success, and connections that broke."""
        return self.broken + sum(count for status, count in self.statuses.items() if status >= 400)

    def percentile(self, part: float) -> float:
        """The latency that this part of the requests did not exceed, in seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0

    def add(self, other: "Answers") -> None:
        self.latencies += other.latencies
        self.statuses += other.statuses
        self.broken += other.broken
        self.behind += other.behind


@dataclass(slots=True)
class Outcome:
    """What came back by kind of request, how long it took, and what the driver spent on it, in seconds."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    kinds: dict[str, Answers] = field(default_factory=dict)

    @property
    def total(self) -> Answers:
        """The answers to all kinds."""
        total = Answers()
        for answers in self.kinds.values():
            total.add(answers)
        return total

    @property
    def per_second(self) -> float:
        """Requests that succeeded."""
        return self.total.count / self.seconds


class _Exchange:
    """One socket, on which a request is sent when the last one was answered."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._address = (place.hostname or "", place.port or 0)
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(self._address, timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def reopen(self) -> None:
        self.socket.close()
        self._open()

    def send(self, request: Request, number: int, made: bytes = b"") -> None:
        self.request = request
        self._received, self._head_ends, self._due = bytearray(), 0, 0
        content = request.content.replace(NUMBER, b"%013d" % number).replace(MADE, made)
        self.started = time.perf_counter()
        self.socket.sendall(content)

    def receive(self) -> tuple[bytes, bytes] | None:
        """Head and body of the answer when all of it is there, None before. Raises ConnectionError."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("closed before the answer")
        self._received += part
        if not self._due and (end := self._received.find(_END_OF_HEAD)) > 0:
            self._head_ends = end
            self._due = end + len(_END_OF_HEAD) + _content_length(bytes(self._received[:end]).lower())
        if not 0 < self._due <= len(self._received):
            return None
        body = self._received[self._head_ends + len(_END_OF_HEAD) : self._due]
        return bytes(self._received[: self._head_ends]), bytes(body)


def _content_length(head: bytes) -> int:
    name = b"content-length:"
    start = head.find(name)
    if start < 0:
        raise ConnectionError("an answer without a length")
    return int(head[start + len(name) :].split(b"\r\n", 1)[0])


class _Run:
    """A load while it is on."""

    def __init__(self, load: Load) -> None:
        self._load, self._sent, self.outcome = load, 0, Outcome()
        self._number = time.time_ns() // 100_000 % 10**13
        self._exchanges = [_Exchange(load.urls[turn % len(load.urls)]) for turn in range(load.connections)]
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        started = time.perf_counter()
        self._deadline = started + self._load.seconds
        for exchange in self._exchanges:
            self._selector.register(exchange.socket, selectors.EVENT_READ, exchange)
            self._go_on(exchange)
        while waiting := len(self._selector.get_map()):
            ready = self._selector.select(_PATIENCE)
            if not ready:
                raise Stalled(f"{waiting} requests were not answered within {_PATIENCE:.0f} s.")
            for key, _ in ready:
                self._hear(key.data)
        self.outcome.seconds = time.perf_counter() - started
        for exchange in self._exchanges:
            exchange.socket.close()

    def _go_on(self, exchange: _Exchange) -> None:
        """Send the next request, or send nothing more when the time or the number is over."""
        if time.perf_counter() >= self._deadline or self._sent == self._load.at_most:
            self._selector.unregister(exchange.socket)
            return
        request = self._load.requests[self._sent % len(self._load.requests)]
        self._sent += 1
        self._send(exchange, request)

    def _send(self, exchange: _Exchange, request: Request, made: bytes = b"") -> None:
        self._number += 1
        exchange.send(request, self._number, made)

    def _hear(self, exchange: _Exchange) -> None:
        answers = self.outcome.kinds.setdefault(exchange.request.kind, Answers())
        try:
            answer = exchange.receive()
        except ConnectionError:
            answers.broken += 1
            self._selector.unregister(exchange.socket)
            exchange.reopen()
            self._selector.register(exchange.socket, selectors.EVENT_READ, exchange)
            self._go_on(exchange)
            return
        if answer is None:
            return
        head, body = answer
        status = int(head[9:12])
        answers.statuses[status] += 1
        answers.behind += b"X-Followers-Behind" in head
        if status < 400:
            answers.latencies.append(time.perf_counter() - exchange.started)
            if later := exchange.request.then:
                self._send(exchange, later, json.loads(body)["data"]["id"].encode())
                return
        self._go_on(exchange)


def drive(load: Load) -> Outcome:
    """Put the load on, in this process. Returns when the last request was answered. Raises Stalled."""
    cpu_before = _cpu_seconds()
    run = _Run(load)
    run.run()
    run.outcome.cpu_seconds = _cpu_seconds() - cpu_before
    return run.outcome


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Driving:
    """A load put on by a process of its own, while this one does something else. Raises Stalled."""

    def __init__(self, load: Load) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_drive_and_tell, args=(load, theirs))
        self._process.start()
        # As long as this end is open here too, reading does not fail when the process has ended.
        theirs.close()
        # Starting a Python takes a quarter of a second of CPU, which is not part of the load.
        self._heard()

    def begin(self) -> None:
        """Let the load begin."""
        self._pipe.send(None)

    def is_over(self, seconds: float) -> bool:
        """Whether the load has ended; waits so long for that."""
        return self._pipe.poll(seconds)

    def outcome(self) -> Outcome:
        """Wait for the end. Raises Stalled."""
        result = self._heard()
        self._process.join()
        if isinstance(result, Outcome):
            return result
        raise Stalled(str(result))

    def _heard(self) -> object:
        try:
            return self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise Stalled("The process that puts on the load has ended.") from None


def _drive_and_tell(load: Load, pipe: Pipe) -> None:
    pipe.send(None)
    pipe.recv()
    try:
        pipe.send(drive(load))
    except Exception as error:
        # Raised on below; whoever waits at the other end of the pipe gets it too.
        pipe.send(repr(error))
        raise


def put_on(load: Load) -> Outcome:
    """Put a load on from a process of its own and wait for its end. Raises Stalled."""
    driving = Driving(load)
    driving.begin()
    return driving.outcome()
