"""The whole way of a database from one major version of PostgreSQL to the next."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from deploy.backups.archive import Archive, Kind
from deploy.backups.base import back_up
from deploy.backups.cluster import Cluster, Ended, wait_for_end
from deploy.backups.errors import CannotBackUp
from deploy.backups.server import archiving, claim
from deploy.backups.tools import ARCHIVE_SCRIPT, ToolFailed
from deploy.local.errors import CannotStart
from deploy.local.postgres import remove_cluster
from deploy.upgrade.carry import Say, carry_over
from deploy.upgrade.errors import CannotUpgrade
from deploy.upgrade.place import Place
from deploy.upgrade.switch import begin
from shared.clock import now

# A copy of the files, and what is written on the way: the log of the new database, its schemas and statistics.
_ROOM, _MORE_BYTES = 1.1, 500 * 1024 * 1024


def upgrade_database(place: Place, say: Say) -> None:
    """Carry the database of `place`, which must not run, over to the new version. Nothing that is there counts less
    before the last step, after which all that is new does; killed anywhere, it can be repeated. Raises
    CannotUpgrade."""
    _check(place)
    version, kept = place.version, place.kept
    with _locked(place.archive):
        try:
            place.data.parent.mkdir(exist_ok=True)
            for data in (place.before, place.upgraded):
                wait_for_end(data)
            remove_cluster(place.upgraded)
            carry_over(place, say)
        except (CannotBackUp, Ended, ToolFailed, OSError, psycopg.Error) as error:
            raise CannotUpgrade(f"Nothing was upgraded. {error}") from error
        begin(place.data, place.new.account, place.switch(now()))
        say(f"The database is of PostgreSQL {place.new_version} now. That of {version} is kept in {kept}.")
        if place.archive:
            make_first_backup(place, place.archive, say)


def make_first_backup(place: Place, archive: Archive, say: Say) -> None:
    """Make the first base backup of the new database, for from those of the old one no way leads to it. Where that
    cannot be, who runs it makes it after the start."""
    say("Making a base backup of it ...")
    script = place.new.script(place.data.parent, ARCHIVE_SCRIPT)
    try:
        with Cluster(place.data, place.new, place.log) as cluster:
            cluster.start(archiving(archive.folder, script))
            backup = back_up(archive, place.new, cluster.url, Kind.FULL, is_urgent=True, say=say)
    except (CannotBackUp, Ended, OSError, psycopg.Error) as error:
        say(f"That failed, and is tried again after the start: {error}")
    else:
        say(f"Made {backup.name}, {backup.bytes / 1e6:.0f} MB.")


def _check(place: Place) -> None:
    """Raises CannotUpgrade when that cannot go well; nothing was written by then."""
    found, installed = place.version, place.new_version
    if found == installed:
        raise CannotUpgrade(f"The database in {place.before} is of PostgreSQL {found}, as the programs are.")
    if found > installed:
        raise CannotUpgrade(
            f"The database in {place.before} is of PostgreSQL {found}, and the programs are of {installed}: none goes "
            "back."
        )
    if place.old_version != found:
        raise CannotUpgrade(
            f"The programs in {place.old.programs} are of PostgreSQL {place.old_version}, and the database is of "
            f"{found}: name those of {found}."
        )
    if not place.old.account.reaches(place.old.programs / "postgres"):
        raise CannotUpgrade(f"The user who runs PostgreSQL cannot run the programs in {place.old.programs}.")
    if place.before != place.data and place.data.exists():
        raise CannotUpgrade(f"There is a database in {place.data} already, beside that in {place.before}.")
    apart = place.archive.apart(found) if place.archive else place.kept
    for path in {place.kept, apart} - {place.before}:
        if path.exists():
            raise CannotUpgrade(f"{path} is of an earlier upgrade: move it elsewhere first.")
    _check_room(place)
    if place.archive:
        try:
            claim(place.archive, place.before)
        except CannotStart as error:
            raise CannotUpgrade(str(error)) from error


def _check_room(place: Place) -> None:
    """Without the log, which is not carried over."""
    files = (path for path in place.before.rglob("*") if place.before / "pg_wal" not in path.parents)
    needed = int(sum(path.stat().st_size for path in files if path.is_file()) * _ROOM) + _MORE_BYTES
    disk = place.before.parent
    if needed > (free := shutil.disk_usage(disk).free):
        raise CannotUpgrade(f"{needed / 1e9:.1f} GB must be free on the disk of {disk}, and {free / 1e9:.1f} GB are.")


@contextmanager
def _locked(archive: Archive | None) -> Iterator[None]:
    if archive is None:
        yield
        return
    try:
        with archive.lock():
            yield
    except CannotBackUp as error:
        raise CannotUpgrade(str(error)) from error
