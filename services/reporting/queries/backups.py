"""Reads and writes of the records of backups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, text, update

from services.reporting.domain.backups import (
    MOST_TRIES,
    Backup,
    BackupFormat,
    BackupKind,
    BackupState,
    Location,
    Part,
    PartState,
)
from services.reporting.models.backups import backup_keys, backup_leftovers, backup_parts, backups
from services.reporting.queries.restores import RESTORES
from shared.ids import new_id
from shared.work import call_out

BACKUPS = "backups"
"""By this name it is called out that one is to be made."""
LEASE = timedelta(seconds=30)
_KEPT_SECONDS = text(f"now() + interval '{LEASE.total_seconds()} seconds'")
_COLUMNS = [backups.c[field.name] for field in fields(Backup)]
_PART_COLUMNS = [backup_parts.c[field.name] for field in fields(Part)]
_is_unfinished = backups.c.state == BackupState.IN_PROGRESS
_nobody_has_it = or_(backups.c.lease.is_(None), backups.c.leased_until < func.now())
_KEY_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('keys of backups'))")


def add(connection: Connection, backup: Backup) -> None:
    """Write a new record."""
    connection.execute(insert(backups).values(asdict(backup)))
    call_out(connection, BACKUPS)


def find(connection: Connection, backup_id: UUID, *, to_change: bool = False) -> Backup | None:
    """A backup by its id."""
    query = select(*_COLUMNS).where(backups.c.id == backup_id)
    row = connection.execute(query.with_for_update() if to_change else query).one_or_none()
    return _backup(row) if row else None


def newest(connection: Connection, limit: int) -> list[Backup]:
    """The newest backups."""
    query = select(*_COLUMNS).order_by(backups.c.created_at.desc(), backups.c.id.desc()).limit(limit)
    return [_backup(row) for row in connection.execute(query)]


def count_unfinished(connection: Connection, kind: BackupKind | None = None) -> int:
    """How many backups are being made, of a kind if one is given."""
    query = select(func.count()).select_from(backups).where(_is_unfinished)
    if kind is not None:
        query = query.where(backups.c.kind == kind)
    return connection.execute(query).scalar_one()


def take(connection: Connection) -> Backup | None:
    """Take the lease of the first backup that nobody makes, for `LEASE`; None when there is none."""
    first = select(backups.c.id).where(_is_unfinished, _nobody_has_it, backups.c.tries < MOST_TRIES)
    first = first.order_by(backups.c.created_at, backups.c.id).limit(1).with_for_update(skip_locked=True)
    values = {"lease": new_id(), "leased_until": _KEPT_SECONDS, "tries": backups.c.tries + 1}
    taken = update(backups).where(backups.c.id == first.scalar_subquery()).values(values).returning(*_COLUMNS)
    row = connection.execute(taken).one_or_none()
    return _backup(row) if row else None


def lost_each_time(connection: Connection) -> list[Backup]:
    """The backups that were taken `MOST_TRIES` times and lost each time."""
    query = select(*_COLUMNS).where(_is_unfinished, _nobody_has_it, backups.c.tries >= MOST_TRIES)
    return [_backup(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def keep_lease(connection: Connection, backup: Backup) -> bool:
    """Keep the lease of a backup; False when it is no longer this worker's, or the record is gone."""
    return change(connection, backup, {"leased_until": _KEPT_SECONDS})


def change(connection: Connection, backup: Backup, values: Mapping[str, Any]) -> bool:
    """Write into a record; False when it is no longer this worker's, or gone."""
    changed = update(backups).where(backups.c.id == backup.id, backups.c.lease == backup.lease).values(values)
    return bool(connection.execute(changed).rowcount)


def end(connection: Connection, backup: Backup, values: Mapping[str, Any]) -> bool:
    """Write what came of a backup; False when it had ended before."""
    values = {"finished_at": func.now(), "lease": None, "leased_until": None, **values}
    ended = update(backups).where(backups.c.id == backup.id, _is_unfinished).values(values)
    # One may wait for it, which is made before anything is replaced.
    call_out(connection, RESTORES)
    return bool(connection.execute(ended).rowcount)


def remove(connection: Connection, backup_id: UUID) -> None:
    """Forget a backup and its parts; a worker that makes it finds out and stops."""
    connection.execute(delete(backups).where(backups.c.id == backup_id))


def ask_parts(connection: Connection, backup_id: UUID, services: Iterable[str]) -> None:
    """Note that these services are asked for their parts now, in place of what they gave before."""
    services = list(services)
    theirs = (backup_parts.c.backup_id == backup_id) & backup_parts.c.service.in_(services)
    connection.execute(delete(backup_parts).where(theirs))
    rows = [{"backup_id": backup_id, "service": service, "state": PartState.ASKED} for service in services]
    connection.execute(insert(backup_parts), rows)


def forget_parts(connection: Connection, backup_id: UUID) -> None:
    """Forget what was given to a backup."""
    connection.execute(delete(backup_parts).where(backup_parts.c.backup_id == backup_id))


def note_part(connection: Connection, backup_id: UUID, service: str, values: Mapping[str, Any]) -> bool:
    """Write what a service says of its part, with its sign of life; False when it was not asked for one."""
    theirs = (backup_parts.c.backup_id == backup_id) & (backup_parts.c.service == service)
    noted = update(backup_parts).where(theirs).values({"seen_at": func.now(), **values})
    return bool(connection.execute(noted).rowcount)


def parts(connection: Connection, backup_id: UUID) -> list[Part]:
    """The parts of a backup, by service."""
    query = select(*_PART_COLUMNS).where(backup_parts.c.backup_id == backup_id).order_by(backup_parts.c.service)
    return [Part(**dict(row._mapping) | {"state": PartState(row.state)}) for row in connection.execute(query)]


def silent_parts(connection: Connection, backup_id: UUID, seconds: float) -> list[str]:
    """The services that were asked for a part and have given no sign of life for so long."""
    silence = func.now() - backup_parts.c.seen_at > timedelta(seconds=seconds)
    query = select(backup_parts.c.service).where(backup_parts.c.backup_id == backup_id, silence)
    return list(connection.execute(query.where(backup_parts.c.state == PartState.ASKED)).scalars())


def leave(connection: Connection, service: str, copies: Sequence[Mapping[str, Any]] | None) -> None:
    """Note that the bytes of a part are nobody's."""
    rows = [{"service": service, "key": key} for copy in copies or () for key in copy["keys"]]
    if rows:
        connection.execute(insert(backup_leftovers), rows)


def take_leftover(connection: Connection) -> Any:
    """The first bytes that are nobody's, locked: a row of (id, service, key)."""
    query = select(backup_leftovers).order_by(backup_leftovers.c.id).limit(1).with_for_update(skip_locked=True)
    return connection.execute(query).one_or_none()


def forget_leftover(connection: Connection, leftover_id: int) -> None:
    """The bytes are gone."""
    connection.execute(delete(backup_leftovers).where(backup_leftovers.c.id == leftover_id))


def put_leftover_last(connection: Connection, service: str, key: str) -> None:
    """The bytes could not be removed just now."""
    connection.execute(insert(backup_leftovers).values(service=service, key=key))


def due_to_go(connection: Connection, before: datetime) -> list[Backup]:
    """The scheduled backups that began before and have ended, but for the newest that is whole."""
    kept = (
        select(backups.c.id)
        .where(backups.c.kind == BackupKind.SCHEDULED, backups.c.state == BackupState.COMPLETED)
        .order_by(backups.c.created_at.desc(), backups.c.id.desc())
        .limit(1)
    )
    query = select(*_COLUMNS).where(backups.c.kind == BackupKind.SCHEDULED, ~_is_unfinished)
    query = query.where(backups.c.created_at < before, backups.c.id.not_in(kept))
    return [_backup(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def oldest_cut(connection: Connection) -> datetime | None:
    """The moment of the oldest backup there is, those included that are being made; None when there is none."""
    cut: datetime | None = connection.execute(
        select(func.min(func.coalesce(backups.c.cut_at, backups.c.created_at)))
    ).scalar()
    return cut


def lock_keys(connection: Connection) -> None:
    """Let nobody else make a pair of keys until this transaction ends."""
    connection.execute(_KEY_LOCK)


def key_pairs(connection: Connection) -> list[tuple[str, str]]:
    """The public and sealed private keys that the platform made, the newest first."""
    query = select(backup_keys.c.public_key, backup_keys.c.sealed_private_key)
    return [(row[0], row[1]) for row in connection.execute(query.order_by(backup_keys.c.created_at.desc()))]


def add_key_pair(connection: Connection, public_key: str, sealed_private_key: str) -> None:
    """Keep a pair."""
    values = {"public_key": public_key, "sealed_private_key": sealed_private_key}
    connection.execute(insert(backup_keys).values(values))


def _backup(row: Row[Any]) -> Backup:
    values = dict(row._mapping)
    return Backup(
        **values
        | {
            "kind": BackupKind(values["kind"]),
            "state": BackupState(values["state"]),
            "location": Location(values["location"]),
            "format": BackupFormat(values["format"]),
        }
    )
