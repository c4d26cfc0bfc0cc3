"""The server of the services: its threads share what comes, probes pass them by, and nothing is cut off at the end."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EIO, EPIPE
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from deploy.certificates import make_authority
from shared.clock import now
from shared.testing import eventually
from shared.tests.certificates import Files, write
from shared.tests.small_server import MOST_BYTES
from shared.web.connections import Connection
from shared.web.serving_threads import ServingThreads

THREADS = 2
REQUEST = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"


class Server:
    """A running server, and the way to let its requests at `/wait` go on."""

    def __init__(
        self, process: subprocess.Popen[bytes], port: int, fifo: Path, log: Path, tls: ssl.SSLContext | None
    ) -> None:
        self.process, self.port, self._fifo, self.log, self.tls = process, port, fifo, log, tls

    def connect(self) -> HTTPConnection:
        if self.tls:
            return HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=20)
        return HTTPConnection("127.0.0.1", self.port, timeout=20)

    def plain(self) -> socket.socket:
        """A connection on which nobody has shaken hands."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def raw(self) -> socket.socket:
        return self.tls.wrap_socket(self.plain(), server_hostname="127.0.0.1") if self.tls else self.plain()

    def get(self, path: str) -> str:
        connection = self.connect()
        try:
            return read(connection, "GET", path).decode()
        finally:
            connection.close()

    def let_go_on(self) -> None:
        """Answer all that wait by now."""
        with suppress(OSError):  # nobody waits
            os.close(os.open(self._fifo, os.O_WRONLY | os.O_NONBLOCK))


def read(
    connection: HTTPConnection,
    method: str,
    path: str,
    body: bytes | Iterator[bytes] | None = None,
    *,
    encode_chunked: bool = False,
) -> bytes:
    connection.request(method, path, body=body, encode_chunked=encode_chunked)
    response = connection.getresponse()
    assert response.status == 200
    return response.read()


@pytest.fixture(params=["plain", "secure"])
def server(request: pytest.FixtureRequest) -> Server:
    """One that is left as it was found."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, files: Files) -> Iterator[Server]:
    """One with TLS."""
    with running(tmp_path_factory.mktemp("secure"), files=files) as server:
        yield server


@pytest.fixture(params=[False, True], ids=["plain", "secure"])
def ending(request: pytest.FixtureRequest, tmp_path: Path, files: Files) -> Iterator[Server]:
    """One that may be ended."""
    with running(tmp_path, files=files if request.param else None) as server:
        yield server


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write(tmp_path_factory.mktemp("certificate"), make_authority(now()))


@contextmanager
def running(folder: Path, processes: int = 1, files: Files | None = None) -> Iterator[Server]:
    fifo, log = folder / "fifo", folder / "log"
    os.mkfifo(fifo)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "shared.tests.small_server", str(port), str(THREADS), str(fifo), str(processes)]
    command += [str(files.certificate), str(files.key)] if files else []
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors)
    tls = ssl.create_default_context(cafile=files.authority) if files else None
    server = Server(process, port, fifo, log, tls)
    try:
        eventually(lambda: is_up(server), seconds=30)
        yield server
    finally:
        process.kill()
        process.wait()


def is_up(server: Server) -> bool:
    try:
        return server.get("/hello") == "hello"
    except ConnectionError:
        return False


def hold_up(server: Server, count: int) -> list[threading.Thread]:
    """So many requests that wait."""
    answers = [threading.Thread(target=server.get, args=("/wait",)) for _ in range(count)]
    for thread in answers:
        thread.start()
    return answers


def end(server: Server, answers: list[threading.Thread]) -> None:
    def all_ended() -> bool:
        server.let_go_on()
        return not any(thread.is_alive() for thread in answers)

    eventually(all_ended, seconds=20)


def test_connections_bring_one_request_after_another(server: Server) -> None:
    connections = [server.connect() for _ in range(3 * THREADS)]
    for turn in range(5):
        for connection in connections:
            assert read(connection, "GET", "/hello") == b"hello"
            assert read(connection, "POST", "/echo", body=b"%d" % turn) == b"%d" % turn


def test_processes_of_one_port_get_as_many_connections_each(tmp_path: Path) -> None:
    with running(tmp_path, processes=2) as server:
        eventually(lambda: len({server.get("/process") for _ in range(10)}) == 2, seconds=30)
        connections = [server.connect() for _ in range(10)]
        held = Counter(read(connection, "GET", "/process") for connection in connections)
    # One may have taken another while its neighbour still left it the one before.
    assert len(held) == 2
    assert max(held.values()) - min(held.values()) <= 2


def test_there_are_never_more_threads_than_asked_for(server: Server) -> None:
    answers = [threading.Thread(target=lambda: [server.get("/hello") for _ in range(30)]) for _ in range(4 * THREADS)]
    for thread in answers:
        thread.start()
    for thread in answers:
        thread.join()
    assert server.get("/threads") == str(THREADS)


@pytest.mark.parametrize("at", [1, 10, len(REQUEST) - 1])
def test_a_request_may_come_in_pieces(server: Server, at: int) -> None:
    with server.raw() as client:
        for _ in range(2):
            client.sendall(REQUEST[:at])
            # What is asked afterwards is answered after the first piece has been read.
            assert server.get("/hello") == "hello"
            client.sendall(REQUEST[at:])
            assert answered(client) == b"hello"


def test_requests_may_come_together(server: Server) -> None:
    with server.raw() as client:
        client.sendall(REQUEST * 3)
        received = b""
        while received.count(b"hello") < 3:
            piece = client.recv(65536)
            assert piece
            received += piece


def test_chunks_are_read_by_gunicorn(server: Server) -> None:
    connection = server.connect()
    for _ in range(2):
        assert read(connection, "POST", "/echo", body=iter([b"one", b"two"]), encode_chunked=True) == b"onetwo"
        assert read(connection, "GET", "/hello") == b"hello"


def test_what_is_no_request_is_refused(server: Server) -> None:
    with server.raw() as client:
        client.sendall(b"GET / HTTP/1.1\nHost: a\n\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 400")
        assert client.recv(65536) == b""


def test_a_client_that_goes_away_takes_no_thread_along(server: Server) -> None:
    for _ in range(3 * THREADS):
        with server.raw() as client:
            client.sendall(REQUEST.replace(b"/hello", b"/long"))
        with server.raw() as client:
            client.sendall(REQUEST[:10])
    assert len(server.get("/long")) == MOST_BYTES


def test_probes_are_answered_while_all_threads_wait(server: Server) -> None:
    kept = server.connect()
    assert read(kept, "GET", "/health/live") == b"hello"
    answers = hold_up(server, 3 * THREADS)
    began = time.monotonic()
    for _ in range(3):
        assert server.get("/health/live") == "hello"
        assert read(kept, "GET", "/health/live") == b"hello"
    assert time.monotonic() - began < 3
    end(server, answers)
    assert server.get("/hello") == "hello"


def test_what_is_under_way_is_answered_before_the_end(ending: Server) -> None:
    idle = ending.connect()
    read(idle, "GET", "/hello")
    waiting = ending.connect()
    waiting.request("GET", "/wait")
    eventually(lambda: ending.get("/threads") == "2")
    ending.process.send_signal(signal.SIGTERM)
    last = last_answer(idle)
    ending.let_go_on()
    response = waiting.getresponse()
    assert (response.status, response.read()) == (200, b"done")
    assert last.headers["Connection"] == "close"
    assert ending.process.wait(timeout=20) == 0


def test_a_request_that_waits_for_a_thread_is_no_idle_connection() -> None:
    closed: list[Connection] = []
    (ours, theirs), (idle, other_end) = socket.socketpair(), socket.socketpair()
    with ours, theirs, idle, other_end:
        waiting = {sock.fileno(): Connection(Config(), sock, None, None) for sock in (ours, idle)}
        for connection in waiting.values():
            connection.idle_until = 0.0
        worker: Any = SimpleNamespace(_waiting=waiting, _close=lambda connection, **_: closed.append(connection))
        theirs.sendall(REQUEST)
        ServingThreads._close_idle(worker, 1.0)
        assert [connection.sock for connection in closed] == [idle]
        assert list(waiting) == [ours.fileno()]


@pytest.mark.parametrize(("number", "is_logged"), [(EIO, True), (EPIPE, False)], ids=["no file", "no client"])
def test_what_is_not_the_fault_of_a_client_is_logged(number: int, is_logged: bool) -> None:
    def pieces() -> Iterator[bytes]:
        raise OSError(number, os.strerror(number))
        yield b""

    def app(_environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "8")])
        return pieces()

    logged: list[str] = []
    log = SimpleNamespace(exception=lambda message, *_: logged.append(message))
    worker: Any = SimpleNamespace(wsgi=app, cfg=Config(), alive=True, log=log)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection: Any = SimpleNamespace(sock=ours, client=("127.0.0.1", 50000))
        assert not ServingThreads._answer_plain(worker, connection, {"REQUEST_METHOD": "GET", "RAW_URI": "/"})
    assert bool(logged) is is_logged


def test_a_connection_is_closed_that_could_not_be_answered() -> None:
    def handle(_connection: object) -> bool:
        raise RuntimeError("out of order")

    given_back: list[tuple[object, bool]] = []
    worker: Any = SimpleNamespace(
        handle=handle,
        log=SimpleNamespace(exception=lambda *_: None),
        _give_back=lambda connection, is_kept: given_back.append((connection, is_kept)),
    )
    connection: Any = SimpleNamespace(is_ready=lambda: True)
    ServingThreads._answer(worker, connection)
    assert given_back == [(connection, False)]


def test_bodies_of_every_length_come_whole_and_go_whole(secure: Server) -> None:
    """A record holds 16,384 bytes."""
    connection = secure.connect()
    for size in (1, 16_000, 16_384, 16_385, 3_000_000, 1):
        body = os.urandom(size)
        assert read(connection, "POST", "/echo", body=body) == body


def test_a_request_that_shares_a_record_with_the_end_of_a_body_is_answered(secure: Server) -> None:
    """What the TLS of the server has taken in already is nothing that comes on its socket."""
    with secure.raw() as client:
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 12000\r\n\r\n")
        client.sendall(b"x" * 12_000 + REQUEST)
        received = b""
        while not received.endswith(b"hello"):
            piece = client.recv(65536)
            assert piece
            received += piece
    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_slow_handshakes_and_half_records_hold_up_nobody(secure: Server) -> None:
    assert secure.tls
    slow = [secure.plain() for _ in range(4 * THREADS)]
    half = [secure.raw() for _ in range(4 * THREADS)]
    for client in slow:
        client.sendall(greeting(secure.tls)[:20])
    for client in half:
        # The head of a record of 100 bytes, and one of them.
        socket.socket.send(client, b"\x17\x03\x03\x00\x64x")
    kept = secure.connect()
    for _ in range(5):
        assert read(kept, "GET", "/hello") == b"hello"
        assert secure.get("/hello") == "hello"
    for client in (*slow, *half):
        client.close()


def greeting(tls: ssl.SSLContext) -> bytes:
    """What a client says first."""
    outgoing = ssl.MemoryBIO()
    client = tls.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="127.0.0.1")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_many_connections_bring_one_request_after_another(secure: Server) -> None:
    connections = [secure.connect() for _ in range(150)]
    for _ in range(2):
        for connection in connections:
            assert read(connection, "GET", "/hello") == b"hello"
    assert int(secure.get("/threads")) <= THREADS


def test_plain_text_is_refused_and_so_is_who_does_not_trust_us(secure: Server) -> None:
    before = len(secure.log.read_text())
    with secure.plain() as client:
        client.sendall(REQUEST)
        with suppress(ConnectionResetError):
            assert b"HTTP" not in client.recv(65536)
    with pytest.raises(ssl.SSLCertVerificationError), secure.plain() as client:
        ssl.create_default_context().wrap_socket(client, server_hostname="127.0.0.1")
    # Who only looks whether anybody listens is none of them.
    secure.plain().close()
    assert secure.get("/hello") == "hello"
    logged = secure.log.read_text()[before:].splitlines()
    refusals = [line for line in logged if "Refused a connection from 127.0.0.1" in line]
    assert len(refusals) == 2
    assert "http request" in refusals[0]
    assert "unknown ca" in refusals[1]


def test_a_certificate_that_was_renewed_is_in_use_after_a_reload(tmp_path: Path) -> None:
    authority = make_authority(now())
    with running(tmp_path, files=write(tmp_path, authority)) as server:
        before = served_by(server)
        write(tmp_path, authority)
        assert served_by(server) == before
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: served_by(server) != before, seconds=20)
        assert server.get("/hello") == "hello"


def served_by(server: Server) -> bytes:
    """The certificate that it shows."""
    with server.raw() as client:
        assert isinstance(client, ssl.SSLSocket)
        return client.getpeercert(binary_form=True) or b""


def last_answer(connection: HTTPConnection) -> HTTPResponse:
    """The first answer of a server that ends: it is whole, and says that no other one comes."""

    def ask() -> HTTPResponse | None:
        connection.request("GET", "/hello")
        response = connection.getresponse()
        assert response.read() == b"hello"
        return response if response.headers["Connection"] == "close" else None

    answer = eventually(ask)
    assert answer
    return answer


def answered(client: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(65536)
    return received.partition(b"\r\n\r\n")[2]
