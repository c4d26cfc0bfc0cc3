"""What is due in an archive is done, and how it fares can be measured."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
from prometheus_client import Counter, Gauge

from deploy.backups.archive import Archive, Kind
from deploy.backups.base import back_up
from deploy.backups.errors import ArchiveBusy, CannotBackUp, CannotRestore
from deploy.backups.rehearsal import Findings, last_findings, rehearse
from deploy.backups.retention import due, first_needed_segment, outlived
from deploy.backups.settings import Settings
from deploy.backups.tools import ToolFailed, Tools
from services.reporting.domain.chain import Keys
from shared.clock import now

LAST_WAL = Gauge("mp_archive_last_wal_timestamp_seconds", "When a file of the log was last archived")
FAILURES = Gauge("mp_archive_failures", "How often a file of the log could not be archived since the statistics began")
WAITING = Gauge("mp_archive_waiting_files", "Complete files of the log, of 16 MB each, that are not archived yet")
BYTES = Gauge("mp_archive_bytes", "What the archive takes on its disk")
FREE = Gauge("mp_archive_free_bytes", "What is free on the disk of the archive")
DISK = Gauge("mp_archive_disk_bytes", "How large the disk of the archive is")
LAST_BASE = Gauge("mp_base_backup_timestamp_seconds", "When the newest base backup was complete", ["kind"])
BASE_FAILURES = Counter("mp_base_backup_failures", "Base backups that could not be made")
REHEARSED = Gauge("mp_rehearsal_timestamp_seconds", "When a restore was last rehearsed and all was well")
REHEARSAL_FAULTS = Gauge("mp_rehearsal_faults", "What the last rehearsal found; 1 as well when it could not be held")
_PAUSE_SECONDS = 900.0
_ARCHIVER = """
SELECT extract(epoch FROM last_archived_time)::float, failed_count,
       (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}[.]ready$')
  FROM pg_stat_archiver
"""


@dataclass
class Schedule:
    """Does what is due in the archive of one database. What it has done, or could not do, it says to `say`."""

    settings: Settings
    archive: Archive
    tools: Tools
    say: Callable[[str], None]
    _began: float = field(default_factory=time.monotonic)
    # After a failure the same is not tried again at once.
    _not_before: float = 0.0

    def look(self) -> None:
        """Bring the gauges up to date."""
        BYTES.set(self.archive.bytes())
        disk = shutil.disk_usage(self.archive.folder)
        FREE.set(disk.free)
        DISK.set(disk.total)
        for kind in Kind:
            ended = [backup.ended_at.timestamp() for backup in self.archive.backups() if backup.kind is kind]
            LAST_BASE.labels(kind).set(max(ended, default=0))
        self._show(last_findings(self.archive))
        try:
            with psycopg.connect(self.settings.admin_database_url, connect_timeout=5) as database:
                row = database.execute(_ARCHIVER).fetchone()
        except psycopg.Error:
            # That the database is away, all others say as well.
            return
        if row:
            for gauge, value in zip((LAST_WAL, FAILURES, WAITING), row, strict=True):
                gauge.set(value or 0)

    def work(self) -> None:
        """Make a base backup, remove what has outlived its use, and rehearse a restore, where it is due."""
        if time.monotonic() < self._not_before:
            return
        try:
            with self.archive.lock():
                self._back_up()
                self.prune()
                self._rehearse()
        except ArchiveBusy:
            # By hand; what is due is due at the next look as well.
            return
        except (CannotBackUp, psycopg.Error) as error:
            BASE_FAILURES.inc()
            self._put_off(f"No base backup could be made: {_one_line(error)}")
        except (CannotRestore, ToolFailed, OSError) as error:
            REHEARSAL_FAULTS.set(1)
            self._put_off(f"A restore could not be rehearsed: {_one_line(error)}")

    def prune(self) -> None:
        """Remove the backups, and the log, that no restore within the time kept needs any more."""
        for backup in reversed(outlived(self.archive.backups(), now(), self.settings.keep)):
            self.archive.remove(backup)
            self.say(f"Removed {backup.name}.")
        first = first_needed_segment(self.archive.backups())
        if first is not None and (count := self.archive.remove_segments_before(first)):
            self.say(f"Removed {count} files of the log from before the oldest backup.")
        for earlier in self.archive.earlier():
            if now() - earlier.until > self.settings.keep:
                self.archive.remove_earlier(earlier)
                self.say(f"Removed the archive of PostgreSQL {earlier.version}.")

    def _back_up(self) -> None:
        backups = self.archive.backups()
        if not backups and time.monotonic() - self._began < self.settings.first_seconds:
            return
        full_every, every = timedelta(days=self.settings.full_days), timedelta(hours=self.settings.incremental_hours)
        if kind := due(backups, now(), full_every=full_every, every=every):
            # The first is awaited; the others have the time of a checkpoint that nobody notices.
            url, is_first = self.settings.admin_database_url, not backups
            made = back_up(self.archive, self.tools, url, kind, is_urgent=is_first, say=self.say)
            self.say(f"Made {made.name}, {made.bytes / 1e6:.0f} MB.")

    def _rehearse(self) -> None:
        if not self.settings.rehearsal_days or not (backups := self.archive.backups()):
            return
        last = last_findings(self.archive)
        # The first one when there is a day to rehearse with.
        since = last.at if last else backups[0].ended_at - timedelta(days=self.settings.rehearsal_days - 1)
        if now() - since >= timedelta(days=self.settings.rehearsal_days):
            keys = Keys(self.settings.audit_keys) if self.settings.audit_keys else None
            folder = self.settings.rehearsals
            findings = rehearse(self.archive, self.tools, folder, keys, self.settings.anchors)
            self._show(findings)
            self.say(f"Rehearsed a restore of {findings.backup}: {'; '.join(findings.faults) or 'all is well'}.")

    def _show(self, findings: Findings | None) -> None:
        if findings:
            REHEARSAL_FAULTS.set(len(findings.faults))
            if not findings.faults:
                REHEARSED.set(findings.at.timestamp())

    def _put_off(self, words: str) -> None:
        self._not_before = time.monotonic() + _PAUSE_SECONDS
        self.say(f"{words} It is tried again in {_PAUSE_SECONDS / 60:.0f} minutes.")


def _one_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
