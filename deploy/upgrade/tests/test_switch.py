"""From the old database to the new one in a few renames: whoever is killed between two of them, one of the two counts,
and whoever comes next brings it to an end."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from deploy.backups.archive import Archive
from deploy.backups.place import Place
from deploy.backups.server import claim, is_claimed, system_of
from deploy.backups.tools import Tools
from deploy.backups.versions import version_of_data
from deploy.local.accounts import Account, postgres_account
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres, own_home, programs, remove_cluster
from deploy.local.upgrade import upgrade
from deploy.upgrade import switch
from deploy.upgrade.switch import Switch, begin, finish, upgraded

OURSELVES = Account(os.geteuid(), os.getegid())
AT = datetime(2026, 3, 11, tzinfo=UTC)
# What Python says before it changes something in a file system.
_CHANGES = {"open", "os.mkdir", "os.remove", "os.rename"}


def database(data: Path, version: int) -> None:
    (data / "global").mkdir(parents=True)
    (data / "PG_VERSION").write_text(f"{version}\n")
    (data / "global" / "pg_control").write_bytes(version.to_bytes(8, "little"))


def make(root: Path) -> tuple[Path, Archive]:
    """A database of version 15 with an archive, beside which that of 18 is complete."""
    shutil.rmtree(root, ignore_errors=True)
    data, archive = root / "data", Archive(root / "archive", OURSELVES)
    database(data, 15)
    database(upgraded(data), 18)
    archive.prepare()
    claim(archive, data)
    (archive.wal / "000000010000000000000001.gz").touch()
    return data, archive


def switched(data: Path, archive: Archive) -> None:
    """Nothing of the one is left in the place of the other."""
    assert {path.name for path in data.parent.iterdir()} == {"data", "data.15", "archive", "archive-owner"}
    assert [version_of_data(path) for path in (data, data.with_name("data.15"))] == [18, 15]
    (earlier,) = archive.earlier()
    assert (earlier.version, earlier.until, earlier.folder) == (15, AT, archive.folder / "postgres-15")
    assert [file.name for file in (earlier.folder / "wal").iterdir()] == ["000000010000000000000001.gz"]
    assert is_claimed(Archive(earlier.folder, OURSELVES))
    assert list(archive.wal.iterdir()) == []
    assert json.loads(archive.noted("owner.json"))["system"] == system_of(data) == "18"


def killed_before(change: int, work: Callable[[], None]) -> bool:
    """Do `work` in a process that is killed before it changes something for that time; whether it was."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    changes = count(1)

    def look(event: str, _arguments: object) -> None:
        if event in _CHANGES and next(changes) == change:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)
    work()
    os._exit(0)


@pytest.mark.parametrize("can_exchange", [True, False])
def test_killed_anywhere_it_is_the_old_one_or_the_new_one(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(switch, "exchange", _refuse)
    outcomes = []
    for change in count(1):
        data, archive = make(tmp_path / "root")
        step = Switch(15, 18, AT, "data.15", str(archive.folder))
        if not killed_before(change, lambda data=data, step=step: begin(data, OURSELVES, step)):
            break
        has_begun = (data.parent / "upgrade.json").exists()
        if can_exchange:
            assert data.exists()
        finish(data, OURSELVES)
        outcomes.append(version_of_data(data))
        if outcomes[-1] == 18:
            switched(data, archive)
        else:
            assert not has_begun
            assert not archive.earlier()
            claim(archive, data)
    switched(data, archive)
    # It was killed on both sides of the moment that decides, more than once.
    assert outcomes.count(15) > 1
    assert outcomes.count(18) > 5


def test_where_each_version_has_a_folder_of_its_own_the_old_one_stays_in_it(tmp_path):
    data, archive = make(tmp_path / "root")
    other = tmp_path / "root" / "18" / "data"
    other.parent.mkdir()
    upgraded(data).rename(upgraded(other))
    begin(other, OURSELVES, Switch(15, 18, AT, "", str(archive.folder)))
    assert [version_of_data(path) for path in (data, other)] == [15, 18]
    assert not upgraded(other).exists()
    claim(archive, other)


@pytest.mark.parametrize("comes_next", ["make up", "make restore", "bin/mp upgrade-database"])
def test_whoever_comes_next_brings_it_to_an_end(tmp_path, monkeypatch, comes_next):
    home, account = own_home(tmp_path / "postgres", postgres_account()), postgres_account()
    data = home / "data"
    database(data, 15)
    database(upgraded(data), 18)
    left = {"old": 15, "new": 18, "at": AT.isoformat(), "kept": "data.15", "archive": ""}
    (home / "upgrade.json").write_text(json.dumps(left))
    try:
        if comes_next == "bin/mp upgrade-database":
            monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
            upgrade(None)
        elif comes_next == "make up":
            Postgres(tmp_path / "postgres", "secret", Ports().take(), log=tmp_path / "postgres.log").prepare()
        else:
            Place(data, Archive(tmp_path / "archive", account), Tools(programs(), account)).begin()
        assert [version_of_data(path) for path in (data, home / "data.15")] == [18, 15]
        assert not (home / "upgrade.json").exists()
    finally:
        remove_cluster(tmp_path / "postgres")


def _refuse(_one: Path, _other: Path) -> None:
    raise OSError
