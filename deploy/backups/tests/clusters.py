"""A database with an archive, small enough to be restored again and again."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from deploy.backups.archive import Archive, BaseBackup, Kind
from deploy.backups.base import back_up
from deploy.backups.place import Place
from deploy.backups.tools import Tools
from deploy.database.provision import DATABASE
from deploy.local.accounts import postgres_account
from deploy.local.folder import CODE
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres, own_home, remove_cluster
from deploy.local.progress import say_nothing
from deploy.local.supervisor import Supervisor


@dataclass
class Archived:
    """A database in `root`, which runs between `start` and `stop`, and what is archived of it."""

    root: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def __post_init__(self) -> None:
        self._ports = Ports()
        self.postgres = Postgres(
            self.root / "postgres",
            self.password,
            self._ports.take(),
            log=self.root / "postgres.log",
            archive=self.root / "archive",
        )
        self._supervisor = Supervisor(say_nothing)

    @property
    def url(self) -> str:
        return self.postgres.admin_url

    @property
    def archive(self) -> Archive:
        archive = self.postgres.archive
        assert archive
        return archive

    @property
    def tools(self) -> Tools:
        return self.postgres.tools

    @property
    def place(self) -> Place:
        return Place(self.postgres.data, self.archive, self.tools)

    def start(self) -> None:
        self.postgres.prepare()
        self._supervisor = Supervisor(say_nothing)
        self._supervisor.start(self.postgres.command())
        self._supervisor.wait_until_ready(seconds=60)

    def stop(self) -> None:
        self._supervisor.close()

    def kill(self) -> None:
        """Let it end without another word."""
        self._supervisor.process("postgres").send(signal.SIGKILL)
        self._supervisor.close()

    def remove(self) -> None:
        self.stop()
        self._ports.release()
        for name in ("postgres", "archive"):
            remove_cluster(self.root / name)

    def switch(self) -> None:
        """Let a file of the log be complete."""
        with psycopg.connect(self.url, autocommit=True) as database:
            database.execute("SELECT pg_logical_emit_message(true, 'tests', '')")
            database.execute("SELECT pg_switch_wal()")

    def back_up(self, kind: Kind) -> BaseBackup:
        return back_up(self.archive, self.tools, self.url, kind, is_urgent=True, say=say_nothing)

    def begin_making(self, *arguments: str) -> "subprocess.Popen[str]":
        """A process that makes a base backup."""
        return self.begin("deploy.backups", ["make", *arguments], self.environment)

    def begin(self, module: str, arguments: list[str], environment: Mapping[str, str]) -> "subprocess.Popen[str]":
        """A process of one of our programs, in a group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=CODE,
            env=os.environ | dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def environment(self) -> dict[str, str]:
        return {
            "BACKUPS_ADMIN_DATABASE_URL": self.url,
            "BACKUPS_ARCHIVE_FOLDER": str(self.archive.folder),
            "DATA_FOLDER": str(self.root),
        }


def make(root: Path) -> Path:
    """The files of a database with the table `mark`, each row of which is a moment and has a number."""
    cluster = Archived(root)
    cluster.start()
    with psycopg.connect(cluster.url, autocommit=True) as database:
        database.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(cluster.url, dbname=DATABASE) as database:
        database.execute("CREATE TABLE mark (number bigserial PRIMARY KEY, at timestamptz NOT NULL, filler text)")
    cluster.stop()
    (root / "password").write_text(cluster.password)
    return root


@contextmanager
def archived(root: Path, made: Path) -> Iterator[Archived]:
    """A running copy of the database that `make` left in `made`."""
    cluster = Archived(root, (made / "password").read_text())
    home = own_home(root / "postgres", postgres_account())
    subprocess.run(["cp", "-a", made / "postgres" / "data", home], check=True)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


def mark(cluster: Archived, rows: int = 1) -> datetime:
    """Commit rows; returns a moment after that, and before whatever comes next."""
    with psycopg.connect(cluster.url, dbname=DATABASE) as database:
        database.execute(
            "INSERT INTO mark (at, filler) SELECT clock_timestamp(), repeat('x', 500) FROM generate_series(1, %s)",
            (rows,),
        )
    with psycopg.connect(cluster.url) as database:
        row = database.execute("SELECT clock_timestamp()").fetchone()
    assert row
    return row[0]


def rows_at(url: str) -> int:
    with psycopg.connect(url, dbname=DATABASE) as database:
        row = database.execute("SELECT count(*) FROM mark").fetchone()
    assert row
    return int(row[0])


def rows(cluster: Archived) -> int:
    return rows_at(cluster.url)
