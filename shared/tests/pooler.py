"""PgBouncer in transaction mode before a database, for tests: each transaction may be in another session."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from deploy.local.ports import LOOPBACK, Ports
from shared.postgres.urls import libpq_url
from shared.testing import eventually

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
# Fewer than whoever is tested here has connections.
_SESSIONS = 3


@contextmanager
def pooler(folder: Path, database_url: str) -> Iterator[str]:
    """The URL of the database by way of a pooler that has three sessions of it for everybody together."""
    url, ports = make_url(database_url), Ports()
    port = ports.take()
    (folder / "users.txt").write_text(f'"{url.username}" "{url.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"""
[databases]
* = host={url.host} port={url.port}
[pgbouncer]
listen_addr = {LOOPBACK}
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder / "users.txt"}
pool_mode = transaction
default_pool_size = {_SESSIONS}
max_client_conn = 200
"""
    )
    ports.release()
    as_nobody = []
    if os.geteuid() == 0:
        # It refuses to run as root; what it reads is made readable on the way.
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for path in (folder, *folder.parents):
            if path.stat().st_uid == 0 and path != Path("/"):
                path.chmod(path.stat().st_mode | 0o755 if path.is_dir() else 0o644)
    assert PROGRAM
    server = subprocess.Popen([*as_nobody, PROGRAM, "-q", str(folder / "pgbouncer.ini")])
    pooled = url.set(host=LOOPBACK, port=port).render_as_string(hide_password=False)

    def answers() -> bool:
        assert server.poll() is None, "pgbouncer has ended"
        try:
            psycopg.connect(libpq_url(pooled), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    try:
        eventually(answers)
        yield pooled
    finally:
        server.terminate()
        server.wait(10)
