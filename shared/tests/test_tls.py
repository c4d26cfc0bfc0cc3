"""Whoever calls by TLS trusts our authority alone, and only who is called by the right name; broker, keys, database."""

import secrets
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.error import URLError

import psycopg
import pytest
from kombu.exceptions import OperationalError
from structlog.testing import capture_logs

from deploy.certificates import make_authority
from deploy.local.ports import Ports
from shared import tls
from shared.clock import now
from shared.context import Role
from shared.health import serve_health
from shared.messaging import bus
from shared.settings import BadSettings, BaseSettings, read_settings
from shared.testing import SigningKey, an_actor
from shared.tests.certificates import REASONS, WRONG_NAME, Files, listening, trusting, write, write_bad
from shared.tests.test_production import SAFE
from shared.tokens import KeysUnavailable, TokenVerifier


def call_broker(port: int, _authority: Path) -> None:
    bus.connect(f"amqps://somebody:something@127.0.0.1:{port}//").close()


def call_database(port: int, authority: Path) -> None:
    how = f"sslmode=verify-full&sslrootcert={authority}"
    psycopg.connect(f"postgresql://somebody@127.0.0.1:{port}/mp?{how}", connect_timeout=5).close()


def call_for_document(port: int, _authority: Path) -> None:
    with tls.open_url(f"https://127.0.0.1:{port}/.well-known/jwks.json", 5):
        pass


def agree_to_tls(connection: socket.socket) -> None:
    """As PostgreSQL does, when a client asks for TLS."""
    connection.recv(8)
    connection.sendall(b"S")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, how that is begun in plain text, the error it comes to, and what that says of each fault."""

    call: Callable[[int, Path], None]
    error: type[Exception]
    begin: Callable[[socket.socket], None] = lambda _: None
    says: Mapping[str, str] = field(default_factory=lambda: REASONS)


# libpq does not say why it does not trust a certificate.
_OF_LIBPQ = dict.fromkeys(REASONS, "certificate verify failed") | {WRONG_NAME: 'does not match host name "127.0.0.1"'}
CALLERS = [
    pytest.param(Caller(call_broker, OperationalError), id="broker"),
    pytest.param(Caller(call_database, psycopg.OperationalError, agree_to_tls, _OF_LIBPQ), id="database"),
    pytest.param(Caller(call_for_document, URLError), id="document"),
]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write(tmp_path_factory.mktemp("good"), make_authority(now()))


@pytest.mark.parametrize("fault", REASONS)
@pytest.mark.parametrize("caller", CALLERS)
def test_who_calls_refuses_a_certificate_and_says_why(tmp_path: Path, fault: str, caller: Caller) -> None:
    files, heard = write_bad(tmp_path, fault), list[bytes]()
    with (
        trusting(files.authority),
        listening(files, lambda server: heard.append(server.recv(1)), caller.begin) as port,
    ):
        with pytest.raises(caller.error) as refused:
            caller.call(port, files.authority)
        assert caller.says[fault] in str(refused.value)
    # libpq compares names only after the handshake, but before it says anything.
    assert not any(heard)


@pytest.mark.parametrize("caller", CALLERS)
def test_who_calls_speaks_with_who_has_a_good_one(good: Files, caller: Caller) -> None:
    """The listener hangs up when it has heard something, which is what they complain of then."""
    heard = list[bytes]()
    with (
        trusting(good.authority),
        listening(good, lambda server: heard.append(server.recv(1)), caller.begin) as port,
        pytest.raises((caller.error, OSError)),
    ):
        caller.call(port, good.authority)
    assert any(heard)


def test_a_second_server_is_held_against_its_own_name(tmp_path: Path) -> None:
    files = write(tmp_path, make_authority(now()), ["127.0.0.1"])
    ports = Ports()
    nobody, served = ports.take(), list[ssl.SSLSocket]()
    with trusting(files.authority), listening(files, served.append) as port, pytest.raises(OperationalError):
        bus.connect(f"amqps://a:b@localhost:{nobody}//;amqps://a:b@127.0.0.1:{port}//")
    ports.release()
    assert served


def test_keys_come_over_tls_and_the_log_says_why_they_do_not(good: Files, signing_key: SigningKey) -> None:
    document = Path(signing_key.jwks_url.removeprefix("file://")).read_bytes()

    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(document), document))

    token = signing_key.token(an_actor(Role.ADMIN))
    with listening(good, serve) as port:
        url = f"https://127.0.0.1:{port}/.well-known/jwks.json"
        with trusting(good.authority):
            assert TokenVerifier(url).claims(token)
        with capture_logs() as logs, pytest.raises(KeysUnavailable):
            TokenVerifier(url).claims(token)
    assert [(line["event"], "unable to get local issuer" in line["error"]) for line in logs] == [
        ("signing_keys_unread", True)
    ]


def test_health_is_answered_over_tls_alone_and_nobody_keeps_others_waiting(good: Files) -> None:
    ports = Ports()
    port = ports.take()
    bind = f"127.0.0.1:{port}"
    serve_health(bind, lambda: True, lambda: True, certificate=str(good.certificate), key=str(good.key))
    with socket.create_connection(("127.0.0.1", port)), trusting(good.authority):
        for path in ("/health/live", "/metrics"):
            connection = HTTPSConnection("127.0.0.1", port, context=tls.client_context(), timeout=5)
            connection.request("GET", path)
            assert connection.getresponse().status == 200
            connection.close()
        plain = HTTPConnection("127.0.0.1", port, timeout=5)
        plain.request("GET", "/health/live")
        with pytest.raises(ConnectionError):
            plain.getresponse()
    ports.release()


def read(**changes: str) -> BaseSettings:
    return read_settings(BaseSettings, SAFE | changes, prefix="LENDING")


def encrypted(files: Files, **changes: str) -> dict[str, str]:
    """Safe settings with which nothing goes unencrypted."""
    word = secrets.token_urlsafe(24)
    return {
        "TLS_CERTIFICATE": str(files.certificate),
        "TLS_KEY": str(files.key),
        "TLS_CA": str(files.authority),
        "DATABASE_URL": f"postgresql://lending:{word}@one:5432,two:5432/mp?sslmode=verify-full&sslrootcert=/ca.crt",
        "BROKER_URL": f"amqps://lending:{word}@rabbitmq:5671//",
        "JWKS_URL": "https://identity:8101/.well-known/jwks.json",
    } | changes


def test_settings_by_which_nothing_goes_unencrypted_are_fine(good: Files) -> None:
    assert read(**encrypted(good)).is_encrypted
    assert not read().is_encrypted
    nearby = f"postgresql://lending:{secrets.token_urlsafe(24)}@127.0.0.1:5432/mp"
    socket_url = f"postgresql://lending:{secrets.token_urlsafe(24)}@/mp?host=/run/postgresql"
    for url in (nearby, socket_url):
        assert read(**encrypted(good, DATABASE_URL=url, BROKER_URL="amqp://guest:guest@localhost//"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TLS_KEY", "", "TLS_KEY is missing"),
        ("TLS_CERTIFICATE", "", "TLS_CERTIFICATE is missing"),
        ("TLS_KEY", "/nowhere/tls.key", "No such file"),
        ("TLS_CERTIFICATE", "{authority}", "KEY_VALUES_MISMATCH"),
        ("TLS_CA", "/nowhere/ca.crt", "No such file"),
        ("TLS_CA", "{key}", "holds no certificate"),
    ],
)
def test_half_of_it_or_what_cannot_be_read_is_a_fault_everywhere(good: Files, name: str, value: str, said: str) -> None:
    value = value.format(authority=good.authority, key=good.key)
    for environment in ("production", "development"):
        with pytest.raises(BadSettings, match=name) as caught:
            read(**encrypted(good, ENVIRONMENT=environment, **{name: value}))
        assert said in str(caught.value)
        assert str(caught.value).count(";") == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[
            (name, f"postgresql://lending:{secrets.token_urlsafe(24)}@{rest}")
            for name in ("DATABASE_URL", "DIRECT_DATABASE_URL")
            for rest in ("postgres:5432/mp", "postgres/mp?sslmode=require", "127.0.0.1:5432,two:5432/mp?sslmode=prefer")
        ],
        ("BROKER_URL", f"amqp://lending:{secrets.token_urlsafe(24)}@rabbitmq:5672//"),
        (
            "BROKER_URL",
            ";".join(f"{scheme}://lending:{secrets.token_urlsafe(24)}@{scheme}//" for scheme in ("amqps", "amqp")),
        ),
        ("OPERATOR_BROKER_URL", f"amqp://operator:{secrets.token_urlsafe(24)}@rabbitmq:5672//"),
        ("JWKS_URL", "http://identity:8101/.well-known/jwks.json"),
    ],
)
def test_what_would_go_unencrypted_to_others_is_a_fault_in_production(good: Files, name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=f"^{name}: TLS is on"):
        read(**encrypted(good, **{name: value}))
    assert read(**encrypted(good, ENVIRONMENT="development", **{name: value}))


def test_a_process_trusts_as_its_settings_say(good: Files) -> None:
    assert tls.authority() is None
    with trusting(good.authority):
        assert tls.authority() == str(good.authority)
        # Nobody else: not even those whom everybody trusts.
        assert len(tls.client_context().get_ca_certs()) == 1
