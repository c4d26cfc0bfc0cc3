"""PostgreSQL with failover on several hosts: the project's own, with Debian's Patroni, etcd and HAProxy around it."""

import json
import os
import secrets
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from deploy.local.accounts import postgres_account
from deploy.local.hosts import Host, Network
from deploy.local.postgres import LOCALE, SETTINGS, SUPERUSER, reachable_programs
from deploy.local.process import Command
from shared.testing import eventually
from tests.hosts.programs import need

PACKAGES = ("patroni", "python3-etcd", "etcd-server", "haproxy")
PROGRAMS = ("patroni", "etcd", "haproxy")
_PORT, _API, _CLIENTS, _PEERS = 5432, 8008, 2379, 2380
WRITES, READS = 5432, 5433
# A leader that says nothing for so long is replaced; Patroni wants LOOP + 2 * RETRY at least.
TTL_SECONDS, LOOP_SECONDS, RETRY_SECONDS = 8, 1, 3
# Three of them on a machine that runs everything else at once.
_SMALL = {"shared_buffers": "64MB", "max_wal_size": "256MB", "wal_log_hints": "on", "max_connections": "250"}
_HAPROXY = """\
defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 2s
{listeners}"""
_LISTENER = """\
listen {role}
  bind {address}:{port}
  option httpchk OPTIONS /{role}
  http-check expect status 200
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


class DatabaseCluster:
    """So many hosts, each with etcd, Patroni and PostgreSQL, and one with HAProxy. A commit is answered when two have
    it, where there are two."""

    def __init__(self, network: Network, folder: Path, size: int) -> None:
        self._folder = folder
        self._account = postgres_account()
        self._programs = reachable_programs(self._account, self._own_folder("programs"))
        self._password, self._cluster = secrets.token_urlsafe(24), secrets.token_hex(4)
        self.hosts = [network.host(f"db{number}") for number in range(1, size + 1)]
        self.proxy = network.host("proxy")

    @property
    def admin_url(self) -> str:
        """The superuser's URL of all three, of which libpq finds the one that takes writes."""
        servers = ",".join(f"{host.address}:{_PORT}" for host in self.hosts)
        return f"postgresql://{SUPERUSER}:{self._password}@{servers}/postgres?target_session_attrs=read-write"

    @property
    def proxy_url(self) -> str:
        """The superuser's URL of HAProxy, which finds the one that takes writes."""
        return f"postgresql://{SUPERUSER}:{self._password}@{self.proxy.address}:{WRITES}/postgres"

    def start(self) -> None:
        """Return when one leads and the others follow it."""
        for host in self.hosts:
            host.start(self._etcd(host), self._patroni(host))
        self.proxy.start(self._haproxy())
        self.wait_until_whole(seconds=120)

    def leader(self) -> Host | None:
        """The host that leads; None while there is none."""
        leaders = [name for name, role, state in self._members() if role == "leader" and state == "running"]
        return next((host for host in self.hosts if host.name in leaders), None)

    def wait_for_another(self, than: Host, *, seconds: float = 60) -> Host:
        """The next leader, when there is one."""

        def found() -> Host | None:
            leader = self.leader()
            return leader if leader is not than else None

        leader = eventually(found, seconds=seconds)
        assert leader
        return leader

    def wait_until_whole(self, *, seconds: float = 90) -> None:
        """Return when one leads, the others follow it, and one of these has every commit."""
        eventually(self._is_whole, seconds=seconds)

    def drop(self, database: str) -> None:
        """Remove a database with all connections to it."""
        with psycopg.connect(self.admin_url, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _is_whole(self) -> bool:
        roles = sorted(role for _, role, state in self._members() if state in {"running", "streaming"})
        if roles != sorted(["leader", "sync_standby", *["replica"] * len(self.hosts)][: len(self.hosts)]):
            return False
        try:
            with psycopg.connect(self.admin_url, connect_timeout=2) as server:
                row = server.execute("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'").fetchone()
        except psycopg.Error:
            return False
        return row == (len(self.hosts) - 1,)

    def _members(self) -> list[tuple[str, str, str]]:
        """By host its name, role and state, as whoever answers says."""
        for host in self.hosts:
            try:
                with urllib.request.urlopen(f"http://{host.address}:{_API}/cluster", timeout=1) as answer:
                    members = json.load(answer)["members"]
            except (OSError, ValueError):
                continue
            return [(member["name"], member["role"], member["state"]) for member in members]
        return []

    def _own_folder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(mode=0o700)
        self._account.owns(folder)
        return folder

    def _etcd(self, host: Host) -> Command:
        clients, peers = (f"http://{host.address}:{port}" for port in (_CLIENTS, _PEERS))
        everybody = ",".join(f"{other.name}=http://{other.address}:{_PEERS}" for other in self.hosts)
        options = {
            "name": host.name, "data-dir": str(self._own_folder(f"etcd-{host.name}")), "log-level": "warn",
            "logger": "zap", "listen-client-urls": clients, "advertise-client-urls": clients,
            "listen-peer-urls": peers, "initial-advertise-peer-urls": peers, "initial-cluster": everybody,
            "initial-cluster-token": self._cluster,
        }  # fmt: skip
        return self._command(f"etcd-{host.name}", "etcd", *(f"--{name}={value}" for name, value in options.items()))

    def _patroni(self, host: Host) -> Command:
        home = self._own_folder(host.name)
        file = home / "patroni.yml"
        # JSON is YAML.
        file.write_text(json.dumps(self._configuration(host, home)))
        file.chmod(0o600)
        self._account.owns(file)
        return self._command(f"patroni-{host.name}", "patroni", str(file))

    def _configuration(self, host: Host, home: Path) -> dict[str, Any]:
        superuser = {"username": SUPERUSER, "password": self._password}
        locale = [dict([option.removeprefix("--").split("=", 1)]) for option in LOCALE]
        return {
            "scope": "mp",
            "name": host.name,
            "restapi": {"listen": f"{host.address}:{_API}", "connect_address": f"{host.address}:{_API}"},
            "etcd3": {"hosts": [f"{other.address}:{_CLIENTS}" for other in self.hosts]},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL_SECONDS,
                    "loop_wait": LOOP_SECONDS,
                    "retry_timeout": RETRY_SECONDS,
                    "synchronous_mode": True,
                    "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": SETTINGS | _SMALL},
                },
                "initdb": [*locale, "data-checksums"],
            },
            "postgresql": {
                "listen": f"{host.address}:{_PORT}",
                "connect_address": f"{host.address}:{_PORT}",
                "data_dir": str(home / "data"),
                "bin_dir": str(self._programs),
                "pgpass": str(home / "pgpass"),
                "authentication": {"superuser": superuser, "replication": superuser, "rewind": superuser},
                "parameters": {"unix_socket_directories": str(home)},
                "pg_hba": [f"host {of} all 0.0.0.0/0 scram-sha-256" for of in ("all", "replication")],
            },
            "watchdog": {"mode": "off"},
        }

    def _haproxy(self) -> Command:
        listeners = ""
        for role, port in (("primary", WRITES), ("replica", READS)):
            servers = "\n".join(f"  server {host.name} {host.address}:{_PORT} check port {_API}" for host in self.hosts)
            listeners += _LISTENER.format(role=role, address=self.proxy.address, port=port, servers=servers)
        file = self._folder / "haproxy.cfg"
        file.write_text(_HAPROXY.format(listeners=listeners))
        return self._command("haproxy", "haproxy", "-db", "-f", str(file))

    def _command(self, name: str, *argv: str) -> Command:
        return Command(
            name=name,
            argv=argv,
            environment={"PATH": f"/usr/sbin:/usr/bin:/bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"},
            log=self._folder / f"{name}.log",
            folder=Path("/"),
            account=self._account,
        )


@contextmanager
def database_cluster(network: Network, size: int = 3) -> Iterator[DatabaseCluster]:
    """A cluster for the length of a test, which is skipped where there can be none."""
    need(*PACKAGES, programs=PROGRAMS)
    with tempfile.TemporaryDirectory(prefix="database-cluster-", ignore_cleanup_errors=True) as name:
        # PostgreSQL's user goes through to its own folders.
        Path(name).chmod(0o711)
        cluster = DatabaseCluster(network, Path(name), size)
        try:
            cluster.start()
            yield cluster
        finally:
            for host in (*cluster.hosts, cluster.proxy):
                host.power_off()
