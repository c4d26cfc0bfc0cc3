"""A copy of a PostgreSQL that follows it (streaming replication), for tests of what reads there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from deploy.local.accounts import postgres_account
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres, own_home, remove_cluster
from deploy.local.progress import say_nothing
from deploy.local.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class StreamingCopy:
    """A server that follows another one, and only reads."""

    admin_url: str
    _supervisor: Supervisor

    def url_of(self, url: str) -> str:
        """The URL of a database of the other one, as it is here."""
        port = int(str(conninfo_to_dict(self.admin_url)["port"]))
        return make_url(url).set(port=port).render_as_string(hide_password=False)

    def connections_of(self, role: str) -> int:
        """How many connections a role has here."""
        with psycopg.connect(self.admin_url) as server:
            row = server.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", (role,)).fetchone()
        return row[0] if row else 0

    def fall_behind(self) -> None:
        """Apply nothing more, until `catch_up`."""
        self._ask("SELECT pg_wal_replay_pause()")

    def catch_up(self) -> None:
        """The end of `fall_behind`."""
        self._ask("SELECT pg_wal_replay_resume()")

    def stop(self) -> None:
        """End for good."""
        self._supervisor.end("postgres")

    def _ask(self, query: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as server:
            server.execute(query.encode())


@contextmanager
def streaming_copy(folder: Path, admin_url: str) -> Iterator[StreamingCopy]:
    """A copy of the server at the superuser's URL, for the length of a test."""
    account, ports = postgres_account(), Ports()
    home = own_home(folder / "postgres", account)
    password = str(conninfo_to_dict(admin_url)["password"])
    postgres = Postgres(folder / "postgres", password, ports.take(), log=folder / "postgres.log")
    postgres.tools.run("pg_basebackup", "-D", home / "data", "-d", admin_url, "-R", "-c", "fast")
    postgres.prepare()
    supervisor = Supervisor(say_nothing)
    try:
        supervisor.start(postgres.command())
        supervisor.wait_until_ready(seconds=60)
        yield StreamingCopy(postgres.admin_url, supervisor)
    finally:
        supervisor.close()
        ports.release()
        remove_cluster(folder / "postgres")
