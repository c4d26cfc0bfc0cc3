"""What the command refuses before it has written anything, and what is left out of the new database."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.backups.archive import Archive
from deploy.backups.server import claim
from deploy.backups.settings import Settings
from deploy.backups.tools import Tools
from deploy.backups.versions import version_of_data
from deploy.local.accounts import postgres_account
from deploy.local.errors import CannotStart
from deploy.local.lock import Lock
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres, own_home, reachable_programs, remove_cluster
from deploy.local.upgrade import upgrade
from deploy.upgrade import kept_settings
from deploy.upgrade.__main__ import check, run
from deploy.upgrade.carry import reason
from deploy.upgrade.errors import CannotUpgrade
from deploy.upgrade.switch import upgraded
from deploy.upgrade.tests.old import PROGRAMS
from deploy.upgrade.tests.test_switch import database

NEEDS_OLD = pytest.mark.skipif(PROGRAMS is None, reason="needs PostgreSQL of an earlier version")


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a platform; the user who runs PostgreSQL gets to what is in it."""
    root = Path(tempfile.mkdtemp(prefix="refusals-"))
    root.chmod(0o711)
    monkeypatch.setenv("DATA_FOLDER", str(root))
    monkeypatch.delenv("ARCHIVE_FOLDER", raising=False)
    yield root
    remove_cluster(root / "postgres")
    shutil.rmtree(root)


def files_of(root: Path, version: int) -> Path:
    """As much of a database of that version as is looked at before it is run."""
    data = own_home(root / "postgres", postgres_account()) / "data"
    database(data, version)
    return data


def refused(words: str, programs: Path | None = PROGRAMS) -> None:
    with pytest.raises(CannotStart, match=words):
        upgrade(programs)


def test_without_a_database_there_is_nothing_to_upgrade(root: Path) -> None:
    refused("There is no database in ")


@pytest.mark.parametrize(
    ("version", "words"), [(18, "of PostgreSQL 18, as the programs are"), (99, "of PostgreSQL 99, .*none goes back")]
)
def test_only_a_later_version_takes_over(root: Path, version: int, words: str) -> None:
    data = files_of(root, version)
    refused(words)
    assert not upgraded(data).exists()


@NEEDS_OLD
def test_the_old_programs_are_of_the_version_of_the_database(root: Path) -> None:
    files_of(root, 14)
    refused("are of PostgreSQL 1[5-7], and the database is of 14: name those of 14")
    refused("of PostgreSQL 14, whose programs are not here: name their folder by --old-binaries", None)
    refused("There are no programs of PostgreSQL in ", root / "nowhere")


def old_files(root: Path) -> Path:
    """Those of the version that is installed here."""
    assert PROGRAMS
    return files_of(root, int(PROGRAMS.parent.name))


@NEEDS_OLD
def test_a_running_platform_is_left_alone(root: Path) -> None:
    old_files(root)
    with Lock(root / "lock"):
        refused("is running .process .*`make down` ends it")


@NEEDS_OLD
def test_there_must_be_room_for_another_database(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = old_files(root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 5 * 10**8, 5 * 10**8))
    refused("0.5 GB must be free on the disk of ")
    assert not upgraded(data).exists()


@NEEDS_OLD
def test_what_an_earlier_upgrade_has_kept_is_not_overwritten(root: Path) -> None:
    data = old_files(root)
    data.with_name(f"data.{version_of_data(data)}").mkdir()
    refused("is of an earlier upgrade: move it elsewhere first")


@NEEDS_OLD
def test_the_archive_of_another_database_is_not_taken_over(root: Path) -> None:
    old_files(root)
    archive, other = Archive(root / "archive", postgres_account()), root / "other" / "data"
    archive.prepare()
    database(other, 15)
    claim(archive, other)
    refused("is of another database")


def test_make_up_says_what_carries_an_older_database_over(root: Path) -> None:
    files_of(root, 15)
    postgres = Postgres(root / "postgres", "secret", Ports().take(), log=root / "postgres.log")
    with pytest.raises(CannotStart, match="is of PostgreSQL 15 and this is 18: `bin/mp upgrade-database`"):
        postgres.prepare()


def test_beside_an_older_database_no_empty_one_is_started(root: Path) -> None:
    """Where each version has a folder of its own, as in docker compose."""
    data = root / "18" / "docker"
    settings = Settings(
        admin_database_url="postgresql://postgres@127.0.0.1:1/postgres",
        archive_folder=str(root / "archive"),
        database_folder=str(data),
    )
    check(settings)
    with pytest.raises(CannotUpgrade, match="There is no database of an earlier version beside "):
        run(settings, root)
    database(root / "9" / "docker", 9)
    database(root / "15" / "docker", 15)
    with pytest.raises(CannotUpgrade, match=f"of PostgreSQL 15, in {root}/15/docker, and there is none in {data}"):
        check(settings)
    database(data, 18)
    check(settings)


def test_a_setting_that_the_new_version_does_not_know_is_said_and_left_out(root: Path) -> None:
    account, data = postgres_account(), files_of(root, 18)
    # As much of it as is read before a database is run.
    (data / "postgresql.conf").touch()
    account.owns(data)
    tools, said = Tools(reachable_programs(account, data.parent), account), list[str]()
    settings = {"work_mem": "3MB", "db_user_namespace": "on", "log_line_prefix": r"it's \ %m", "max_connections": "few"}
    kept_settings.write(data, tools, settings, said.append)
    shown = [tools.run("postgres", "-D", data, "-C", name) for name in ("work_mem", "log_line_prefix")]
    assert shown == ["3072\n", "it's \\ %m\n"]
    assert [line.partition(" is left out: ")[0] for line in said] == [
        "The setting db_user_namespace = on",
        "The setting max_connections = few",
    ]


def test_what_pg_upgrade_found_is_said_without_all_that_went_well() -> None:
    output = """\
Performing Consistency Checks
-----------------------------
Checking cluster versions                                     ok
Checking data type usage                                      fatal

Your installation contains system-defined composite types in user tables.
A list of the problem columns is in the file:
    /srv/data.upgraded/pg_upgrade_output.d/tables_using_composite.txt
Failure, exiting
"""
    assert reason(output) == (
        "Your installation contains system-defined composite types in user tables. A list of the problem columns is in "
        "the file: /srv/data.upgraded/pg_upgrade_output.d/tables_using_composite.txt"
    )
    assert reason("could not open file\nFailure, exiting\n") == "could not open file"
