"""Restores: asked for, looked at, and taken from step to step by a worker."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.domain.backups import SERVICES, BackupState
from services.reporting.domain.restores import PATIENCE, Restore, RestoreKind, RestoreState
from services.reporting.events import RestoreEnded, RestoreRequested
from services.reporting.queries import backups, restores
from services.reporting.steps.safety_backups import begin_safety_backup
from shared import epochs
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.restore.events import Step
from shared.restore.participant import version_of

LISTED = 50
# Who may have to keep people out.
_DOORKEEPER = "identity"
_ENDED_VERSION = len(Step) + 1
_ACTIONS = {RestoreKind.RESET: "SYSTEM_RESET"}


class RestoreNotFound(NotFound):
    """No restore has this id."""


class RestoreRunning(Conflict):
    """Something is being restored; the next restore can be asked for when that is over."""


def begin_restore(
    uow: UnitOfWork,
    *,
    kind: RestoreKind,
    source: str,
    parts: Sequence[Mapping[str, Any]],
    sealed_keys: str,
    at: datetime,
    by: Actor | None,
    backup_id: UUID | None = None,
    cut_at: datetime | None = None,
) -> Restore:
    """Have everything restored from these parts, or emptied where there are none; workers do. Raises RestoreRunning."""
    newest = max(epochs.numbers(uow.connection).values(), default=0)
    restore = Restore(
        id=new_id(),
        kind=kind,
        state=RestoreState.CHECKING,
        source=source,
        backup_id=backup_id,
        cut_at=cut_at,
        parts=parts,
        sealed_keys=sealed_keys,
        # What is kept here was written by services themselves; a file may have been through anybody's hands.
        is_rehearsed=kind is RestoreKind.FILE,
        epoch=epochs.next_number(newest, at),
        created_at=at,
        created_by=by.id if by else None,
        email=by.email if by else None,
        step_asked_at=at,
    )
    if not restores.add(uow.connection, restore):
        raise RestoreRunning("Something is being restored. Please wait until that is over.")
    _ask(uow, restore, Step.CHECK)
    return restore


def find_restore(connection: Connection, restore_id: UUID) -> Restore:
    """A restore. Raises RestoreNotFound."""
    restore = restores.find(connection, restore_id)
    if restore is None:
        raise RestoreNotFound("Restore not found")
    return restore


def advance(uow: UnitOfWork, *, at: datetime) -> bool:
    """Take the restore that is under way one state further, if it can be; whether it was. Each state is entered in one
    transaction together with the event that asks for what comes next, so whoever is killed leaves it in one of them."""
    restore = restores.take(uow.connection)
    if restore is None:
        return False
    match restore.state:
        case RestoreState.CHECKING:
            return _after_step(uow, restore, Step.CHECK, at)
        case RestoreState.CLOSING:
            return _after_step(uow, restore, Step.CLOSE, at)
        case RestoreState.SAVING:
            return _after_safety_backup(uow, restore, at)
        case RestoreState.LOADING:
            return _after_loading(uow, restore, at)
    return False


def _after_step(uow: UnitOfWork, restore: Restore, step: Step, at: datetime) -> bool:
    notes = restores.steps(uow.connection, restore.id, step)
    if failed := [note for note in notes if note.reason]:
        return _fail(uow, restore, "; ".join(f"{note.service}: {note.reason}" for note in failed), at)
    missing = set(_takers(step)) - {note.service for note in notes}
    if missing and at - restore.step_asked_at > PATIENCE[restore.state]:
        return _fail(uow, restore, f"Nothing was heard from: {', '.join(sorted(missing))}.", at)
    if missing:
        return False
    if step is Step.CHECK:
        _enter(uow, restore, RestoreState.CLOSING, at)
        _ask(uow, restore, Step.CLOSE)
        return True
    safety = begin_safety_backup(uow, at=at, by=restore.created_by)
    _enter(uow, restore, RestoreState.SAVING, at, safety_backup_id=safety)
    return True


def _after_safety_backup(uow: UnitOfWork, restore: Restore, at: datetime) -> bool:
    """Nothing is replaced of which there is no backup."""
    backup = backups.find(uow.connection, restore.safety_backup_id) if restore.safety_backup_id else None
    if backup is None or backup.state is BackupState.FAILED:
        error = (backup and backup.error) or "it was deleted"
        return _fail(uow, restore, f"The backup of before could not be made: {error}", at)
    if backup.state is not BackupState.COMPLETED:
        return False
    _enter(uow, restore, RestoreState.LOADING, at)
    _ask(uow, restore, Step.LOAD)
    return True


def _after_loading(uow: UnitOfWork, restore: Restore, at: datetime) -> bool:
    loaded = {note.service for note in restores.steps(uow.connection, restore.id, Step.LOAD)}
    if loaded < set(SERVICES):
        return False
    _enter(uow, restore, RestoreState.DONE, at, finished_at=at, sealed_keys="")
    _end(uow, restore, None)
    _note_in_trail(uow, restore)
    return True


def _fail(uow: UnitOfWork, restore: Restore, error: str, at: datetime) -> bool:
    _enter(uow, restore, RestoreState.FAILED, at, finished_at=at, error=error, sealed_keys="")
    _end(uow, restore, error)
    return True


def _enter(uow: UnitOfWork, restore: Restore, state: RestoreState, at: datetime, **values: Any) -> None:
    restores.change(uow.connection, restore.id, {"state": state, "step_asked_at": at, **values})


def _takers(step: Step) -> Sequence[str]:
    return [_DOORKEEPER] if step is Step.CLOSE else SERVICES


def _ask(uow: UnitOfWork, restore: Restore, step: Step) -> None:
    uow.publish(
        RestoreRequested(
            aggregate_id=restore.id,
            version=version_of(step),
            restore_id=restore.id,
            step=step.value,
            services=list(_takers(step)),
            parts=[dict(part) for part in restore.parts],  # type: ignore[misc]  # the keys of PartToRestore
            sealed_keys=restore.sealed_keys,
            is_rehearsed=restore.is_rehearsed,
            epoch=restore.epoch,
            admin_id=restore.created_by,
            reason=restore.reason,
        )
    )


def _end(uow: UnitOfWork, restore: Restore, error: str | None) -> None:
    if restore.kind is RestoreKind.FILE:
        for part in restore.parts:
            backups.leave(uow.connection, part["service"], [part])
    uow.publish(RestoreEnded(restore.id, _ENDED_VERSION, restore.id, error is None, error))


def _note_in_trail(uow: UnitOfWork, restore: Restore) -> None:
    """The trail goes on; the entry links what it says from before to what was restored."""
    if restore.created_by and restore.email:
        actor = Actor(restore.created_by, restore.email, Role.ADMIN, new_id())
        uow.context = replace(uow.context, actor=actor)
    uow.audit(
        action=_ACTIONS.get(restore.kind, "SYSTEM_RESTORED"),
        entity_name="Backup",
        entity_id=restore.backup_id or restore.id,
        metadata={
            "restoreId": str(restore.id),
            "source": restore.source,
            "restoredTo": restore.cut_at.isoformat() if restore.cut_at else None,
            "safetyBackupId": str(restore.safety_backup_id),
            "epoch": restore.epoch,
        },
    )
