"""Services are called by TLS when their address says so, and only those that the private authority vouches for."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deploy.certificates import make_authority
from gateway.routes import UPSTREAMS
from gateway.settings import Settings
from gateway.tests.test_server import SAFE
from gateway.upstreams.client import Upstream, UpstreamDown, UpstreamSlow
from gateway.upstreams.connection import Connection
from shared.clock import now
from shared.settings import BadSettings, read_settings
from shared.tests.certificates import REASONS, Files, listening, trusting, write, write_bad


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(str(self.client_address[1]).encode())

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write(tmp_path_factory.mktemp("certificate"), make_authority(now()))


@pytest.fixture
def upstream(files: Files) -> Iterator[Upstream]:
    """A service that gives two tickets after each handshake, as servers do by TLS 1.3."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with trusting(files.authority):
        yield Upstream("lending", f"https://127.0.0.1:{server.server_address[1]}", away_seconds=0.1)
    server.shutdown()
    server.server_close()


def test_a_connection_is_used_again_though_tickets_have_come(upstream: Upstream) -> None:
    assert len({upstream.send("GET", "/").body for _ in range(3)}) == 1


@pytest.mark.parametrize("size", [0, 16_384, 16_385, 900_000])
def test_bodies_go_and_come_whole(upstream: Upstream, size: int) -> None:
    body = bytes(size)
    lengths = [("Content-Length", str(size))]
    assert [upstream.send("POST", "/", lengths, body).body for _ in range(2)] == [body] * 2


def test_a_connection_that_the_service_has_ended_is_not_quiet(files: Files) -> None:
    end = threading.Event()

    def serve(connection: ssl.SSLSocket) -> None:
        end.wait(10)
        with suppress(OSError):
            connection.unwrap()

    with trusting(files.authority), listening(files, serve) as port:
        ours = Connection(("127.0.0.1", port), ssl.create_default_context(cafile=files.authority))
        assert ours.is_quiet
        end.set()
        for _ in range(100):
            if not ours.is_quiet:
                break
            threading.Event().wait(0.05)
        assert not ours.is_quiet
        ours.close()


@pytest.mark.parametrize("fault", REASONS)
def test_a_service_that_is_not_trusted_is_down_and_the_log_says_why_once(tmp_path: Path, fault: str) -> None:
    files = write_bad(tmp_path, fault)
    served: list[ssl.SSLSocket] = []
    with trusting(files.authority), listening(files, served.append) as port, capture_logs() as logs:
        upstream = Upstream("lending", f"https://127.0.0.1:{port}", away_seconds=0.1)
        for _ in range(3):
            with pytest.raises(UpstreamDown, match="lending service is not available"):
                upstream.send("GET", "/loans")
    assert not served
    assert [(line["event"], line["service_name"], REASONS[fault] in line["error"]) for line in logs] == [
        ("tls_refused", "lending", True)
    ]


def test_a_service_without_tls_is_not_asked_anything_where_tls_is_meant(files: Files) -> None:
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener, trusting(files.authority), capture_logs() as logs:

        def answer_plain() -> None:
            connection, _ = listener.accept()
            with connection:
                received.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=answer_plain, daemon=True).start()
        upstream = Upstream("lending", f"https://127.0.0.1:{listener.getsockname()[1]}", away_seconds=0.1)
        with pytest.raises(UpstreamDown):
            upstream.send("POST", "/repayments", [("Authorization", "Bearer of-somebody")], b"{}")
    assert b"of-somebody" not in received[0]
    assert [line["event"] for line in logs] == ["tls_refused"]


def test_a_service_that_hangs_up_on_a_handshake_is_asked_once_it_is_back(files: Files) -> None:
    """Also a payment: nothing of it was sent."""
    hung_up: list[socket.socket] = []

    def begin(connection: socket.socket) -> None:
        if len(hung_up) < 2:
            hung_up.append(connection)
            raise ConnectionError

    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    with trusting(files.authority), listening(files, serve, begin) as port:
        upstream = Upstream("payments", f"https://127.0.0.1:{port}", away_seconds=10)
        assert upstream.send("POST", "/repayments", [("Content-Length", "2")], b"{}").status == 201
    assert len(hung_up) == 2


def test_a_service_that_takes_its_time_is_slow_and_not_down(files: Files) -> None:
    end = threading.Event()
    with trusting(files.authority), listening(files, lambda _: end.wait(10) and None) as port:
        with pytest.raises(UpstreamSlow):
            Upstream("lending", f"https://127.0.0.1:{port}", read_seconds=0.2).send("GET", "/loans")
        end.set()


def test_with_an_authority_nothing_may_go_unencrypted_to_others_in_production(files: Files) -> None:
    secure = {"GATEWAY_TLS_CA": str(files.authority), "BROKER_URL": SAFE["BROKER_URL"].replace("amqp:", "amqps:")}
    secure |= {"JWKS_URL": "https://identity-web:8101/.well-known/jwks.json"}
    secure |= {f"{name.upper()}_URL": f"https://{name}-web:8101" for name in UPSTREAMS}
    assert (
        read_settings(Settings, SAFE | secure, prefix="GATEWAY").upstream_urls["lending"] == "https://lending-web:8101"
    )
    for name, url in secure.items():
        if url.startswith(("https:", "amqps:")):
            changed = {name: url.replace("s:", ":", 1)}
            with pytest.raises(BadSettings, match=f"^{name}: TLS is on"):
                read_settings(Settings, SAFE | secure | changed, prefix="GATEWAY")
            # On this machine it goes nowhere.
            nearby = {name: "http://127.0.0.1:8101" if url.startswith("https:") else "amqp://guest:guest@127.0.0.1//"}
            assert read_settings(Settings, SAFE | secure | nearby, prefix="GATEWAY")
    with pytest.raises(BadSettings, match="TLS_CA"):
        read_settings(Settings, SAFE | secure | {"GATEWAY_TLS_CA": "/nowhere/ca.crt"}, prefix="GATEWAY")
