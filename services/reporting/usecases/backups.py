"""Backups: asked for, looked at, scheduled, let go."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.reporting.domain.backups import (
    Backup,
    BackupFormat,
    BackupKind,
    BackupState,
    Frequency,
    Location,
    Schedule,
    file_name,
    next_due,
)
from services.reporting.events import BackupEnded, BackupForgotten
from services.reporting.models.backups import SCHEDULE_ID
from services.reporting.queries import backup_schedule, backups
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound, RuleViolated
from shared.ids import new_id

LISTED = 50
BACKUP, SCHEDULE = "Backup", "BackupSchedule"


class BackupNotFound(NotFound):
    """No backup has this id; it may have been deleted."""


class BackupRunning(Conflict):
    """A backup that somebody asked for is being made; the next one can be asked for when it is done."""


class BackupNotReady(Conflict):
    """The backup is not whole: it is being made, or it failed."""


class NoCloud(RuleViolated):
    """This installation has no account at a cloud that backups could be kept in."""


def begin_backup(
    uow: UnitOfWork,
    *,
    kind: BackupKind,
    location: Location,
    at: datetime,
    by: UUID | None = None,
    include_audit_logs: bool = False,
    include_sessions: bool = False,
    format: BackupFormat = BackupFormat.JSON,
) -> Backup:
    """Have a backup made; a worker does. Raises BackupRunning when somebody asked for another one that is not done."""
    if kind is BackupKind.MANUAL and backups.count_unfinished(uow.connection, kind):
        raise BackupRunning("A backup is being made. Please wait until it is done.")
    backup = Backup(
        id=new_id(),
        filename=file_name(at),
        kind=kind,
        state=BackupState.IN_PROGRESS,
        location=location,
        format=format,
        include_audit_logs=include_audit_logs,
        include_sessions=include_sessions,
        created_at=at,
        created_by=by,
    )
    backups.add(uow.connection, backup)
    uow.audit(action="BACKUP_CREATED", entity_name=BACKUP, entity_id=backup.id, after=snapshot(backup))
    return backup


def find_backup(connection: Connection, backup_id: UUID) -> Backup:
    """A backup. Raises BackupNotFound."""
    backup = backups.find(connection, backup_id)
    if backup is None:
        raise BackupNotFound("Backup not found")
    return backup


def whole_backup(connection: Connection, backup_id: UUID) -> Backup:
    """A backup that can be downloaded or restored. Raises BackupNotFound, BackupNotReady."""
    backup = find_backup(connection, backup_id)
    if backup.state is not BackupState.COMPLETED:
        raise BackupNotReady(backup.error or "The backup is not done yet.")
    return backup


def note_download(uow: UnitOfWork, backup: Backup, form: str) -> None:
    """Somebody takes everything out of the platform, of which an entry is left."""
    uow.audit(
        action="BACKUP_DOWNLOADED", entity_name=BACKUP, entity_id=backup.id,
        metadata={"filename": backup.filename, "format": form},
    )  # fmt: skip


def delete_backup(uow: UnitOfWork, backup_id: UUID) -> None:
    """Forget a backup and let its bytes go; one that is being made ends. Raises BackupNotFound."""
    backup = backups.find(uow.connection, backup_id, to_change=True)
    if backup is None:
        raise BackupNotFound("Backup not found")
    _forget(uow, backup)
    uow.audit(action="BACKUP_DELETED", entity_name=BACKUP, entity_id=backup.id, before=snapshot(backup))


def forget_expired(uow: UnitOfWork, at: datetime) -> None:
    """Let go of the scheduled backups that are kept long enough, but never of the newest whole one."""
    schedule = backup_schedule.schedule(uow.connection)
    if schedule is None:
        return
    expired = backups.due_to_go(uow.connection, at - timedelta(days=schedule.retention_days))
    for backup in expired:
        _forget(uow, backup)
        uow.audit(
            action="BACKUP_DELETED", entity_name=BACKUP, entity_id=backup.id, before=snapshot(backup),
            metadata={"reason": f"kept for {schedule.retention_days} days"},
        )  # fmt: skip


def show_schedule(connection: Connection, at: datetime) -> Schedule:
    """When backups are made by themselves; never, before anybody said so."""
    return backup_schedule.schedule(connection) or Schedule(updated_at=at)


def change_schedule(uow: UnitOfWork, changes: Mapping[str, Any], *, at: datetime, zone: ZoneInfo) -> Schedule:
    """Change the schedule; what is not in `changes` stays. A new frequency counts from now."""
    before = backup_schedule.schedule(uow.connection, to_change=True) or Schedule(updated_at=at)
    after = replace(before, **changes, updated_at=at)
    if after.frequency is not before.frequency or after.next_backup_at is None:
        after = replace(after, next_backup_at=next_due(after.frequency, at, zone))
    backup_schedule.keep(uow.connection, after)
    uow.audit(
        action="BACKUP_SCHEDULE_UPDATED", entity_name=SCHEDULE, entity_id=SCHEDULE_ID,
        before=_schedule_snapshot(before), after=_schedule_snapshot(after),
    )  # fmt: skip
    return after


def begin_due_backup(uow: UnitOfWork, *, at: datetime, zone: ZoneInfo) -> Backup | None:
    """Have the backup made that is due by the schedule, if one is. Whatever was missed is caught up by one."""
    schedule = backup_schedule.schedule(uow.connection, to_change=True)
    if schedule is None or schedule.frequency is Frequency.DISABLED:
        return None
    if schedule.next_backup_at is None or schedule.next_backup_at > at:
        return None
    due = next_due(schedule.frequency, at, zone)
    # One that still runs is not joined by another: the next one is made when that is done.
    if backups.count_unfinished(uow.connection, BackupKind.SCHEDULED):
        return None
    backup_schedule.keep(uow.connection, replace(schedule, next_backup_at=due))
    return begin_backup(
        uow,
        kind=BackupKind.SCHEDULED,
        location=schedule.location,
        at=at,
        include_audit_logs=schedule.include_audit_logs,
        include_sessions=schedule.include_sessions,
    )


def note_scheduled(connection: Connection, at: datetime) -> None:
    """A scheduled backup is whole."""
    schedule = backup_schedule.schedule(connection, to_change=True)
    if schedule is not None:
        backup_schedule.keep(connection, replace(schedule, last_backup_at=at))


def snapshot(backup: Backup) -> dict[str, Any]:
    """A backup as the audit trail keeps it."""
    return {
        "filename": backup.filename,
        "type": backup.kind,
        "location": backup.location,
        "includeAuditLogs": backup.include_audit_logs,
        "includeSessions": backup.include_sessions,
        "recordCounts": backup.record_counts and dict(backup.record_counts),
    }


def _schedule_snapshot(schedule: Schedule) -> dict[str, Any]:
    return {
        "frequency": schedule.frequency,
        "location": schedule.location,
        "retentionDays": schedule.retention_days,
        "includeAuditLogs": schedule.include_audit_logs,
        "includeSessions": schedule.include_sessions,
    }


def _forget(uow: UnitOfWork, backup: Backup) -> None:
    """Its bytes go, those of parts that are being written included, and copies of files that are in no other backup;
    while there is none left, those are kept for the next."""
    for part in backups.parts(uow.connection, backup.id):
        backups.leave(uow.connection, part.service, part.copies)
    backups.remove(uow.connection, backup.id)
    identity, version = backup.id, backup.requests + 2
    if backup.state is BackupState.IN_PROGRESS:
        uow.publish(BackupEnded(identity, version, identity, backup.attempt, "It was deleted."))
    if oldest := backups.oldest_cut(uow.connection):
        uow.publish(BackupForgotten(identity, version, identity, oldest))
