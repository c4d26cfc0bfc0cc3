"""The new database, made beside the old one by PostgreSQL's own pg_upgrade, complete before it counts."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.backups.aftermath import MARK
from deploy.backups.cluster import Cluster
from deploy.backups.restore import archive_end
from deploy.backups.server import archiving, quoted
from deploy.backups.tools import ARCHIVE_SCRIPT, ToolFailed, connection_variables
from deploy.local.postgres import LOCALE, SUPERUSER
from deploy.upgrade import kept_settings
from deploy.upgrade.errors import CannotUpgrade
from deploy.upgrade.guard import guarded
from deploy.upgrade.place import Place

Say = Callable[[str], None]
_CHECKSUMS = re.compile(r"^Data page checksum version:\s+(\d+)", re.MULTILINE)
# Who may connect is not for a version to change.
_RIGHTS = ("pg_hba.conf", "pg_ident.conf")
_FAREWELL = "Failure, exiting"


def carry_over(place: Place, say: Say) -> None:
    """Make the new database in `place.upgraded`, of all that is in the old one, which stays as it is."""
    say("Ending the old database in good order ...")
    settings = _end_old(place)
    say(f"Checking whether it can be of PostgreSQL {place.new_version} ...")
    has_checksums = _make_empty(place)
    with guarded(place.before, place.upgraded):
        _pg_upgrade(place, "--check")
        say("Carrying it over ...")
        _pg_upgrade(place)
    if not has_checksums:
        place.new.run("pg_checksums", "--enable", "--no-sync", "--pgdata", place.upgraded)
    _take_over_files(place)
    kept_settings.write(place.upgraded, place.new, settings, say)
    say("Making the statistics that are missing ...")
    _complete(place)
    # All of it at once, and only now.
    place.new.run("initdb", "--sync-only", "--pgdata", place.upgraded)


def _end_old(place: Place) -> dict[str, str]:
    """Let the old database recover if it was killed, have all of its log archived, and end it; returns the settings
    that somebody has made in it."""
    ours = {"archive_mode": "off"}
    if place.archive:
        script = place.new.script(place.before.parent, ARCHIVE_SCRIPT)
        ours = archiving(place.archive.folder, script)
        # Only for incremental backups, of which none is made any more; not every version knows it.
        del ours["summarize_wal"]
    with Cluster(place.before, place.old, place.log) as cluster:
        cluster.start(ours)
        if place.archive:
            archive_end(cluster.url, place.archive)
        return kept_settings.read(cluster.url)


def _make_empty(place: Place) -> bool:
    """Make the files of a new database without anything in it; whether they have checksums, as those of the old one do
    or do not, for pg_upgrade copies pages as they are."""
    found = _CHECKSUMS.search(place.old.run("pg_controldata", place.before))
    has_checksums = found is not None and found[1] != "0"
    place.upgraded.mkdir(mode=0o700, parents=True)
    place.new.account.owns(place.upgraded)
    # Nobody gets in by what stands there before the old rights do.
    options = [*LOCALE, "--auth=reject", *([] if has_checksums else ["--no-data-checksums"])]
    place.new.run("initdb", "--pgdata", place.upgraded, "--username", SUPERUSER, "--no-sync", *options)
    return has_checksums


def _pg_upgrade(place: Place, *more: str) -> None:
    with _work_folder(place) as folder:
        server = f"-c hba_file={quoted(folder / _RIGHTS[0])}"
        try:
            place.new.run(
                "pg_upgrade", "--username", SUPERUSER, "--socketdir", folder, "--no-sync",
                "--old-bindir", place.old.programs, "--old-datadir", place.before, "--old-options", server,
                "--new-bindir", place.new.programs, "--new-datadir", place.upgraded, "--new-options", server, *more,
                folder=folder,
            )  # fmt: skip
        except ToolFailed as error:
            place.log.write_text(error.output)
            raise CannotUpgrade(f"pg_upgrade refuses: {reason(error.output)} (more in {place.log})") from error


@contextmanager
def _work_folder(place: Place) -> Iterator[Path]:
    """Where its servers have their sockets, which only their user reaches and without a password. Not beside the data:
    the path of a socket has room for a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="mp-"))
    try:
        rights = folder / _RIGHTS[0]
        rights.write_text("local all all trust\n")
        for path in (folder, rights):
            place.new.account.owns(path)
        yield folder
    finally:
        shutil.rmtree(folder)


def reason(output: str) -> str:
    """What stands behind the step that failed, or at the end."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and line.strip() != _FAREWELL]
    failed = [number for number, line in enumerate(lines) if re.search(r"\s(?:fatal|\*failure\*)$", line)]
    return " ".join(lines[failed[-1] + 1 :] if failed else lines[-1:])


def _take_over_files(place: Place) -> None:
    """What pg_upgrade leaves behind: who may connect, and what is still to be done after a restore."""
    for name in _RIGHTS:
        shutil.copyfile(place.before / name, place.upgraded / name)
    if (place.before / MARK).exists():
        shutil.copytree(place.before / MARK, place.upgraded / MARK)
        for path in ((place.upgraded / MARK), *(place.upgraded / MARK).iterdir()):
            place.new.account.owns(path)


def _complete(place: Place) -> None:
    """Bring the extensions up to their new versions, and make the statistics that pg_upgrade does not carry over."""
    with Cluster(place.upgraded, place.new, place.log) as cluster:
        cluster.start({"archive_mode": "off"})
        with psycopg.connect(cluster.url) as server:
            names = [name for (name,) in server.execute("SELECT datname FROM pg_database WHERE datallowconn")]
        for name in names:
            with psycopg.connect(cluster.url, dbname=name) as database:
                _update_extensions(database)
        place.new.run(
            "vacuumdb", "--all", "--analyze-only", "--missing-stats-only", "--quiet",
            environment=connection_variables(cluster.url),
        )  # fmt: skip


def _update_extensions(database: psycopg.Connection) -> None:
    query = "SELECT name FROM pg_available_extensions WHERE installed_version <> default_version"
    for (name,) in database.execute(query).fetchall():
        database.execute(sql.SQL("ALTER EXTENSION {} UPDATE").format(sql.Identifier(name)))
