"""A database that only we reach: one that is being restored, one that is looked at, one that does not run otherwise."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT
from subprocess import Popen

import psycopg

from deploy.backups.tools import Tools
from deploy.local.copies import Copy
from deploy.local.postgres import SETTINGS, SUPERUSER
from deploy.local.process import Command, run

# Unlike those of the running platform: beside it there must be room for both.
_SMALL = {"shared_buffers": "128MB", "max_connections": "250", "max_wal_size": "2GB"}
_LOOK_SECONDS = 0.1
_STOP_SECONDS = 120.0
_FATAL = re.compile(r"(?:FATAL|PANIC):\s+(.*)")
_LAST = re.compile(r"last completed transaction was at log time (.*)")


class Ended(Exception):
    """The database ended by itself; the message is what it said last."""


class Cluster:
    """The files of a database in `data`, run with a socket in a folder that only its user can enter.

    >>> with Cluster(data, tools, log) as cluster:
    ...     cluster.start({"archive_mode": "off"})
    ...     psycopg.connect(cluster.url)
    """

    def __init__(self, data: Path, tools: Tools, log: Path) -> None:
        self._data, self._tools, self._log = data, tools, log
        self._process: Popen[bytes] | Copy | None = None
        self._log_from = 0

    def __enter__(self) -> "Cluster":
        # Not beside the data: the path of a socket has room for a hundred characters.
        self._sockets = Path(tempfile.mkdtemp(prefix="mp-"))
        self._tools.account.owns(self._sockets)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._sockets, ignore_errors=True)

    @property
    def url(self) -> str:
        """URL of the superuser, who needs no password here."""
        return f"postgresql://{SUPERUSER}@/postgres?host={self._sockets}"

    def start(self, settings: Mapping[str, str]) -> None:
        """Start it and return when it takes connections, however long its recovery takes. Raises Ended."""
        rights = self._sockets / "pg_hba.conf"
        rights.write_text("local all all trust\nlocal replication all trust\n")
        ours = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "hba_file": str(rights),
            "hot_standby": "off",
        }
        values = SETTINGS | _SMALL | ours | dict(settings)
        options = [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
        command = Command(
            name="postgres",
            argv=(str(self._tools.programs / "postgres"), "-D", str(self._data), *options),
            environment={"PATH": "/usr/bin:/bin", "HOME": str(self._data), "LC_ALL": "C.UTF-8"},
            log=self._log,
            folder=self._data,
            stop_signal=SIGINT,
            account=self._tools.account,
        )
        wait_for_end(self._data)
        self._log_from = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = run(command, log, log)
        while not self._takes_connections():
            if self._process.poll() is not None:
                raise Ended(self._last_words())
            # It says when it is ready to nobody but those who ask.
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """End it in good order, if it runs."""
        if self._process is None or self._process.poll() is not None:
            return
        os.kill(self._process.pid, SIGINT)
        self._process.wait(timeout=_STOP_SECONDS)
        self._process = None

    def last_transaction(self) -> str | None:
        """When the last transaction was that a recovery applied, in PostgreSQL's words."""
        found = _LAST.findall(self._log.read_bytes()[self._log_from :].decode(errors="replace"))
        return found[-1] if found else None

    def _takes_connections(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=2) as database:
                row = database.execute("SELECT pg_is_in_recovery()").fetchone()
        except psycopg.OperationalError:
            return False
        return row == (False,)

    def _last_words(self) -> str:
        text = self._log.read_bytes()[self._log_from :].decode(errors="replace")
        fatal = _FATAL.findall(text)
        lines = [line for line in text.splitlines() if line.strip()]
        return (fatal or lines or ["it said nothing"])[-1]


def wait_for_end(data: Path) -> None:
    """Return when no database runs in `data`: one that ran for somebody who was killed ends by itself, and takes a
    moment for it. Raises Ended when it does not."""
    deadline = time.monotonic() + _STOP_SECONDS
    while _runs(data):
        if time.monotonic() > deadline:
            raise Ended(f"a process of PostgreSQL still runs in {data}")
        # It is no child of ours.
        time.sleep(_LOOK_SECONDS)


def _runs(data: Path) -> bool:
    mark = data / "postmaster.pid"
    lines = mark.read_text().splitlines() if mark.exists() else []
    command = Path("/proc") / (lines[0].strip() if lines else "none") / "cmdline"
    return command.exists() and b"postgres" in command.read_bytes()
