"""A real database of an earlier major version, with the schemas of all services, is carried over by the command that
operators type; whoever kills it finds the old one or the new one."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from deploy.backups.archive import Archive
from deploy.backups.cluster import Cluster
from deploy.backups.errors import CannotRestore
from deploy.backups.restore import Wish, archive_end, plan_for, restore_beside
from deploy.backups.server import claim, system_of
from deploy.backups.table import lines
from deploy.backups.tests.clusters import Archived
from deploy.backups.versions import version_of_data
from deploy.database.provision import DATABASE, SERVICES
from deploy.local.folder import CODE
from deploy.local.postgres import remove_cluster
from deploy.local.progress import say_nothing
from deploy.upgrade.switch import upgraded
from deploy.upgrade.tests.contents import contents, statistics
from deploy.upgrade.tests.old import PROGRAMS, OldPlatform, copy, make, remove
from shared.testing import eventually
from tests.long_form import IS_LONG, in_long_form

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(400),
    pytest.mark.skipif(PROGRAMS is None, reason="needs PostgreSQL of an earlier version, as Debian's `postgresql` is"),
]
# What the command says of each step, and for how many seconds at most it is let on after that: less than what is left
# takes a machine that has nothing else to do.
_STEPS = (
    ("Ending the old database", 1),
    ("Checking whether", 2),
    ("Carrying it over", 0.2),
    ("Carrying it over", 2),
    ("Making the statistics", 0.2),
)
_AFTER = ("The database is of PostgreSQL 18 now", "Making a base backup")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldPlatform]:
    assert PROGRAMS
    old = make(tmp_path_factory.mktemp("old"), PROGRAMS)
    yield old
    remove(old)


@pytest.fixture
def old(made: OldPlatform, tmp_path: Path) -> Iterator[OldPlatform]:
    old = copy(made, tmp_path)
    yield old
    remove(old)


def test_everything_is_in_the_new_one_though_it_was_killed_on_the_way(old: OldPlatform) -> None:
    for step, most in _STEPS if IS_LONG else [random.choice(_STEPS)]:
        kill(old, step, random.uniform(0, most))
        assert version_of_data(old.data) == old.version
        assert not old.archive.earlier()
        if IS_LONG:
            with old.running() as url:
                assert contents(url) == old.contents
    kept = old.home / f"data.{old.version}"
    assert f"That of {old.version} is kept in {kept}" in finished(old.begin())
    assert [version_of_data(data) for data in (old.data, kept)] == [18, old.version]
    new = Archived(old.root, (old.root / "secrets" / "postgres").read_text())
    new.start()
    try:
        assert contents(new.url) == old.contents
        assert statistics(new.url).items() >= old.statistics.items()
        is_right(new, old)
        can_go_back(new, old.at)
    finally:
        new.remove()


def is_right(new: Archived, old: OldPlatform) -> None:
    """Each service signs in with its password and finds its schema; extensions are of the version that is installed,
    pages have checksums, and settings are those that somebody had made."""
    for service in SERVICES:
        password = (old.root / "secrets" / service).read_text()
        with psycopg.connect(new.url, user=service, password=password, dbname=DATABASE) as database:
            assert database.execute("SELECT version_num FROM alembic_version").fetchone()
    with psycopg.connect(new.url, dbname=DATABASE) as database:
        query = "SELECT name, installed_version = default_version FROM pg_available_extensions"
        extensions = database.execute(f"{query} WHERE installed_version IS NOT NULL ORDER BY name").fetchall()
        assert extensions == [("pg_trgm", True), ("plpgsql", True)]
        assert database.execute("SHOW data_checksums").fetchone() == ("on",)
        assert database.execute("SHOW log_lock_waits").fetchone() == ("on",)
        query = "SELECT name, setting FROM pg_file_settings WHERE sourcefile ~ 'auto.conf' ORDER BY name"
        assert database.execute(query).fetchall() == [("log_lock_waits", "on"), ("work_mem", "12MB")]
        # Numbers go on, and are found by what was an index of the old version.
        assert database.execute("SELECT nextval('membership.member_number')").fetchone()


def can_go_back(new: Archived, moment: datetime) -> None:
    """To any moment from the first base backup on; to one before, the archive that is set apart leads."""
    (first,) = new.archive.backups()
    archive_end(new.url, new.archive)
    beside = new.postgres.data.with_name("beside")
    restore_beside(new.archive, new.tools, beside, Wish(None, "another"), say_nothing)
    with Cluster(beside, new.tools, beside.with_name("look.log")) as cluster:
        cluster.start({"archive_mode": "off"})
        assert contents(cluster.url)["reporting.audit_entries"] == contents(new.url)["reporting.audit_entries"]
    remove_cluster(beside)
    (earlier,) = new.archive.earlier()
    with pytest.raises(CannotRestore, match=f"was of PostgreSQL {earlier.version}, .* is in {earlier.folder};"):
        plan_for(new.archive, moment)
    assert any(f"whose archive is {earlier.folder}" in line for line in lines(new.archive, UTC))
    apart = Archive(earlier.folder, new.archive.account)
    assert [backup.name for backup in apart.backups()] == ["first"]
    assert max(apart.segments()).number < min(new.archive.segments()).number
    assert first.system != apart.backups()[0].system
    with pytest.raises(CannotRestore, match=f"first is of PostgreSQL {earlier.version}, and this is 18"):
        restore_beside(apart, new.tools, beside, Wish(None, "another"), say_nothing)


@in_long_form
@pytest.mark.parametrize("step", _AFTER)
def test_killed_after_it_counts_the_new_one_is_started(old: OldPlatform, step: str) -> None:
    kill(old, step, 0)
    new = Archived(old.root, (old.root / "secrets" / "postgres").read_text())
    new.start()
    try:
        assert contents(new.url) == old.contents
    finally:
        new.remove()


@in_long_form
def test_where_each_version_has_a_folder_of_its_own_the_old_one_stays_in_it(old: OldPlatform) -> None:
    """As in docker compose, by the program that runs there."""
    files = {version: old.home / str(version) / "docker" for version in (old.version, 18)}
    files[old.version].parent.mkdir()
    old.data.rename(files[old.version])
    # By which its archive knows it.
    (old.home / "archive-owner").rename(files[old.version].with_name("archive-owner"))
    given = {
        "BACKUPS_ADMIN_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/postgres",
        "BACKUPS_ARCHIVE_FOLDER": str(old.archive.folder),
        "BACKUPS_DATABASE_FOLDER": str(files[18]),
    }
    command = [sys.executable, "-m", "deploy.upgrade", "run", "--old-binaries", str(old.programs)]
    done = subprocess.run(command, cwd=CODE, env=os.environ | given, capture_output=True, text=True, check=False)
    assert f"That of {old.version} is kept in {files[old.version]}" in done.stdout, done.stderr
    new = Archived(old.root).tools
    for version, tools in ((old.version, old.tools), (18, new)):
        with Cluster(files[version], tools, old.home / "look.log") as cluster:
            cluster.start({"archive_mode": "off"})
            assert contents(cluster.url) == old.contents
    assert [backup.system for backup in old.archive.backups()] == [system_of(files[18])]


@in_long_form
def test_the_way_back_goes_as_the_page_has_it(old: OldPlatform) -> None:
    finished(old.begin())
    in_data, in_archive = way_back(old.version)
    for block, folder in ((in_data, old.home), (in_archive, old.archive.folder)):
        subprocess.run(["sh", "-ec", block], cwd=folder, check=True)
    assert [version_of_data(old.home / name) for name in ("data", "data.18")] == [old.version, 18]
    # The archive takes its log again, and leads to what it was made of.
    claim(old.archive, old.data)
    assert [backup.name for backup in old.archive.backups()] == ["first"]
    with old.running() as url:
        assert contents(url) == old.contents
        archive_end(url, old.archive)


def way_back(version: int) -> list[str]:
    """What docs/upgrade-of-postgresql.md shows of going back, from 18 to `version` in place of its examples."""
    page = (CODE / "docs" / "upgrade-of-postgresql.md").read_text()
    section = page.partition("## Back to the old version\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [block.replace("18", str(version)).replace("19", "18") for block in blocks]


def kill(old: OldPlatform, step: str, seconds: float) -> None:
    """Kill the command so long after it said so, and nobody else; what it has started ends by itself."""
    upgrading = old.begin()
    assert upgrading.stdout
    said = [next((line for line in upgrading.stdout if step in line), "")]
    assert said[0], "it never came so far"
    # Waits for nothing: the moment is random on purpose, and the command does not know of it.
    time.sleep(seconds)
    upgrading.send_signal(signal.SIGKILL)
    upgrading.communicate()
    assert upgrading.returncode == -signal.SIGKILL, "it had ended by itself"
    for data in (old.data, upgraded(old.data)):
        eventually(lambda data=data: not servers_in(data), seconds=30)


def servers_in(data: Path) -> list[str]:
    """The processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if process.readlink() == data:
                found.append((process.parent / "cmdline").read_text())
    return found


def finished(process: "subprocess.Popen[str]") -> str:
    """What a process said that ended well."""
    output, _ = process.communicate(timeout=200)
    assert process.returncode == 0, output
    return output
