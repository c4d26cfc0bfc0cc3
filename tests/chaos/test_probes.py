"""What probes are told while database or broker are frozen: at once, and what is true."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from deploy.local.platform import Platform
from shared.testing import eventually
from tests.institution import Team

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

AT_MOST_SECONDS = 1.0
# More than a web process of lending has threads.
HELD_UP = 12


def probe(address: str, path: str) -> int:
    """The status of a probe, which has to come within a second."""
    began = time.monotonic()
    connection = HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
        assert time.monotonic() - began < AT_MOST_SECONDS


def tree(pid: int) -> list[int]:
    """A process and all it has started, in groups of their own as they may be."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in tree(int(child)))]


@contextmanager
def frozen(platform: Platform, name: str) -> Iterator[None]:
    pids = tree(platform.pid(name))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_frozen_database_makes_all_unready_at_once_and_none_dead(platform: Platform, team: Team) -> None:
    web = urlsplit(platform.service_urls["lending"]).netloc
    worker = platform.worker_address("lending-worker")
    loan = team.draft()
    eventually(lambda: probe(web, "/health/ready") == probe(worker, "/health/ready") == 200)

    def wait_for_the_database() -> None:
        connection = HTTPConnection(web, timeout=60)
        connection.request("GET", f"/loans/{loan['id']}", headers={"Authorization": f"Bearer {team.officer.token}"})
        connection.getresponse().read()
        connection.close()

    held_up = [threading.Thread(target=wait_for_the_database) for _ in range(HELD_UP)]
    with frozen(platform, "postgres"):
        for thread in held_up:
            thread.start()
        for address in (web, worker):
            eventually(lambda address=address: probe(address, "/health/ready") == 503, seconds=5)
            assert probe(address, "/health/live") == 200
            assert probe(address, "/metrics") == 200
    for thread in held_up:
        thread.join()
    for address in (web, worker):
        eventually(lambda address=address: probe(address, "/health/ready") == 200, seconds=30)


def test_a_frozen_broker_makes_workers_unready_and_leaves_the_web_at_work(platform: Platform) -> None:
    web = urlsplit(platform.service_urls["lending"]).netloc
    worker = platform.worker_address("lending-worker")
    eventually(lambda: probe(worker, "/health/ready") == 200)
    with frozen(platform, "rabbitmq"):
        eventually(lambda: probe(worker, "/health/ready") == 503, seconds=5)
        assert probe(worker, "/health/live") == probe(web, "/health/ready") == 200
    eventually(lambda: probe(worker, "/health/ready") == 200, seconds=30)


def test_probes_take_no_connection_from_requests(platform: Platform) -> None:
    web = urlsplit(platform.service_urls["payments"]).netloc
    for _ in range(20):
        assert probe(web, "/health/ready") == 200
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'payments' AND query = 'SELECT 1'"
        # One of each process: two workers and the web, whatever number of probes there was.
        assert database.execute(asked).fetchone()[0] <= 5
