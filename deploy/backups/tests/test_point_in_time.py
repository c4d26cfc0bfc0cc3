"""Real databases go back to moments: what was committed by then is there, what came later is not, whoever is killed."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from deploy.backups import carried
from deploy.backups.aftermath import carry_over
from deploy.backups.archive import Archive, Kind
from deploy.backups.cluster import Cluster
from deploy.backups.errors import CannotRestore
from deploy.backups.restore import MARGIN, Wish, archive_end, restore_beside, restore_here
from deploy.backups.tests.clusters import Archived, mark, rows, rows_at
from deploy.database.provision import DATABASE
from deploy.local.credentials import kept_secret
from deploy.local.errors import CannotStart
from deploy.local.lock import Lock
from deploy.local.postgres import remove_cluster
from deploy.local.progress import say_nothing
from shared.clock import now

pytestmark = pytest.mark.timeout(300)


@contextmanager
def looked_at(cluster: Archived, data: Path) -> Iterator[str]:
    """The database in `data`, run for us alone."""
    with Cluster(data, cluster.tools, data.with_name("look.log")) as looked:
        looked.start({"archive_mode": "on", "archive_command": ""})
        yield looked.url


def beside(cluster: Archived, to: datetime | None, name: str = "beside") -> int:
    """How many rows a database has that is restored to that moment beside this one."""
    data = cluster.postgres.data.with_name(name)
    restore_beside(cluster.archive, cluster.tools, data, Wish(to, "another"), say_nothing)
    with looked_at(cluster, data) as url:
        count = rows_at(url)
    remove_cluster(data)
    return count


def wish(cluster: Archived, to: datetime | None) -> Wish:
    return Wish(to, cluster.password)


def test_any_moment_is_reached_from_full_and_incremental_backups(cluster):
    moments = []
    for number in range(1, 9):
        if number in (1, 4, 6):
            cluster.back_up(Kind.FULL if number == 1 else Kind.INCREMENTAL)
        moments.append((number, mark(cluster)))
    archive_end(cluster.url, cluster.archive)
    kinds = [backup.kind for backup in cluster.archive.backups()]
    assert kinds == [Kind.FULL, Kind.INCREMENTAL, Kind.INCREMENTAL]
    for number, to in random.sample(moments, 4):
        assert beside(cluster, to) == number
    assert beside(cluster, None) == 8


def test_it_goes_back_and_forth_between_what_was_and_what_was_given_up(cluster):
    cluster.back_up(Kind.FULL)
    first = mark(cluster)
    second = mark(cluster, 10)
    cluster.stop()
    restore_here(cluster.place, wish(cluster, first), say_nothing)
    cluster.start()
    assert rows(cluster) == 1
    # No base backup of before leads to changes in the new timeline by changes alone.
    assert cluster.back_up(Kind.INCREMENTAL).kind is Kind.FULL
    third = mark(cluster)
    cluster.stop()
    restore_here(cluster.place, wish(cluster, second), say_nothing)
    cluster.start()
    assert rows(cluster) == 11
    cluster.stop()
    restore_here(cluster.place, wish(cluster, third), say_nothing)
    cluster.start()
    assert rows(cluster) == 2


def test_no_number_is_given_out_twice(cluster):
    cluster.back_up(Kind.FULL)
    first = mark(cluster)
    # More than one, for the numbers of the transaction that the recovery stops before are in the log before its end.
    for _ in range(3):
        mark(cluster, 50)
    cluster.stop()
    for _ in range(2):
        # Gone back once more before anybody had started it, it still knows.
        restore_here(cluster.place, wish(cluster, first), say_nothing)
    cluster.start()
    carry_over(cluster.postgres.data, cluster.url)
    mark(cluster)
    with psycopg.connect(cluster.url, dbname=DATABASE) as database:
        row = database.execute("SELECT min(number), max(number) FROM mark").fetchone()
    assert row
    # After a crash PostgreSQL itself leaves out up to 32.
    assert row[0] == 1
    assert 151 < row[1] < 151 + 2 * 33


_TRAIL = """
CREATE SCHEMA reporting; CREATE SCHEMA membership;
CREATE TABLE reporting.audit_entries (batch bigint, hash text); CREATE TABLE reporting.audit_links (batch bigint);
CREATE TABLE reporting.audit_intake (batch bigint); CREATE TABLE reporting.audit_chain (hash text);
CREATE TABLE reporting.audit_counts (entries bigint);
CREATE TABLE membership.member_erasures (member_id uuid PRIMARY KEY, reason text)
"""


def test_who_was_erased_since_stays_so(cluster, tmp_path):
    with psycopg.connect(cluster.url, dbname=DATABASE, autocommit=True) as database:
        database.execute(_TRAIL)
        for reason in ("before", "since"):
            database.execute("INSERT INTO membership.member_erasures VALUES (gen_random_uuid(), %s)", (reason,))
        assert carried.lay_trail_by(cluster.url, cluster.url, tmp_path)
        database.execute("DELETE FROM membership.member_erasures WHERE reason = 'since'")
        for _ in range(2):
            carried.take_trail_up(cluster.url, tmp_path)
        reasons = database.execute("SELECT reason FROM membership.member_erasures ORDER BY reason").fetchall()
    assert reasons == [("before",), ("since",)]


def test_a_lost_database_comes_back_up_to_the_last_that_was_archived(cluster):
    cluster.back_up(Kind.FULL)
    mark(cluster, 7)
    archive_end(cluster.url, cluster.archive)
    cluster.kill()
    remove_cluster(cluster.postgres.data)
    with pytest.raises(CannotStart, match="`make restore` brings it back"):
        cluster.postgres.prepare()
    restore_here(cluster.place, wish(cluster, None), say_nothing)
    cluster.start()
    assert rows(cluster) == 7
    carry_over(cluster.postgres.data, cluster.url)
    mark(cluster)
    with psycopg.connect(cluster.url, dbname=DATABASE) as database:
        assert database.execute("SELECT max(number) > %s FROM mark", (MARGIN,)).fetchone() == (True,)


def test_what_a_killed_database_had_not_archived_is_there_as_well(cluster):
    cluster.back_up(Kind.FULL)
    mark(cluster, 7)
    cluster.kill()
    restore_here(cluster.place, wish(cluster, None), say_nothing)
    cluster.start()
    assert rows(cluster) == 7


def test_a_database_that_cannot_run_is_replaced_with_what_its_own_log_holds(cluster):
    cluster.back_up(Kind.FULL)
    mark(cluster, 7)
    cluster.stop()
    (cluster.postgres.data / "global" / "pg_control").write_bytes(bytes(8192))
    said: list[str] = []
    restore_here(cluster.place, wish(cluster, None), said.append)
    assert any("cannot run" in line for line in said)
    cluster.start()
    assert rows(cluster) == 7


def test_a_gap_in_the_log_is_named_and_nothing_changes(cluster):
    cluster.back_up(Kind.FULL)
    for _ in range(3):
        mark(cluster, 10)
        archive_end(cluster.url, cluster.archive)
    lost = sorted(cluster.archive.segments())[-2]
    (cluster.archive.wal / f"{lost.name}.gz").unlink()
    data = cluster.postgres.data.with_name("beside")
    with pytest.raises(CannotRestore, match=lost.name):
        restore_beside(cluster.archive, cluster.tools, data, Wish(None, "another"), say_nothing)
    assert not data.exists()
    assert rows(cluster) == 30


def test_a_damaged_backup_is_refused_and_nothing_changes(cluster):
    backup = cluster.back_up(Kind.FULL)
    to = mark(cluster)
    archive = cluster.archive.folder_of(backup.name) / "base.tar.gz"
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    cluster.stop()
    with pytest.raises(CannotRestore, match="cannot be unpacked"):
        restore_here(cluster.place, wish(cluster, to), say_nothing)
    cluster.start()
    assert rows(cluster) == 1


def test_what_was_set_apart_for_another_version_is_an_archive_of_its_own(cluster):
    cluster.back_up(Kind.FULL)
    to = mark(cluster, 7)
    mark(cluster, 3)
    archive_end(cluster.url, cluster.archive)
    cluster.stop()
    until = now()
    for _ in range(2):
        cluster.archive.set_apart(17, until)
    assert cluster.archive.backups() == []
    with pytest.raises(CannotRestore, match="the database was of PostgreSQL 17"):
        restore_here(cluster.place, wish(cluster, to), say_nothing)
    (earlier,) = cluster.archive.earlier()
    data = cluster.postgres.data.with_name("beside")
    apart = Archive(earlier.folder, cluster.archive.account)
    restore_beside(apart, cluster.tools, data, wish(cluster, to), say_nothing)
    with looked_at(cluster, data) as url:
        assert rows_at(url) == 7


def test_two_databases_never_share_an_archive(cluster, tmp_path):
    stranger = Archived(tmp_path / "stranger")
    stranger.root.mkdir()
    (stranger.root / "archive").symlink_to(cluster.archive.folder)
    try:
        with pytest.raises(CannotStart, match="`make restore` brings it back"):
            stranger.start()
        data = cluster.postgres.data
        cluster.back_up(Kind.FULL)
        mark(cluster)
        archive_end(cluster.url, cluster.archive)
        restore_beside(cluster.archive, cluster.tools, stranger.postgres.data, wish(cluster, None), say_nothing)
        with pytest.raises(CannotStart, match="is of another database"):
            stranger.start()
        assert data.exists()
    finally:
        (stranger.root / "archive").unlink()
        stranger.remove()


def test_a_backup_killed_at_any_time_leaves_nothing_that_counts(cluster):
    mark(cluster, 20_000)
    taken = _seconds(cluster.begin_making("--full"))
    for _ in range(2):
        before = cluster.archive.backups()
        making = cluster.begin_making("--full")
        _kill_after(making, random.uniform(0.3, 1) * taken)
        after = cluster.archive.backups()
        assert after == before or len(after) == len(before) + 1
    assert _seconds(cluster.begin_making()) > 0
    last, to = cluster.archive.backups()[-1], mark(cluster)
    archive_end(cluster.url, cluster.archive)
    assert last.kind is Kind.INCREMENTAL
    assert beside(cluster, to) == 20_001
    # The next one has cleared away what they left.
    assert [path for path in cluster.archive.bases.iterdir() if path.name.startswith(".")] == []


def test_a_restore_killed_at_any_time_leaves_the_old_or_the_new_and_can_be_repeated(cluster):
    """By the command that people type: after each kill the database is there, whole, and the command works again."""
    kept_secret(cluster.root / "secrets", "postgres")
    cluster.back_up(Kind.FULL)
    first = mark(cluster, 3)
    mark(cluster, 4)
    archive_end(cluster.url, cluster.archive)
    cluster.stop()
    _seconds(_restore(cluster, first))
    assert _rows_that_count(cluster) == 3
    for line, most in (("Unpacking", 0), ("Applying the log", 0), ("Applying the log", 1)):
        _undo(cluster)
        restoring = _restore(cluster, first)
        _wait_for(restoring, line)
        was_at_work = _kill_after(restoring, random.uniform(0, most))
        assert was_at_work or most
        assert _rows_that_count(cluster) in {3, 7}
        assert _seconds(_restore(cluster, first)) > 0
        assert _rows_that_count(cluster) == 3


def _restore(cluster: Archived, to: datetime) -> "subprocess.Popen[str]":
    restoring = cluster.begin("deploy.local", ["restore", "--at", to.isoformat()], cluster.environment)
    assert restoring.stdin
    restoring.stdin.write("restore\n")
    restoring.stdin.flush()
    return restoring


def _undo(cluster: Archived) -> None:
    """Go forth again, to all that was given up."""
    last = Archive(cluster.archive.folder, cluster.archive.account).returns()
    moment = min(one.at for one in last) - timedelta(milliseconds=1) if last else None
    restore_here(cluster.place, Wish(moment, "another"), say_nothing)


def _seconds(process: "subprocess.Popen[str]") -> float:
    began = time.monotonic()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return time.monotonic() - began


def _wait_for(process: "subprocess.Popen[str]", beginning: str) -> None:
    """Wait until a process says what begins so."""
    assert process.stdout
    assert any(beginning in line for line in process.stdout)


def _kill_after(process: "subprocess.Popen[str]", seconds: float) -> bool:
    """Kill a process, and nobody else; whether it was still at work. What it has started ends by itself."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def _rows_that_count(cluster: Archived) -> int:
    """What the next start would find."""
    with Lock(cluster.root / "lock") as lock:
        assert lock.is_ours
    cluster.place.begin()
    with looked_at(cluster, cluster.postgres.data) as url:
        return rows_at(url)
