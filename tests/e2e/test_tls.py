"""The main job where database, broker and services are reached by TLS alone; plain text is refused at each of them."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from kombu.exceptions import OperationalError

from deploy.certificates import certify, make_authority
from deploy.local import rabbitmq
from deploy.local.parts import BOTH
from deploy.local.platform import CERTIFICATES, Platform, temporary_platform
from shared import tls
from shared.clock import now
from shared.messaging import bus
from shared.postgres.urls import libpq_url
from shared.testing import eventually
from shared.tests.certificates import write
from tests.client import sign_in
from tests.conftest import CHEAP_HASHES
from tests.institution import Team, is_in_agreement, new_team, portfolio

# The embedded PostgreSQL is built without TLS.
POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
pytestmark = [
    pytest.mark.skipif(POSTGRES is None, reason="needs a PostgreSQL with TLS: Debian's postgresql"),
    pytest.mark.skipif(not rabbitmq.is_installed(), reason="needs a broker of its own with TLS: rabbitmq-server"),
]


@pytest.fixture(scope="module")
def secure() -> Iterator[Platform]:
    assert POSTGRES
    with temporary_platform(environment=CHEAP_HASHES, tls=True, postgres=POSTGRES.parent) as platform:
        yield platform
    tls.trust("")


@pytest.fixture(scope="module")
def team(secure: Platform) -> Team:
    return new_team(sign_in(secure.url, secure.credentials.email, secure.credentials.password))


def test_a_loan_is_applied_for_and_repaid(secure: Platform, team: Team) -> None:
    loan = team.active_loan()
    paid = team.pay(loan["id"], 50_000)
    assert paid.status == 201
    assert team.officer.get(f"/loans/{loan['id']}").data["status"] == "COMPLETED"
    assert is_in_agreement(team.officer, loan["id"])
    # What comes over the bus has come.
    eventually(lambda: portfolio(team.supervisor)[1] == 50_000, seconds=20)


def test_every_connection_to_the_database_is_encrypted(secure: Platform) -> None:
    with psycopg.connect(secure.admin_url) as database:
        rows = database.execute(
            "SELECT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL"
        ).fetchall()
    assert {"identity", "lending", "payments", "reporting"} <= {name for name, _ in rows}
    assert {is_encrypted for _, is_encrypted in rows} == {True}


def test_the_database_takes_no_plain_text(secure: Platform) -> None:
    plain = libpq_url(secure.database_urls["lending"]).replace("sslmode=verify-full", "sslmode=disable")
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(plain)


def test_the_broker_takes_no_plain_text(secure: Platform) -> None:
    with bus.connect(secure.broker.url):
        pass
    with pytest.raises((OperationalError, OSError)):
        bus.connect(secure.broker.url.replace("amqps:", "amqp:"))


def test_no_process_of_a_service_takes_plain_text(secure: Platform) -> None:
    webs = {f"{name}-web": urlsplit(url).netloc for name, url in secure.service_urls.items()}
    workers = {f"{name}-worker": secure.worker_address(f"{name}-worker") for name in webs_alone(secure)}
    for name, address in (webs | workers).items():
        with tls.open_url(f"https://{address}/health/live", 5) as answer:
            assert answer.status == 200, name
        connection = HTTPConnection(address, timeout=5)
        connection.request("GET", "/health/live")
        with pytest.raises((HTTPException, OSError)):
            connection.getresponse()
        connection.close()


def webs_alone(platform: Platform) -> set[str]:
    """The services whose workers are processes of their own."""
    return platform.service_urls.keys() - set(BOTH)


def test_a_certificate_is_renewed_by_the_same_authority_while_requests_come(secure: Platform, team: Team) -> None:
    before = shown_by(secure, "lending")
    certify(secure.root / CERTIFICATES, {})
    secure.reload("lending-web")

    def is_renewed() -> bool:
        assert team.officer.get("/loans").status == 200
        return shown_by(secure, "lending") != before

    eventually(is_renewed, seconds=30)


def test_a_service_of_another_authority_gets_nothing_and_the_gateway_says_why(secure: Platform, team: Team) -> None:
    folder = secure.root / CERTIFICATES / "membership"
    kept = {file: file.read_text() for file in folder.iterdir()}
    write(folder, make_authority(now()))
    secure.restart("membership-web")
    log = secure.logs / "gateway.log"
    eventually(lambda: "tls_refused" in log.read_text(), seconds=30)
    assert team.officer.get("/unions").status == 503
    (line,) = [line for line in log.read_text().splitlines() if "tls_refused" in line]
    assert "membership" in line
    assert "unable to get local issuer certificate" in line
    assert "unknown ca" in (secure.logs / "membership-web.log").read_text()
    for file, text in kept.items():
        file.write_text(text)
    secure.restart("membership-web")
    eventually(lambda: team.officer.get("/unions").status == 200, seconds=30)


def shown_by(platform: Platform, service: str) -> bytes:
    """The certificate that a service shows."""
    address = urlsplit(platform.service_urls[service])
    with (
        socket.create_connection((str(address.hostname), address.port), timeout=5) as plain,
        tls.client_context().wrap_socket(plain, server_hostname=address.hostname) as client,
    ):
        return client.getpeercert(binary_form=True) or b""
