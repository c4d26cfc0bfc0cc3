"""`python -m deploy.backups run|make|list|rehearse|restore|settle`: the archive of the database that the settings in
the environment name.

`run` does what is due, as long as it runs, and answers about its health and its gauges.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import psycopg
from psycopg.conninfo import conninfo_to_dict

from deploy.backups.after_restore import CannotSettle, settle_return
from deploy.backups.archive import Archive, BaseBackup, Kind
from deploy.backups.base import back_up
from deploy.backups.errors import CannotBackUp, CannotRestore
from deploy.backups.place import Place
from deploy.backups.prompt import confirm, moment, result
from deploy.backups.rehearsal import rehearse
from deploy.backups.restore import Wish, restore_here
from deploy.backups.schedule import Schedule
from deploy.backups.settings import Settings
from deploy.backups.table import lines
from deploy.backups.tools import ToolFailed, Tools
from deploy.local.accounts import Account, postgres_account
from deploy.local.postgres import reachable_programs
from services.reporting.domain.chain import Keys
from shared.clock import now
from shared.health import serve_health
from shared.settings import BadSettings, read_settings

_LOOK_SECONDS = 15.0


def run(settings: Settings, archive: Archive, tools: Tools) -> None:
    """Do what is due until somebody ends us."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    schedule = Schedule(settings, archive, tools, _say)
    # What takes minutes keeps no gauge waiting.
    working = threading.Thread(target=_repeat, args=(schedule.work, ending), name="backups", daemon=True)
    working.start()
    looking = threading.Thread(target=_repeat, args=(schedule.look, ending), name="gauges", daemon=True)
    looking.start()

    def is_alive() -> bool:
        return working.is_alive() and looking.is_alive()

    serve_health(settings.bind, is_alive, is_alive, platform=settings.platform)
    ending.wait()


def _repeat(work: Callable[[], None], ending: threading.Event) -> None:
    while not ending.is_set():
        work()
        ending.wait(_LOOK_SECONDS)


def make(settings: Settings, archive: Archive, tools: Tools, *, is_full: bool) -> BaseBackup:
    """Make a base backup now. Raises CannotBackUp."""
    kind = Kind.FULL if is_full else Kind.INCREMENTAL
    with archive.lock():
        made = back_up(archive, tools, settings.admin_database_url, kind, is_urgent=True, say=_say)
        Schedule(settings, archive, tools, _say).prune()
    _say(f"Made {made.name}: {made.bytes / 1e6:.1f} MB in {(made.ended_at - made.began_at).total_seconds():.1f} s.")
    return made


def hold_rehearsal(settings: Settings, archive: Archive, tools: Tools) -> None:
    """Rehearse a restore now, and say what was found. Exits with 1 when that is a fault."""
    keys = Keys(settings.audit_keys) if settings.audit_keys else None
    with archive.lock():
        found = rehearse(archive, tools, settings.rehearsals, keys, settings.anchors)
    _say(f"{found.backup} was restored in {found.seconds:.0f} s; its last transaction is of {found.last_transaction}.")
    if found.faults:
        sys.exit("\n".join(found.faults))
    checked = "" if found.audit_entries is None else f", and {found.audit_entries} entries of the audit trail hold"
    _say(f"All services agree{checked}.")


def restore(settings: Settings, archive: Archive, tools: Tools, at: str) -> None:
    """Let the database, which must not run, go back to a moment, after asking. Raises CannotRestore."""
    zone = ZoneInfo(settings.company_time_zone)
    to = moment(at, zone)
    confirm(archive, settings.database, to, zone, _say)
    password = conninfo_to_dict(settings.admin_database_url).get("password")
    recovered = restore_here(Place(settings.database, archive, tools), Wish(to, str(password or "")), _say)
    _say(f"{result(recovered)} Start everything: all parts learn of it then.")


def show(archive: Archive, zone: str) -> None:
    """Print what there is, in the time zone of the institution."""
    for line in lines(archive, ZoneInfo(zone)):
        _say(line)


def _say(line: str) -> None:
    print(f"{now().isoformat(timespec='seconds')} {line}" if not sys.stdout.isatty() else line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.backups", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help=run.__doc__)
    commands.add_parser("make", help=make.__doc__).add_argument("--full", action="store_true", help="not only changes")
    commands.add_parser("list", help=show.__doc__)
    commands.add_parser("rehearse", help=hold_rehearsal.__doc__)
    commands.add_parser("restore", help=restore.__doc__).add_argument("--at", default="", help="a moment; else: all")
    commands.add_parser("settle", help=settle_return.__doc__)
    options = parser.parse_args()
    try:
        settings = read_settings(Settings, os.environ, prefix="BACKUPS")
        account = postgres_account()
        archive = Archive(settings.folder, account)
        archive.prepare()
        match options.command:
            case "run":
                run(settings, archive, _tools(account))
            case "make":
                make(settings, archive, _tools(account), is_full=options.full)
            case "list":
                show(archive, settings.company_time_zone)
            case "rehearse":
                hold_rehearsal(settings, archive, _tools(account))
            case "restore":
                restore(settings, archive, replace(_tools(account), is_urgent=True), options.at)
            case "settle":
                settle_return(settings.database, settings.admin_database_url, {}, _say)
    except (BadSettings, CannotBackUp, CannotRestore, CannotSettle, ToolFailed, OSError, psycopg.Error) as error:
        sys.exit(f"backups: {error}")


def _tools(account: Account) -> Tools:
    return Tools(reachable_programs(account), account)


if __name__ == "__main__":
    main()
