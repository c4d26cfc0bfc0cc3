"""`make backup`, `make backups` and `make restore`, for the platform of this folder."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deploy.backups.archive import Archive
from deploy.backups.errors import CannotBackUp, CannotRestore
from deploy.backups.place import Place
from deploy.backups.prompt import confirm, moment, result
from deploy.backups.restore import Wish, archive_end, restore_beside, restore_here
from deploy.backups.table import lines
from deploy.backups.tools import Tools
from deploy.local.accounts import postgres_account
from deploy.local.credentials import kept_secret
from deploy.local.errors import CannotStart
from deploy.local.folder import CODE, archive_folder, root_folder
from deploy.local.lock import Lock
from deploy.local.postgres import own_home, reachable_programs
from deploy.local.progress import say
from deploy.local.state import read_state
from deploy.local.surroundings import copy_surroundings

_STOP_SECONDS = 120.0


def backup(*, is_full: bool) -> None:
    """Make a base backup now: of what has changed since the last, or of all. Exits with the status of that."""
    _run_beside_platform("make", *(["--full"] if is_full else []))


def rehearse() -> None:
    """Restore the newest backup beside the platform, and say whether all is well in it. Exits with the status of
    that."""
    _run_beside_platform("rehearse")


def _run_beside_platform(*arguments: str) -> NoReturn:
    state = read_state(root_folder())
    if not state:
        raise CannotStart("The platform is not running; start it with `make up` first.")
    command = [sys.executable, "-m", "deploy.backups", *arguments]
    sys.exit(subprocess.run(command, cwd=CODE, env={**os.environ, **state.environment}, check=False).returncode)


def backups() -> None:
    """List what can be restored, and how the archive is."""
    for line in lines(_archive(), _zone()):
        say(line)


def restore(at: str, into: str) -> None:
    """Go back to the moment `at`, or to all that was archived when it is empty: in this place, which ends the platform
    and asks first, or beside it in the new folder `into`. Raises CannotStart."""
    try:
        to = moment(at, _zone())
        archive = _archive()
        _beside(archive, to, Path(into).absolute()) if into else _here(archive, to)
    except (CannotRestore, CannotBackUp) as error:
        raise CannotStart(f"Nothing was restored. {error}") from error


def _here(archive: Archive, to: datetime | None) -> None:
    root, zone = root_folder(), _zone()
    confirm(archive, root, to, zone, say)
    with Lock(root / "lock") as lock:
        if not lock.is_ours:
            say("Ending the platform ...")
            os.kill(lock.holder, signal.SIGTERM)
            if not lock.wait(_STOP_SECONDS):
                raise CannotRestore(f"Process {lock.holder} has not ended after {_STOP_SECONDS:.0f} s.")
        home = own_home(root / "postgres", postgres_account())
        place = Place(home / "data", archive, _tools(home))
        recovered = restore_here(place, Wish(to, kept_secret(root / "secrets", "postgres")), say)
    say(f"{result(recovered)} `make up` starts the platform, and tells all its parts.")


def _beside(archive: Archive, to: datetime | None, into: Path) -> None:
    root = root_folder()
    if into.exists():
        raise CannotRestore(f"{into} is there already; INTO names a folder that is to be made.")
    if state := read_state(root):
        archive_end(state.database_url, archive)
    # Under its own name only when it is complete.
    partial = into.with_name(f"{into.name}.partial")
    account = postgres_account()
    partial.mkdir(mode=0o711, parents=True)
    home = own_home(partial / "postgres", account)
    wish = Wish(to, kept_secret(root / "secrets", "postgres"))
    recovered = restore_beside(archive, _tools(home), home / "data", wish, say)
    copy_surroundings(root, partial, to)
    partial.rename(into)
    say(f"{result(recovered)} `make up DATA_FOLDER={into} PORT=8090` starts it as a platform of its own.")


def _archive() -> Archive:
    if not (folder := archive_folder()):
        raise CannotStart("ARCHIVE_FOLDER is off, so there are no backups.")
    return Archive(folder.resolve(), postgres_account())


def _tools(home: Path) -> Tools:
    account = postgres_account()
    return Tools(reachable_programs(account, home), account, is_urgent=True)


def _zone(environment: Mapping[str, str] = os.environ) -> ZoneInfo:
    name = environment.get("COMPANY_TIME_ZONE", "Africa/Lagos")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise CannotStart(f"COMPANY_TIME_ZONE is not the name of a time zone: {name!r}.") from None
