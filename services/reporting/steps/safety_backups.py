"""The backup that is made before everything is replaced."""

from datetime import datetime
from uuid import UUID

from services.reporting.domain.backups import Backup, BackupFormat, BackupKind, BackupState, Location, file_name
from services.reporting.queries import backups
from shared.db import UnitOfWork
from shared.ids import new_id


def begin_safety_backup(uow: UnitOfWork, *, at: datetime, by: UUID | None) -> UUID:
    """Have everything kept here as it is now; returns the id of the backup, which a worker makes."""
    backup = Backup(
        id=new_id(),
        filename=file_name(at),
        kind=BackupKind.SAFETY,
        state=BackupState.IN_PROGRESS,
        location=Location.LOCAL,
        format=BackupFormat.JSON,
        include_audit_logs=False,
        include_sessions=False,
        created_at=at,
        created_by=by,
    )
    backups.add(uow.connection, backup)
    uow.audit(
        action="BACKUP_CREATED",
        entity_name="Backup",
        entity_id=backup.id,
        after={"filename": backup.filename, "type": backup.kind, "location": backup.location},
    )
    return backup.id
