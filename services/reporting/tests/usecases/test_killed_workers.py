"""A worker is killed while it writes a file, as by the kernel or a power cut: another makes it, whole and once."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from services.reporting.domain.jobs import AUDIT_LOGS, JobKind
from services.reporting.models.trail import audit_entries
from services.reporting.tests.conftest import AUDIT_KEY
from services.reporting.tests.events import audit_event, hear, link
from services.reporting.usecases.jobs import request_file
from shared.db import unit_of_work
from shared.testing import eventually

ENTRIES, AT = 150_000, datetime(2026, 4, 1, tzinfo=UTC)
# The worker as operators start it, but for the bus: it makes files until it is killed.
WORKER = """
import os, threading
from services.reporting.commands.jobs import Jobs
from services.reporting.settings import Settings
from shared.db import make_sessions
from shared.postgres.engine import make_engine
from shared.settings import read_settings
from shared.storage.backends import make_storage
settings = read_settings(Settings, os.environ, prefix="REPORTING")
sessions = make_sessions(make_engine(settings.database_url, pool_size=3))
while True:
    Jobs(settings, make_storage(settings, "reporting")).make_files(sessions)
    threading.Event().wait(0.2)
"""


@pytest.fixture
def start(settings):
    """Starts a worker in a process of its own; all of them end with the test."""
    workers = []
    environment = {
        "REPORTING_DATABASE_URL": settings.database_url, "BROKER_URL": "memory://", "JWKS_URL": settings.jwks_url,
        "INTERNAL_SECRET": settings.internal_secret, "REPORTING_AUDIT_KEYS": AUDIT_KEY,
        "STORAGE_FOLDER": settings.storage_folder, "ENVIRONMENT": settings.environment,
    }  # fmt: skip

    def begin() -> subprocess.Popen:
        workers.append(subprocess.Popen([sys.executable, "-c", WORKER], env=os.environ | environment))
        return workers[-1]

    yield begin
    for worker in workers:
        worker.kill()
        worker.wait()


def state(sessions) -> tuple[str, int, int]:
    with sessions() as session:
        return session.execute(text("SELECT state, progress, tries FROM jobs")).one()


def stored_files(settings) -> set[Path]:
    return {path for path in Path(settings.storage_folder).rglob("*") if path.is_file()}


def fill_trail(sessions, superuser) -> None:
    """A trail that takes a worker a second or more to write: one entry, many times."""
    hear(sessions, audit_event())
    link(sessions)
    others = ", ".join(column.name for column in audit_entries.c if column.name not in ("id", "sequence"))
    superuser.execute(
        f"INSERT INTO reporting.audit_entries (id, sequence, {others})"
        f" SELECT gen_random_uuid(), number, {others} FROM reporting.audit_entries, generate_series(2, %s) AS number",
        [ENTRIES],
    )


@pytest.mark.timeout(900)
def test_a_worker_killed_in_the_middle_of_a_file_is_followed_by_another_and_the_file_is_whole(
    sessions, superuser, settings, start, admin, client
):
    # The storage of a worker's tests is shared with those that ran before.
    of_others = stored_files(settings)
    fill_trail(sessions, superuser)
    with unit_of_work(sessions, "reporting") as uow:
        job = request_file(
            uow, admin.actor, kind=JobKind.EXPORT, name=AUDIT_LOGS, title="Audit trail", format="csv", filters={}, at=AT
        )
    first = start()
    eventually(lambda: state(sessions)[0] != "PENDING", seconds=120)
    assert state(sessions)[0] == "RUNNING", "it was killed too late for this test to say anything"
    first.send_signal(signal.SIGKILL)
    first.wait()
    superuser.execute("UPDATE reporting.jobs SET leased_until = now()")  # half a minute later
    assert stored_files(settings) == of_others
    others = [start(), start()]
    eventually(lambda: state(sessions)[0] == "DONE", seconds=600)
    assert all(worker.poll() is None for worker in others)
    time.sleep(1)  # Nothing tells that nothing happens: both have looked for work several times by then.
    assert state(sessions) == ("DONE", 100, 2)
    [kept] = stored_files(settings) - of_others
    answer = client.get(f"/supervisor-reports/jobs/{job.id}/file", headers=admin.headers)
    assert answer.data == kept.read_bytes()
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert len([row for row in rows if "LOAN_CREATED" in row]) == ENTRIES
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM unclaimed_file")) == 0
