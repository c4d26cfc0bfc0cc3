"""What the server refuses before the gateway proper sees it, and what it writes down."""

import secrets
import socket
import subprocess
import sys
from contextlib import ExitStack

import orjson
import pytest

from gateway.settings import Settings
from gateway.tests.client import Client
from gateway.tests.process import ROOT, Gateway, Start
from gateway.tests.services import Services
from shared.settings import BadSettings, read_settings
from shared.testing import event_keys, eventually


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(b"garbage\r\n\r\n", 400, id="not HTTP"),
        pytest.param(b"GET /ping HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431, id="long header"),
        pytest.param(b"GET /ping HTTP/1.1\r\n" + b"A: b\r\n" * 70 + b"\r\n", 431, id="many headers"),
        pytest.param(b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, id="long path"),
        pytest.param(b"GET /ping HTTP/1.1\r\nHost: x\r\nA: b\nX-User-Id: evil\r\n\r\n", 400, id="bare line feed"),
        pytest.param(b"GET /ping HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n", 400, id="folded header"),
        pytest.param(b"GET /ping HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400, id="space before the colon"),
        pytest.param(b"GET /ping HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", 400, id="NUL in a header"),
        pytest.param(b"GET /ping HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, id="two hosts"),
    ],
)
def test_what_the_server_refuses_is_in_the_envelope_too(client: Client, request_bytes: bytes, status: int) -> None:
    head, _, body = client.raw(request_bytes).partition(b"\r\n\r\n")
    assert int(head.split(b" ")[1]) == status
    assert orjson.loads(body)["success"] is False
    assert orjson.loads(body)["message"]
    lines = head.split(b"\r\n")
    for line in (
        b"X-Content-Type-Options: nosniff",
        b"X-Frame-Options: DENY",
        b"Referrer-Policy: no-referrer",
        b"Cache-Control: no-store",
        b"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        b"Cross-Origin-Resource-Policy: same-origin",
        b"X-Request-Id: " + orjson.loads(body)["requestId"].encode(),
    ):
        assert line in lines
    assert b"Server:" not in head


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_request_says_which_host_it_is_for(client: Client, version: str) -> None:
    assert client.raw_status(f"GET /ping HTTP/{version}", "Connection: close") == (400 if version == "1.1" else 200)


PLAIN = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(PLAIN[:-2] + b"Accept: a\r\nAccept: b\r\n\r\n", id="a header twice"),
        pytest.param(b"\r\n" + PLAIN, id="an empty line before it"),
        pytest.param(PLAIN[:-2] + b"Connection: keep-alive, x\r\n\r\n", id="more of the connection"),
        pytest.param(b"GET http://x/ping HTTP/1.1\r\nHost: x\r\n\r\n", id="an absolute address"),
    ],
)
def test_plain_requests_and_others_may_come_by_turns(gateway: Gateway, request_bytes: bytes) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        for request in (PLAIN, PLAIN, request_bytes, PLAIN):
            connection.sendall(request)
            head = b""
            while b"pong" not in head:
                piece = connection.recv(65536)
                assert piece
                head += piece
            assert head.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("end", [1, 20, len(PLAIN) - 1])
def test_a_request_may_come_in_pieces(gateway: Gateway, end: int) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(PLAIN[:end])
        # What comes on another connection afterwards is answered after the first piece has been looked at.
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as other:
            other.sendall(PLAIN)
            assert other.recv(65536)
        connection.sendall(PLAIN[end:])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_whoever_asks_nothing_more_does_not_hold_up_the_end(start_gateway: Start, broker_url: str) -> None:
    gateway = start_gateway(broker_url)
    gateway.wait_until_ready()
    with ExitStack() as stack:
        for request in (PLAIN, b"\r\n" + PLAIN):
            idle = stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port), timeout=10))
            idle.sendall(request)
            assert idle.recv(65536).startswith(b"HTTP/1.1 200")
        gateway.ask_to_stop()
        # A connection that nobody uses is kept for 15 seconds otherwise.
        gateway.wait_until_stopped(seconds=10)


def test_over_tls_browsers_are_told_to_insist_on_it_also_where_nothing_was_understood(lonely_gateway: Gateway) -> None:
    hsts = b"\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains\r\n"
    for request in (b"garbage\r\n\r\n", b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
        assert hsts in lonely_gateway.client.raw(request)


@pytest.mark.parametrize(
    "line",
    [
        b"Authorization : Bearer canary-token",
        b"X_Canary: canary-token",
        b"Cookie\x0b: refresh_token=canary-token",
        b"canary-token",
        b"A: b\rcanary-token: forged line",
        b"Transfer-Encoding: canary-token",
        b"Content-Length: canary-token",
    ],
)
def test_what_a_malformed_request_held_is_not_written_down(gateway: Gateway, line: bytes) -> None:
    before = len(gateway.log.read_text())
    gateway.client.raw(b"GET /ping?canary-token=1 HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")
    written = eventually(lambda: gateway.log.read_text()[before:])
    assert "canary" not in written
    assert "127.0.0.1" in written


def test_the_log_tells_who_did_what_and_no_secret(gateway: Gateway, officer: Client, services: Services) -> None:
    answer = officer.get("/api/loans/7?search=canary-query", Cookie="refresh_token=canary-cookie")
    officer.post("/api/auth/login", {"password": "canary-password"})
    request_id = answer.header("X-Request-Id") or ""
    line = eventually(lambda: next((line for line in gateway.log.read_text().splitlines() if request_id in line), None))
    entry = orjson.loads(line)
    assert (entry["event"], entry["route"], entry["status"], entry["method"]) == ("request", "/api/loans", 200, "GET")
    assert entry["user_id"]
    assert entry["trace_id"]
    text = gateway.log.read_text()
    assert "canary" not in text
    assert officer.headers["Authorization"].split(".")[2] not in text


def test_a_host_off_the_list_is_refused(lonely_gateway: Gateway) -> None:
    statuses = [
        lonely_gateway.client.raw_status("GET /ping HTTP/1.1", f"Host: {host}")
        for host in ("api.example.org", "api.example.org:8080", "evil.example", "")
    ]
    assert statuses == [200, 200, 400, 400]


def test_over_tls_browsers_are_told_to_insist_on_it(lonely_gateway: Gateway) -> None:
    answer = lonely_gateway.client.get("/ping")
    assert answer.header("Strict-Transport-Security") == "max-age=31536000; includeSubDomains"


def test_several_workers_count_together(start_gateway: Start, services: Services) -> None:
    gateway = start_gateway("memory://", GATEWAY_WORKERS="2")
    gateway.wait_until_ready()
    for _ in range(20):
        assert gateway.client.get("/ping").status == 200
    metrics = Client(gateway.metrics_port).get("/").body
    line = next(line for line in metrics.splitlines() if b'route="/ping",status="200"' in line and b"_count" in line)
    assert float(line.rpartition(b" ")[2]) >= 20


def test_it_does_not_start_without_its_settings() -> None:
    outcome = subprocess.run([sys.executable, "-m", "gateway"], cwd=ROOT, env={}, capture_output=True, text=True)
    assert outcome.returncode == 1
    assert outcome.stderr.strip() == (
        "gateway: GATEWAY_BROKER_URL is missing; GATEWAY_JWKS_URL is missing; GATEWAY_INTERNAL_SECRET is missing; "
        "GATEWAY_EVENT_KEYS is missing"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("GATEWAY_ALLOWED_ORIGINS", origin) for origin in ("*", "app.example.org", "https://*.x.org", "null")),
        *(("LENDING_URL", url) for url in ("localhost:8103", "ftp://lending", "http://a@b", "http://lending/x")),
        ("INTERNAL_SECRET", "short"),
        ("EVENT_KEYS", "{}"),
    ],
)
def test_it_does_not_start_with_a_setting_that_makes_no_sense(name: str, value: str) -> None:
    good = {
        "BROKER_URL": "memory://",
        "JWKS_URL": "file:///keys",
        "INTERNAL_SECRET": "x" * 32,
        "EVENT_KEYS": event_keys("gateway").to_text(),
    }
    good |= {"ENVIRONMENT": "development"}
    with pytest.raises(BadSettings, match=name):
        read_settings(Settings, good | {name: value}, prefix="GATEWAY")


SAFE = {
    "BROKER_URL": f"amqp://loans:{secrets.token_urlsafe(24)}@rabbitmq:5672//",
    "JWKS_URL": "http://identity:8101/.well-known/jwks.json",
    "INTERNAL_SECRET": secrets.token_urlsafe(32),
    "EVENT_KEYS": event_keys("gateway").to_text(),
    "PUBLIC_URL": "https://api.example.org",
    "GATEWAY_BEHIND_TLS": "true",
}


def test_what_is_safe_starts_in_production() -> None:
    settings = read_settings(Settings, SAFE, prefix="GATEWAY")
    assert (settings.environment, settings.behind_tls) == ("production", True)
    alone = SAFE | {"PUBLIC_URL": "http://localhost:8080", "GATEWAY_BEHIND_TLS": "false"}
    assert read_settings(Settings, alone, prefix="GATEWAY").behind_tls is False


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("GATEWAY_BEHIND_TLS", {"GATEWAY_BEHIND_TLS": None}),
        ("GATEWAY_BEHIND_TLS", {"GATEWAY_BEHIND_TLS": "false"}),
        ("PUBLIC_URL", {"PUBLIC_URL": "http://api.example.org"}),
        ("BROKER_URL", {"BROKER_URL": "memory://"}),
        ("BROKER_URL", {"BROKER_URL": "amqp://guest:guest@rabbitmq//"}),
        ("INTERNAL_SECRET", {"INTERNAL_SECRET": "change-me-0123456789abcdef0123456789"}),
        ("GATEWAY_ALLOWED_ORIGINS", {"GATEWAY_ALLOWED_ORIGINS": "*"}),
        ("INTERNAL_SECRET", {"INTERNAL_SECRET": "0123456789abcdef" * 2}),
        *(
            ("GATEWAY_TRUSTED_PROXIES", {"GATEWAY_TRUSTED_PROXIES": networks})
            for networks in ("0.0.0.0/0", "::/0", "0.0.0.0/1", "2000::/3", "8.0.0.0/8", "10.0.0.0/7", "10.1.1.1, ::/1")
        ),
        *(
            (f"GATEWAY_{kind}_PER_WINDOW", {f"GATEWAY_{kind}_PER_WINDOW": "0"})
            for kind in ("REQUESTS", "EXPORTS", "UPLOADS", "REFUSALS")
        ),
        ("ENVIRONMENT", {"ENVIRONMENT": "prod"}),
    ],
    ids=str,
)
def test_what_is_unsafe_keeps_it_from_starting_in_production(name: str, changes: dict[str, str | None]) -> None:
    environ = {key: value for key, value in (SAFE | changes).items() if value is not None}
    with pytest.raises(BadSettings, match=name) as caught:
        read_settings(Settings, environ, prefix="GATEWAY")
    assert caught.value.args[0].count(";") == 0


@pytest.mark.parametrize(
    "networks", ["10.0.0.0/8", "172.16.0.0/12", "104.16.0.0/13", "2606:4700::/32", "fd00::/8", "10.1.2.3"]
)
def test_the_networks_of_proxies_are_trusted_in_production(networks: str) -> None:
    settings = read_settings(Settings, SAFE | {"GATEWAY_TRUSTED_PROXIES": networks}, prefix="GATEWAY")
    assert settings.trusted_proxies == (networks,)


def test_a_limit_is_no_less_than_none() -> None:
    with pytest.raises(BadSettings, match="GATEWAY_EXPORTS_PER_WINDOW"):
        read_settings(
            Settings, SAFE | {"ENVIRONMENT": "development", "GATEWAY_EXPORTS_PER_WINDOW": "-1"}, prefix="GATEWAY"
        )
