"""What a worker does for backups: it asks all services for their parts at one cut, and says what came of it.

A backup belongs to the worker that has its lease, which also holds the moment that all parts are read in. When it is
killed, the moment is gone with it; another worker takes the backup when the lease has run out, and begins anew.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from services.reporting.domain.backups import SERVICES, Backup, BackupKind, BackupState, Part, PartState
from services.reporting.events import BackupEnded, BackupRequested
from services.reporting.queries import backups
from services.reporting.settings import Settings
from services.reporting.steps.backup_keys import public_keys
from services.reporting.usecases.backups import begin_due_backup, forget_expired, note_scheduled
from shared import error_reports
from shared.backup.cut import Cut, held_cut
from shared.backup.places import Places
from shared.clock import now
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.storage.errors import StorageUnavailable
from shared.telemetry import log
from shared.work import LOOK_SECONDS
from shared.worker import Timer

SERVICE = "reporting"
DUE_SECONDS, EXPIRE_SECONDS, SWEEP_SECONDS = 10.0, 300.0, 60.0
# How often it is looked whether parts are there, and the lease and the moment are kept.
POLL_SECONDS, BEAT_SECONDS = 0.2, 1.0
LOST = "It could not be made: whoever worked on it was stopped each time."


class BackupLost(Exception):
    """The backup was deleted, or another worker has taken it."""


class PartsApart(Exception):
    """Databases are apart: not all services can take the moment that one of them holds."""


class BackupFailed(Exception):
    """A part is missing; the message says whose, and why."""


@dataclass(frozen=True, slots=True)
class Backups:
    """What a worker needs to make backups."""

    settings: Settings

    def timers(self) -> list[Timer]:
        """A thread that makes backups; beside it, when they are due, how long they are kept, and their bytes."""
        return [
            Timer(LOOK_SECONDS, self.make_backups, apart=True, of=backups.BACKUPS),
            Timer(DUE_SECONDS, self.begin_due),
            Timer(EXPIRE_SECONDS, self.expire),
            Timer(SWEEP_SECONDS, self.sweep_parts, apart=True),
        ]

    def make_backups(self, sessions: Sessions) -> int:
        """Make the backups that are asked for, one after the other; returns how many were done with."""
        done = 0
        while backup := _take(sessions):
            Making(self.settings, sessions, backup).make()
            done += 1
        return done

    def begin_due(self, sessions: Sessions) -> None:
        """Have the backup made that is due, and give up those that ended their workers each time."""
        zone = ZoneInfo(self.settings.company_time_zone)
        run_transaction(sessions, SERVICE, lambda uow: begin_due_backup(uow, at=now(), zone=zone))
        run_transaction(sessions, SERVICE, _give_up)

    def expire(self, sessions: Sessions) -> None:
        """Let go of scheduled backups that are kept long enough."""
        run_transaction(sessions, SERVICE, lambda uow: forget_expired(uow, now()))

    def sweep_parts(self, sessions: Sessions) -> None:
        """Remove the bytes of parts that no backup has any more."""
        while self._sweep_one(sessions):
            pass

    def _sweep_one(self, sessions: Sessions) -> bool:
        with sessions.begin() as session:
            connection = session.connection()
            leftover = backups.take_leftover(connection)
            if leftover is None:
                return False
            backups.forget_leftover(connection, leftover.id)
            try:
                Places(self.settings, leftover.service).delete(leftover.key)
            except StorageUnavailable as error:
                log.warning("backup_bytes_kept", error=str(error))
                backups.put_leftover_last(connection, leftover.service, leftover.key)
                return False
        return True


class Making:
    """One backup that is being made by this worker."""

    def __init__(self, settings: Settings, sessions: Sessions, backup: Backup) -> None:
        self._settings, self._sessions, self._backup = settings, sessions, backup
        self._beaten_at = time.monotonic()

    def make(self) -> None:
        """Make it, or write down why it failed. What else goes wrong is tried again when the lease has run out."""
        try:
            try:
                self._at_one_cut()
            except PartsApart:
                log.info("backup_parts_apart", backup_id=self._backup.id)
                self._in_turn()
            self._complete()
        except BackupLost:
            log.info("backup_left", backup_id=self._backup.id)
        except BackupFailed as error:
            run_transaction(self._sessions, SERVICE, partial(fail, backup=self._backup, error=str(error)))

    def _at_one_cut(self) -> None:
        with held_cut(self._sessions) as (connection, cut):
            self._ask(SERVICES, cut, anew=True)
            self._await(SERVICES, lambda: connection.execute(text("SELECT 1")))

    def _in_turn(self) -> None:
        """Each service at a moment of its own, those who refer before those who are referred to."""
        for service in SERVICES:
            self._ask([service], None, anew=service == SERVICES[0])
            self._await([service], lambda: None)

    def _ask(self, services: Sequence[str], cut: Cut | None, *, anew: bool) -> None:
        def work(uow: UnitOfWork) -> Backup:
            backup, connection = self._backup, uow.connection
            keys = public_keys(connection, self._settings.backup_recipients, self._settings.internal_secret)
            asked = replace(backup, attempt=backup.attempt + anew, requests=backup.requests + 1, public_keys=keys)
            values = {"attempt": asked.attempt, "requests": asked.requests, "public_keys": keys}
            if not backups.change(connection, backup, values):
                raise BackupLost
            if anew:
                _leave_parts(connection, backup)
            backups.ask_parts(connection, backup.id, services)
            uow.publish(_request(asked, services, cut))
            return asked

        self._backup, _ = run_transaction(self._sessions, SERVICE, work)

    def _await(self, services: Sequence[str], hold: Callable[[], object]) -> None:
        """Wait until these services have written their parts. Raises BackupLost, BackupFailed, PartsApart."""
        while True:
            with self._sessions.begin() as session:
                found = {part.service: part for part in backups.parts(session.connection(), self._backup.id)}
            theirs = [found[service] for service in services if service in found]
            if len(theirs) < len(services):
                raise BackupLost
            if all(part.state is PartState.WRITTEN for part in theirs):
                return
            _check(theirs)
            self._beat(hold)
            time.sleep(POLL_SECONDS)  # parts are known from rows that the consumer writes, which wake nobody up

    def _beat(self, hold: Callable[[], object]) -> None:
        if time.monotonic() - self._beaten_at < BEAT_SECONDS:
            return
        self._beaten_at = time.monotonic()
        hold()
        with self._sessions.begin() as session:
            connection = session.connection()
            if not backups.keep_lease(connection, self._backup):
                raise BackupLost
            silent = backups.silent_parts(connection, self._backup.id, self._settings.backup_patience_seconds)
        if silent:
            seconds = f"{self._settings.backup_patience_seconds:g}"
            raise BackupFailed(f"No sign of life for {seconds} seconds from: {', '.join(sorted(silent))}.")

    def _complete(self) -> None:
        def work(uow: UnitOfWork) -> None:
            backup, parts = self._backup, backups.parts(uow.connection, self._backup.id)
            cuts = [part.at for part in parts if part.at]
            values = {
                "state": BackupState.COMPLETED,
                "size": sum(part.size or 0 for part in parts),
                "record_counts": {name: rows for part in parts for name, rows in part.counts("section").items()},
                "cut_at": min(cuts),
            }
            if not backups.end(uow.connection, backup, values):
                raise BackupLost
            if backup.kind is BackupKind.SCHEDULED:
                note_scheduled(uow.connection, backup.created_at)
            uow.publish(_ended(backup, None))

        run_transaction(self._sessions, SERVICE, work)
        log.info("backup_completed", backup_id=self._backup.id, seconds=_seconds_since(self._backup.created_at))


def fail(uow: UnitOfWork, backup: Backup, error: str) -> None:
    """A backup failed: say why, in its record, to the services, in the log and to whoever watches."""
    if not backups.end(uow.connection, backup, {"state": BackupState.FAILED, "error": error}):
        return
    _leave_parts(uow.connection, backup)
    uow.publish(_ended(backup, error))
    log.error("backup_failed", backup_id=backup.id, kind=backup.kind, error=error)
    error_reports.report(BackupFailed(error))


def _give_up(uow: UnitOfWork) -> None:
    for backup in backups.lost_each_time(uow.connection):
        fail(uow, backup, LOST)


def _leave_parts(connection: Connection, backup: Backup) -> None:
    for part in backups.parts(connection, backup.id):
        backups.leave(connection, part.service, part.copies)
    backups.forget_parts(connection, backup.id)


def _check(parts: Sequence[Part]) -> None:
    if any(part.state is PartState.APART for part in parts):
        raise PartsApart
    for part in parts:
        if part.state is PartState.FAILED:
            raise BackupFailed(f"{part.service}: {part.reason}")


def _request(backup: Backup, services: Sequence[str], cut: Cut | None) -> BackupRequested:
    return BackupRequested(
        aggregate_id=backup.id,
        version=backup.requests,
        backup_id=backup.id,
        attempt=backup.attempt,
        database=cut.database if cut else None,
        snapshot=cut.snapshot if cut else None,
        services=list(services),
        public_keys=list(backup.public_keys),
        places=list(backup.location.places),
        include_audit_logs=backup.include_audit_logs,
        include_sessions=backup.include_sessions,
    )


def _ended(backup: Backup, error: str | None) -> BackupEnded:
    return BackupEnded(
        aggregate_id=backup.id,
        version=backup.requests + 1,
        backup_id=backup.id,
        attempt=backup.attempt,
        error=error,
    )


def _take(sessions: Sessions) -> Backup | None:
    with sessions.begin() as session:
        return backups.take(session.connection())


def _seconds_since(moment: datetime) -> float:
    return round((now() - moment).total_seconds(), 1)
