"""A platform whose database is of an earlier major version, with the schemas of all services and a small book in it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import psycopg

from deploy.backups.archive import Archive, BaseBackup, Kind
from deploy.backups.server import archiving, claim
from deploy.backups.tools import ARCHIVE_SCRIPT, Tools, connection_variables
from deploy.backups.versions import version_of_programs
from deploy.database.provision import DATABASE, SERVICES, DatabaseUrls, Passwords, owner_of, provision
from deploy.local.accounts import postgres_account
from deploy.local.credentials import kept_secret
from deploy.local.folder import CODE
from deploy.local.parts import AUDIT_KEYS
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres, own_home, remove_cluster, running_alone
from deploy.local.progress import say_nothing
from deploy.seed.pages import Size
from deploy.seed.writer import write_book
from deploy.upgrade.tests.contents import Contents, Statistics, contents, statistics
from services.reporting.domain.chain import Key
from shared import migrations
from shared.clock import now

_INSTALLED = {int(path.parent.name): path for path in Path("/usr/lib/postgresql").glob("*/bin")}
_LAST = 17
_FOLDERS = ("postgres", "archive")
PROGRAMS = max((path for version, path in _INSTALLED.items() if version <= _LAST), default=None)
"""Debian's programs of an earlier version, if there are any."""


@dataclass(frozen=True, slots=True)
class OldPlatform:
    """What `make up` of an earlier release would have left in `root`: what was in it at the moment `at`, and what its
    planner knew of that."""

    root: Path
    programs: Path
    contents: Contents = field(default_factory=dict)
    statistics: Statistics = field(default_factory=dict)
    at: datetime = field(default_factory=now)

    @property
    def version(self) -> int:
        return version_of_programs(self.programs)

    @property
    def home(self) -> Path:
        return (self.root / "postgres").resolve()

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def archive(self) -> Archive:
        return Archive((self.root / "archive").resolve(), postgres_account())

    @property
    def tools(self) -> Tools:
        return Tools(self.programs, postgres_account(), is_urgent=True)

    @contextmanager
    def running(self) -> Iterator[str]:
        """The URL of the superuser, while the old version runs it and its log is archived."""
        password, ports = kept_secret(self.root / "secrets", "postgres"), Ports()
        settings = archiving(self.archive.folder, self.tools.script(self.home, ARCHIVE_SCRIPT))
        # Not every version knows it.
        del settings["summarize_wal"]
        postgres = Postgres(
            self.root / "postgres",
            password,
            ports.take(),
            log=self.root / "postgres.log",
            settings=settings,
            installed=self.programs,
        )
        try:
            with running_alone(postgres) as url:
                yield url
        finally:
            ports.release()

    def begin(self) -> "subprocess.Popen[str]":
        """A process that upgrades it, as an operator types it."""
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.mp", "upgrade-database", "--old-binaries", str(self.programs)],
            cwd=CODE,
            env={**os.environ, "DATA_FOLDER": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def make(root: Path, programs: Path) -> OldPlatform:
    """Make one in `root`; the database does not run afterwards."""
    old = OldPlatform(root, programs)
    for name in _FOLDERS:
        own_home(root / name, postgres_account())
    old.archive.prepare()
    with old.running() as url:
        claim(old.archive, old.data)
        urls = provision(url, {service: _passwords(root, service) for service in SERVICES})
        for service in SERVICES:
            migrations.upgrade(CODE / "services" / service / "migrations", urls[service].owner)
        _fill(urls, kept_secret((root / AUDIT_KEYS).parent, AUDIT_KEYS.name))
        _back_up(old, url)
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("ALTER SYSTEM SET log_lock_waits = on")
            server.execute("ALTER SYSTEM SET work_mem = '12MB'")
        with psycopg.connect(url, dbname=DATABASE) as database:
            database.execute("ANALYZE")
        return replace(old, contents=contents(url), statistics=statistics(url), at=now())


def copy(old: OldPlatform, root: Path) -> OldPlatform:
    """Another platform in `root`, with all that is in this one."""
    for name in _FOLDERS:
        home = own_home(root / name, postgres_account())
        subprocess.run(["cp", "-a", f"{(old.root / name).resolve()}/.", home], check=True)
    shutil.copytree(old.root / "secrets", root / "secrets")
    return replace(old, root=root)


def remove(old: OldPlatform) -> None:
    """Delete all of it, wherever it really is."""
    for name in _FOLDERS:
        remove_cluster(old.root / name)


def _passwords(root: Path, service: str) -> Passwords:
    return Passwords(*(kept_secret(root / "secrets", role) for role in (service, owner_of(service))))


def _fill(urls: dict[str, DatabaseUrls], audit_key: str) -> None:
    write_book(
        {service: url.owner.replace("+psycopg", "") for service, url in urls.items()},
        Size(40),
        password_hash="of nobody",
        number=1,
        last_day=date(2026, 3, 11),
        zone="Africa/Lagos",
        audit_key=Key.of(audit_key),
        report=say_nothing,
    )


def _back_up(old: OldPlatform, url: str) -> None:
    """Keep a base backup in the archive; of the manifest the earlier versions write less than is read of it."""
    began_at = now()
    partial = old.archive.partial("first")
    old.tools.run(
        "pg_basebackup", "--pgdata", partial, "--format=tar", "--compress=client-gzip:1", "--checkpoint=fast",
        environment=connection_variables(url),
    )  # fmt: skip
    with psycopg.connect(url) as server:
        row = server.execute("SELECT system_identifier::text, pg_current_wal_lsn()::text FROM pg_control_system()")
        system, lsn = row.fetchone() or ("", "")
    backup = BaseBackup("first", Kind.FULL, system, 1, "0/2000028", lsn, began_at, now(), None, 1, 1)
    old.archive.keep(partial, backup)
