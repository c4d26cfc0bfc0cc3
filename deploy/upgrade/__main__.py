"""`python -m deploy.upgrade check|run`: the database that the settings of backups in the environment name, where each
version has a folder of its own, as PostgreSQL's image has it: `/var/lib/postgresql/18/docker`."""

import argparse
import os
import sys
from pathlib import Path

import psycopg

from deploy.backups.archive import Archive
from deploy.backups.settings import Settings
from deploy.backups.tools import Tools
from deploy.backups.versions import version_of_data
from deploy.local.accounts import postgres_account
from deploy.local.errors import CannotStart
from deploy.local.postgres import reachable_programs
from deploy.local.progress import say
from deploy.upgrade.database import upgrade_database
from deploy.upgrade.errors import CannotUpgrade
from deploy.upgrade.place import Place
from deploy.upgrade.switch import finish
from shared.settings import BadSettings, read_settings


def check(settings: Settings) -> None:
    """Say whether the database is of another version, beside which an empty one would be made. Raises CannotUpgrade."""
    finish(settings.database, postgres_account())
    before = _before(settings.database)
    if before and not settings.database.exists():
        raise CannotUpgrade(
            f"The database is of PostgreSQL {version_of_data(before)}, in {before}, and there is none in "
            f"{settings.database}: carry it over first (docs/upgrade-of-postgresql.md)."
        )


def run(settings: Settings, old_binaries: Path) -> None:
    """Carry the database, which must not run, over to this version by the programs of the old one. Raises
    CannotUpgrade."""
    account = postgres_account()
    if finish(settings.database, account):
        say("The upgrade that was interrupted is complete.")
        return
    if not (before := _before(settings.database)):
        raise CannotUpgrade(f"There is no database of an earlier version beside {settings.database}.")
    if _answers(settings.admin_database_url):
        raise CannotUpgrade("The database runs: `docker compose down` ends it.")
    archive = Archive(settings.folder, account) if settings.folder.exists() else None
    old, new = (Tools(folder, account, is_urgent=True) for folder in (old_binaries, reachable_programs(account)))
    upgrade_database(Place(before, settings.database, archive, old, new), say)


def _before(data: Path) -> Path | None:
    """The database of the newest other version."""
    found = [mark.parent for mark in data.parents[1].glob(f"*/{data.name}/PG_VERSION") if mark.parent != data]
    return max(found, key=version_of_data, default=None)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        # Who refuses us runs.
        return "FATAL" in str(error)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.upgrade", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help=check.__doc__)
    running = commands.add_parser("run", help=run.__doc__)
    running.add_argument("--old-binaries", type=Path, required=True, help="the programs of the old version")
    options = parser.parse_args()
    try:
        settings = read_settings(Settings, os.environ, prefix="BACKUPS")
        match options.command:
            case "check":
                check(settings)
            case "run":
                run(settings, options.old_binaries)
    except (BadSettings, CannotStart, CannotUpgrade, OSError) as error:
        sys.exit(f"upgrade: {error}")


if __name__ == "__main__":
    main()
