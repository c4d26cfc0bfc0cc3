"""Without a broker, everything in one process: the main job works, and a crash loses nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection

import psycopg
import pytest

from deploy.local.folder import CODE
from deploy.local.platform import Platform, temporary_platform
from shared.testing import eventually

CHEAP_HASHES = {"IDENTITY_BCRYPT_COST": "4"}


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with temporary_platform(broker_url="memory://", environment=CHEAP_HASHES) as platform:
        yield platform


def play(platform: Platform) -> str:
    """Play one loan through the gateway and return what it printed."""
    credentials = str(platform.root / "credentials.json")
    command = [sys.executable, "-m", "deploy.demo", "--credentials", credentials]
    return subprocess.run(command, cwd=CODE, capture_output=True, text=True, check=True).stdout


def test_a_loan_goes_from_application_to_repayment(platform):
    assert platform.names == ["postgres", "all-in-one"]
    assert "All figures are what they must be." in play(platform)


def test_the_port_takes_no_connection_before_somebody_answers(platform):
    platform.kill("all-in-one")
    address = platform.url.removeprefix("http://")
    deadline, answered = time.monotonic() + 60, None
    while answered is None:
        assert time.monotonic() < deadline
        connection = HTTPConnection(address, timeout=1)
        # Refused, or cut off by the kill, as long as nobody would answer; who is let in is answered within a second.
        with suppress(ConnectionError):
            connection.request("GET", "/ping")
            answered = connection.getresponse().status
        connection.close()
    assert answered == 200
    platform.wait_until_ready()


def test_what_was_on_the_bus_when_it_was_killed_is_sent_again(platform):
    play(platform)
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        # As if reporting had died with these still in its queue.
        forgotten = database.execute("DELETE FROM reporting.inbox RETURNING event_id").fetchall()
    platform.kill("all-in-one")
    platform.wait_until_ready()
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        heard = "SELECT count(*) FROM reporting.inbox WHERE event_id = ANY(%s)"
        ids = [row[0] for row in forgotten]
        eventually(lambda: database.execute(heard, (ids,)).fetchone() == (len(set(ids)),), seconds=30)
    assert "All figures are what they must be." in play(platform)
