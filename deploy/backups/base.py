"""Making a base backup of a running database."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from deploy.backups.archive import Archive, BaseBackup, Kind
from deploy.backups.errors import CannotBackUp
from deploy.backups.tools import ToolFailed, Tools, connection_variables
from shared.clock import now


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What PostgreSQL says of a backup: of which database, the log that it needs, and how large its files are."""

    system: str
    timeline: int
    start_lsn: str
    end_lsn: str
    database_bytes: int

    @classmethod
    def read(cls, path: Path) -> "_Manifest":
        values = json.loads(path.read_bytes())
        first, last = values["WAL-Ranges"][0], values["WAL-Ranges"][-1]
        size = sum(file["Size"] for file in values["Files"])
        return cls(str(values["System-Identifier"]), last["Timeline"], first["Start-LSN"], last["End-LSN"], size)


def back_up(
    archive: Archive, tools: Tools, url: str, kind: Kind, *, is_urgent: bool, say: Callable[[str], None]
) -> BaseBackup:
    """Make, verify and keep a base backup of the database at `url`; under the lock of the archive.

    An incremental one is built upon the newest there is; where it cannot be (none is there, or what the server
    remembers of changes does not reach back to it), a full one is made, and that is said. One that is not `is_urgent`
    waits for a checkpoint that is spread over minutes. Raises CannotBackUp.
    """
    parent = _parent(archive, url) if kind is Kind.INCREMENTAL else None
    try:
        if parent:
            try:
                return _make(archive, tools, url, parent, is_urgent=is_urgent)
            except ToolFailed as error:
                say(f"No incremental backup upon {parent.name} ({error}): a full one is made.")
        return _make(archive, tools, url, None, is_urgent=is_urgent)
    except (ToolFailed, OSError) as error:
        raise CannotBackUp(str(error)) from error


def _parent(archive: Archive, url: str) -> BaseBackup | None:
    """The newest backup, when it is of this database and of the timeline that it is in."""
    backups = archive.backups()
    if not backups:
        return None
    newest = backups[-1]
    return newest if (newest.system, newest.timeline) == identity(url) else None


def identity(url: str) -> tuple[str, int]:
    """By which number PostgreSQL tells this database from all others, and the timeline it is in."""
    with psycopg.connect(url, connect_timeout=10) as database:
        row = database.execute(
            "SELECT system_identifier::text, ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int"
            " FROM pg_control_system()"
        ).fetchone()
    if row is None:
        raise CannotBackUp("The database does not say which one it is.")
    return str(row[0]), int(row[1])


def _make(archive: Archive, tools: Tools, url: str, parent: BaseBackup | None, *, is_urgent: bool) -> BaseBackup:
    kind, began_at = Kind.INCREMENTAL if parent else Kind.FULL, now()
    # Two are made within a second where the database is small.
    name = f"{began_at:%Y%m%dT%H%M%S}.{began_at.microsecond // 1000:03}Z-{kind}"
    folder = archive.partial(name)
    upon: list[str | Path] = ["--incremental", archive.folder_of(parent.name) / "backup_manifest"] if parent else []
    try:
        tools.run(
            "pg_basebackup", "--pgdata", folder, "--format=tar", "--compress=client-gzip:1", "--no-password",
            f"--checkpoint={'fast' if is_urgent else 'spread'}", f"--label={name}", *upon,
            environment=connection_variables(url),
        )  # fmt: skip
        # Of files in an archive its checksums are verified; the log in it is read when the restore is rehearsed.
        tools.run("pg_verifybackup", "--no-parse-wal", "--quiet", folder)
        backup = _described(name, kind, folder, parent, began_at)
        archive.keep(folder, backup)
    except (ToolFailed, OSError):
        # What found no room takes none from the log, which is archived on the same disk.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return backup


def _described(name: str, kind: Kind, folder: Path, parent: BaseBackup | None, began_at: datetime) -> BaseBackup:
    manifest = _Manifest.read(folder / "backup_manifest")
    return BaseBackup(
        name=name,
        kind=kind,
        system=manifest.system,
        timeline=manifest.timeline,
        start_lsn=manifest.start_lsn,
        end_lsn=manifest.end_lsn,
        began_at=began_at,
        ended_at=now(),
        parent=parent.name if parent else None,
        bytes=sum(file.stat().st_size for file in folder.iterdir()),
        database_bytes=manifest.database_bytes,
    )
