"""What is due is done by itself: backups are made, what has outlived its use goes, a restore is rehearsed."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from deploy.backups.archive import Archive, Kind
from deploy.backups.schedule import Schedule
from deploy.backups.settings import Settings
from deploy.backups.tests.clusters import Archived, mark
from deploy.backups.tools import Tools
from deploy.local.accounts import postgres_account
from deploy.local.progress import say_nothing
from shared.clock import now
from shared.settings import BadSettings


def schedule(cluster: Archived, **more: float) -> Schedule:
    values = {"first_seconds": 0.0, "rehearsal_days": 0.0} | more
    settings = Settings(admin_database_url=cluster.url, archive_folder=str(cluster.archive.folder), **values)
    return Schedule(settings, cluster.archive, cluster.tools, say_nothing)


def kinds(archive: Archive) -> list[Kind]:
    return [backup.kind for backup in archive.backups()]


def let_pass(archive: Archive, days: float) -> None:
    """Let every backup be so many days older."""
    for backup in archive.backups():
        older = {name: getattr(backup, name) - timedelta(days=days) for name in ("began_at", "ended_at")}
        (archive.folder_of(backup.name) / "backup.json").write_text(replace(backup, **older).to_json())


def gauge(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(name, labels)
    assert value is not None
    return value


@pytest.mark.timeout(300)
def test_backups_come_and_go_as_the_days_do(cluster):
    schedule(cluster, first_seconds=3600).work()
    assert kinds(cluster.archive) == []
    at_work = schedule(cluster)
    for _ in range(2):
        at_work.work()
        assert kinds(cluster.archive) == [Kind.FULL]
    let_pass(cluster.archive, 1.1)
    mark(cluster)
    schedule(cluster).work()
    assert kinds(cluster.archive) == [Kind.FULL, Kind.INCREMENTAL]
    let_pass(cluster.archive, 6)
    schedule(cluster).work()
    first, second, third = cluster.archive.backups()
    assert third.kind is Kind.FULL
    let_pass(cluster.archive, 31)
    schedule(cluster).work()
    # What a restore to the first seconds of these thirty days begins from stays, and the log from there on.
    left = [backup.name for backup in cluster.archive.backups()]
    assert left[0] == third.name
    assert not {first.name, second.name} & set(left)
    at_work.look()
    assert gauge("mp_base_backup_timestamp_seconds", kind="full") == pytest.approx(now().timestamp(), abs=300)
    assert gauge("mp_archive_free_bytes") > 0


def test_a_backup_that_cannot_be_made_is_said_and_counted_and_not_tried_at_once(cluster):
    said: list[str] = []
    before = gauge("mp_base_backup_failures_total")
    at_work = schedule(cluster)
    at_work.say = said.append
    cluster.stop()
    for _ in range(2):
        at_work.work()
    assert gauge("mp_base_backup_failures_total") == before + 1
    assert [line for line in said if "tried again in 15 minutes" in line] == said
    assert len(said) == 1


def test_two_that_want_the_archive_take_turns(cluster):
    before = gauge("mp_base_backup_failures_total")
    with cluster.archive.lock():
        schedule(cluster).work()
    assert kinds(cluster.archive) == []
    assert gauge("mp_base_backup_failures_total") == before


def test_what_waits_to_be_archived_can_be_measured(cluster):
    away = cluster.archive.wal.rename(cluster.archive.wal.with_name("away"))
    mark(cluster)
    cluster.switch()
    at_work = schedule(cluster)
    at_work.look()
    assert gauge("mp_archive_waiting_files") >= 1
    # Payments go on meanwhile.
    mark(cluster)
    away.rename(cluster.archive.wal)


def test_what_an_earlier_version_has_left_goes_when_its_last_second_may(tmp_path):
    archive = Archive(tmp_path / "archive", postgres_account())
    archive.prepare()
    archive.set_apart(16, now() - timedelta(days=30, hours=1))
    archive.set_apart(17, now() - timedelta(days=29, hours=23))
    settings = Settings(admin_database_url="", archive_folder=str(archive.folder))
    said: list[str] = []
    Schedule(settings, archive, Tools(tmp_path, archive.account), said.append).prune()
    assert [earlier.version for earlier in archive.earlier()] == [17]
    assert {path.name for path in archive.folder.iterdir()} == {"wal", "base", "returns", "postgres-17"}
    assert said == ["Removed the archive of PostgreSQL 16."]


@pytest.mark.parametrize("name", ["keep_days", "full_days", "incremental_hours"])
def test_settings_that_keep_nothing_are_refused(name):
    with pytest.raises(BadSettings, match="must be positive"):
        Settings(admin_database_url="postgresql://", archive_folder="/nowhere", **{name: 0})


def test_what_was_kept_of_a_backup_is_read_as_it_was(cluster, tmp_path: Path):
    backup = cluster.back_up(Kind.FULL)
    assert cluster.archive.backups() == [backup]
    assert json.loads(backup.to_json())["system"] == backup.system
