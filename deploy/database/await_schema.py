"""`python -m deploy.database.await_schema SERVICE`: returns when the database is as this code of a service expects it.

For places where nothing says what starts after what: the processes of a release come up beside its migrations and wait
here. A schema that this code does not know yet is as good, because migrations also work under the release before. The
service's own settings say where its database is (SERVICE_DATABASE_URL, which may be given as ..._FILE).
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from psycopg import sql

from deploy.database.provision import SERVICES
from shared import migrations
from shared.postgres.urls import libpq_url
from shared.settings import BadSettings, read_settings

ROOT = Path(__file__).resolve().parents[2]
ASK_SECONDS, SAY_SECONDS = 2.0, 10.0
_CONNECT_SECONDS = 5
_REVISION = "SELECT version_num FROM {}.alembic_version"
# Notifications has nothing to work with until what identity kept of mail was carried over, on a new database too.
_CARRIED_OVER = "SELECT is_over FROM notifications.carry_over"


def is_as_expected(service: str, database_url: str) -> bool:
    """Whether the migrations have come to where this code is, or further. Raises psycopg's errors."""
    script = ScriptDirectory.from_config(migrations.config(ROOT / "services" / service / "migrations", database_url))
    with psycopg.connect(libpq_url(database_url), autocommit=True, connect_timeout=_CONNECT_SECONDS) as database:
        try:
            row = database.execute(sql.SQL(_REVISION).format(sql.Identifier(service))).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return False
        if row is None:
            return False
        revisions = {revision.revision for revision in script.walk_revisions()}
        if row[0] in revisions - {*script.get_heads()}:
            return False
        if service != "notifications":
            return True
        carried = database.execute(_CARRIED_OVER).fetchone()
        return carried is not None and bool(carried[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `main` reads from the environment."""

    database_url: str = field(repr=False)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.database.await_schema", description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    service: str = parser.parse_args(arguments).service
    try:
        settings = read_settings(Settings, os.environ, prefix=service.upper())
    except BadSettings as error:
        sys.exit(f"{service}: {error}")
    said = float("-inf")
    while True:
        try:
            if is_as_expected(service, settings.database_url):
                return
            why = "its migrations have not come to this code"
        except psycopg.OperationalError as error:
            why = str(error).strip()
        if time.monotonic() - said >= SAY_SECONDS:
            said = time.monotonic()
            print(f"{service} waits for its database: {why}", flush=True)
        time.sleep(ASK_SECONDS)  # Whoever migrates tells nobody when it is done.


if __name__ == "__main__":
    main()
