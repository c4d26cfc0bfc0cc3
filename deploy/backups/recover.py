"""From base backups and the log to a database as it was at a moment, in a folder of its own."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.backups.archive import Archive
from deploy.backups.base import identity
from deploy.backups.cluster import Cluster, Ended
from deploy.backups.errors import CannotBackUp, CannotRestore
from deploy.backups.plan import Plan
from deploy.backups.server import quoted
from deploy.backups.tools import FETCH_SCRIPT, ToolFailed, Tools
from deploy.backups.versions import version_of_data, version_of_programs
from deploy.backups.wal import Segment, ancestry, missing_segments, segment_number

_TOO_EARLY = "recovery ended before configured recovery target was reached"
# Beside the files themselves: what is unpacked on the way, and the log.
_ROOM = 2.3
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Recovered:
    """How far the database got: the last transaction in it, and the timeline it goes on in."""

    last_transaction: str | None
    timeline: int


def check_log(archive: Archive, plan: Plan, log: Path | None) -> None:
    """Raises CannotRestore when a file of the log is missing between others, so that the moment cannot be reached."""
    existing = archive.segments()
    if log:
        existing |= {segment for file in log.iterdir() if (segment := Segment.from_name(file.name))}
    path = ancestry(plan.timeline, archive.histories())
    if missing := missing_segments(path, existing, segment_number(plan.base.start_lsn)):
        names = ", ".join(segment.name for segment in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise CannotRestore(
            f"The log has a gap after {plan.base.name}: {names}{more} is missing in {archive.wal}. Put the files back, "
            "or choose a moment before the gap."
        )


def check_room(archive: Archive, plan: Plan, folder: Path) -> None:
    """Raises CannotRestore when the disk of `folder` has no room for another database."""
    size = max(backup.database_bytes for backup in archive.chain(plan.base))
    needed, free = int(size * _ROOM), shutil.disk_usage(folder).free
    if needed > free:
        raise CannotRestore(f"{needed / 1e9:.1f} GB must be free on the disk of {folder}, and {free / 1e9:.1f} GB are.")


def unpack(archive: Archive, tools: Tools, plan: Plan, data: Path) -> None:
    """Put the base backup of `plan` and those it is built upon together, in the new folder `data`. Raises
    CannotRestore."""
    folder = data.with_name(f"{data.name}.parts")
    for old in (data, folder):
        shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(mode=0o700)
    tools.account.owns(folder)
    try:
        parts = [_unpack_one(archive.folder_of(backup.name), tools, folder) for backup in archive.chain(plan.base)]
        if len(parts) == 1:
            parts[0].rename(data)
        else:
            tools.run("pg_combinebackup", *parts, "--output", data, "--no-manifest")
    except (ToolFailed, CannotBackUp, OSError) as error:
        raise CannotRestore(f"{plan.base.name} cannot be unpacked: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found, installed = version_of_data(data), version_of_programs(tools.programs)
    if found != installed:
        raise CannotRestore(
            f"{plan.base.name} is of PostgreSQL {found}, and this is {installed}: restore it by the release before, or "
            "carry the database over first (docs/upgrade-of-postgresql.md)."
        )


def _unpack_one(backup: Path, tools: Tools, folder: Path) -> Path:
    part = folder / backup.name
    for path in (part, part / "pg_wal"):
        path.mkdir(mode=0o700, exist_ok=True)
        tools.account.owns(path)
    tools.run("tar", "--extract", "--gzip", "--file", backup / "base.tar.gz", "--directory", part)
    tools.run("tar", "--extract", "--gzip", "--file", backup / "pg_wal.tar.gz", "--directory", part / "pg_wal")
    # What is built upon it, or nothing, is verified by it.
    shutil.copyfile(backup / "backup_manifest", part / "backup_manifest")
    tools.account.owns(part / "backup_manifest")
    return part


def recover(archive: Archive, tools: Tools, plan: Plan, cluster: Cluster, data: Path, log: Path | None) -> Recovered:
    """Let the database in `data` apply the log until the moment of `plan`, and take writes from there on; it runs
    afterwards, and archives nothing yet. `log` is the folder of the log of the database that it takes the place of.

    Raises CannotRestore.
    """
    script = tools.script(data.parent, FETCH_SCRIPT)
    fetch = f"sh {quoted(script)} '%f' '%p' {quoted(archive.wal)}" + (f" {quoted(log)}" if log else "")
    settings = {
        "restore_command": fetch,
        "recovery_target_timeline": str(plan.timeline),
        "recovery_target_action": "promote",
        # What is written from now on is archived once it counts, by who runs it then.
        "archive_mode": "on",
        "archive_command": "",
        # A new timeline begins with a full backup; with summaries PostgreSQL waits for them before it ends a recovery.
        "summarize_wal": "off",
    }
    try:
        _start_recovery(data, tools, cluster, settings | _target(plan.to))
    except Ended as error:
        if _TOO_EARLY not in str(error):
            raise CannotRestore(f"PostgreSQL could not recover: {error}") from error
        # Nothing was written between the last of the log, in which there is no gap, and that moment.
        unpack(archive, tools, plan, data)
        try:
            _start_recovery(data, tools, cluster, settings)
        except Ended as again:
            raise CannotRestore(f"PostgreSQL could not recover: {again}") from again
    return Recovered(cluster.last_transaction(), identity(cluster.url)[1])


def _start_recovery(data: Path, tools: Tools, cluster: Cluster, settings: dict[str, str]) -> None:
    signal = data / "recovery.signal"
    signal.touch(mode=0o600)
    tools.account.owns(signal)
    cluster.start(settings)


def _target(to: datetime | None) -> dict[str, str]:
    if to is None:
        return {}
    return {"recovery_target_time": to.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")}
