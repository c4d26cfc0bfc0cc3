"""The disk of backups fills up while people pay: of the archive of the database, or of the platform's own backups.
People notice nothing, the backup fails with its reason and admins get a mail, nothing is left by halves, and once there
is room again all goes on, and nobody repaired it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local import rabbitmq
from deploy.local.folder import CODE
from deploy.local.parts import ARCHIVE, DOCUMENTS
from deploy.local.platform import Platform
from deploy.local.progress import say_nothing
from deploy.local.state import read_state
from shared.testing import eventually
from tests.chaos.payers import Payers
from tests.chaos.small_disk import Disk, small_disk
from tests.chaos.test_kills import assert_agreement
from tests.client import Person, sign_in
from tests.conftest import CHEAP_HASHES, PATIENCE, REVERSALS
from tests.institution import Team, new_team
from tests.long_form import in_long_form

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900), in_long_form]

LOANS = 2
NO_ROOM = "No space left on device"
SECONDS = 180
Started = tuple[Platform, Disk, Disk]


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    """A platform whose archive and whose stored files lie on small disks of their own."""
    root = Path(tempfile.mkdtemp(prefix="millenium-potters-"))
    root.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, root)
        archive = stack.enter_context(small_disk(root / ARCHIVE, "200M"))
        files = stack.enter_context(small_disk(root / DOCUMENTS, "64M"))
        broker = None if rabbitmq.is_installed() else os.environ.get("BROKER_URL")
        environment = CHEAP_HASHES | PATIENCE | REVERSALS | {"BACKUPS_FIRST_SECONDS": "0"}
        platform = Platform(root, environment=environment, broker_url=broker, report=say_nothing)
        stack.callback(platform.stop)
        platform.start()
        yield platform, archive, files


def team_of(platform: Platform) -> Team:
    """A team of its own, whose figures are those of one test."""
    return new_team(sign_in(platform.url, platform.credentials.email, platform.credentials.password))


def backups(platform: Platform, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command of operators about the archive."""
    state = read_state(platform.root)
    assert state
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments],
        cwd=CODE,
        env={**os.environ, **state.environment, "DATA_FOLDER": str(platform.root)},
        capture_output=True,
        text=True,
        check=False,
    )


def gauge(platform: Platform, name: str) -> float:
    state = read_state(platform.root)
    assert state
    with urllib.request.urlopen(f"http://{state.environment['BACKUPS_BIND']}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name) and "_created" not in line)


def complete_a_file_of_the_log(platform: Platform) -> None:
    with psycopg.connect(platform.admin_url, autocommit=True) as database:
        database.execute("SELECT pg_logical_emit_message(true, 'tests', repeat('x', 100000)), pg_switch_wal()")


def left_by_halves(archive: Path) -> list[Path]:
    return [path for folder in ("wal", "base") for path in (archive / folder).iterdir() if path.name.startswith(".")]


def test_a_full_archive_stops_nobody_and_goes_on_when_there_is_room(started: Started) -> None:
    platform, disk, _ = started
    team, archive = team_of(platform), platform.root / ARCHIVE
    eventually(lambda: any((archive / "base").glob("[!.]*/backup.json")), seconds=SECONDS)
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    with payers.paying():
        disk.fill()
        payers.wait_for_more(10)
        complete_a_file_of_the_log(platform)
        eventually(lambda: gauge(platform, "mp_archive_failures") > 0, seconds=SECONDS)
        assert gauge(platform, "mp_archive_waiting_files") > 0
        assert gauge(platform, "mp_archive_free_bytes") < 0.1 * gauge(platform, "mp_archive_disk_bytes")
        failed = backups(platform, "backup", "--full")
        assert failed.returncode, failed.stdout
        assert NO_ROOM in failed.stdout + failed.stderr
        assert len(list((archive / "base").glob("[!.]*/backup.json"))) == 1
        assert left_by_halves(archive) == []
        payers.wait_for_more(10)
        disk.make_room()
        # PostgreSQL tries again when a file is complete, or after a minute.
        complete_a_file_of_the_log(platform)
        eventually(lambda: gauge(platform, "mp_archive_waiting_files") == 0, seconds=SECONDS)
        made = backups(platform, "backup", "--full")
        assert made.returncode == 0, made.stdout + made.stderr
        payers.wait_for_more(10)
    assert_agreement(platform, team, payers)
    # What was archived before, meanwhile and after is one whole.
    rehearsed = backups(platform, "rehearse")
    assert rehearsed.returncode == 0, rehearsed.stdout + rehearsed.stderr


def ended(admin: Person, backup_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in admin.get("/backup/list").data if row["id"] == backup_id)
    return found if found["status"] != "in_progress" else {}


def stored(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and path.name != "ballast"}


def test_a_full_disk_of_backups_fails_the_backup_with_its_reason(started: Started) -> None:
    platform, _, disk = started
    team, folder = team_of(platform), platform.root / DOCUMENTS
    admin = team.admin
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    with payers.paying():
        payers.wait_for_more(10)
        before = stored(folder)
        disk.fill()
        begun = admin.post("/backup/create", {}).accepted().data["backupId"]
        failed = eventually(lambda: ended(admin, begun), seconds=SECONDS)
        assert failed["status"] == "failed"
        assert NO_ROOM in failed["error"]
        assert str(folder) not in json.dumps(failed)
        eventually(lambda: "backup_failed" in str(admin.get("/settings/mails", limit=100).data), seconds=60)
        payers.wait_for_more(10)
        # Parts that found room before the others did not are let go of.
        eventually(lambda: stored(folder) <= before, seconds=SECONDS)
        disk.make_room()
        begun = admin.post("/backup/create", {}).accepted().data["backupId"]
        made = eventually(lambda: ended(admin, begun), seconds=SECONDS)
        assert (made["status"], made["error"]) == ("completed", None)
        payers.wait_for_more(10)
    assert_agreement(platform, team, payers)
    admin.call("DELETE", f"/backup/{begun}").accepted()
