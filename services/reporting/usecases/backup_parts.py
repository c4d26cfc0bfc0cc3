"""What services say of their parts of a backup, written into its record."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.reporting.domain.backups import BackupState, PartState
from services.reporting.queries import backups
from shared.db import UnitOfWork


def note_progress(uow: UnitOfWork, service: str, *, backup_id: UUID, attempt: int, rows: int) -> None:
    """A sign of life of a service that is writing."""
    if _is_asked_for(uow, backup_id, attempt):
        backups.note_part(uow.connection, backup_id, service, {"rows": rows})


def note_failure(uow: UnitOfWork, service: str, *, backup_id: UUID, attempt: int, reason: str, is_apart: bool) -> None:
    """A service cannot write its part."""
    if _is_asked_for(uow, backup_id, attempt):
        state = PartState.APART if is_apart else PartState.FAILED
        backups.note_part(uow.connection, backup_id, service, {"state": state, "reason": reason})


def note_part(uow: UnitOfWork, service: str, *, backup_id: UUID, attempt: int, part: Mapping[str, Any]) -> None:
    """A service has written its part. One that nobody waits for any more is nobody's, and its bytes go."""
    values = {"state": PartState.WRITTEN, **part}
    if not (_is_asked_for(uow, backup_id, attempt) and backups.note_part(uow.connection, backup_id, service, values)):
        backups.leave(uow.connection, service, part["copies"])


def _is_asked_for(uow: UnitOfWork, backup_id: UUID, attempt: int) -> bool:
    """Locks the record, so that it does not end meanwhile."""
    backup = backups.find(uow.connection, backup_id, to_change=True)
    return backup is not None and backup.state is BackupState.IN_PROGRESS and backup.attempt == attempt
