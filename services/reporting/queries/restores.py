"""Reads and writes of the records of restores."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.reporting.domain.restores import Restore, RestoreKind, RestoreState, StepNote
from services.reporting.models.restores import restore_steps, restores
from shared.restore.events import Step
from shared.work import call_out

RESTORES = "restores"
"""By this name it is called out that one may go on."""
_COLUMNS = [restores.c[field.name] for field in fields(Restore)]
_NEWEST = select(*_COLUMNS).order_by(restores.c.created_at.desc(), restores.c.id.desc())


def add(connection: Connection, restore: Restore) -> bool:
    """Write a new record; False while another restore is under way."""
    row = insert(restores).values(asdict(restore)).on_conflict_do_nothing().returning(restores.c.id)
    call_out(connection, RESTORES)
    return connection.execute(row).first() is not None


def find(connection: Connection, restore_id: UUID) -> Restore | None:
    """A restore by its id."""
    row = connection.execute(select(*_COLUMNS).where(restores.c.id == restore_id)).one_or_none()
    return _restore(row) if row else None


def newest(connection: Connection, limit: int) -> list[Restore]:
    """The newest restores."""
    return [_restore(row) for row in connection.execute(_NEWEST.limit(limit))]


def take(connection: Connection) -> Restore | None:
    """The restore that is under way, locked; None when there is none, or another worker is at it."""
    unfinished = select(*_COLUMNS).where(restores.c.finished_at.is_(None))
    row = connection.execute(unfinished.with_for_update(skip_locked=True)).one_or_none()
    return _restore(row) if row else None


def is_under_way(connection: Connection) -> bool:
    """Whether any restore is."""
    return connection.execute(select(restores.c.id).where(restores.c.finished_at.is_(None))).first() is not None


def change(connection: Connection, restore_id: UUID, values: Mapping[str, Any]) -> None:
    """Write into the record of a restore that is locked."""
    connection.execute(update(restores).where(restores.c.id == restore_id).values(values))


def note_step(
    connection: Connection, restore_id: UUID, step: Step, service: str, *, rows: int = 0, reason: str | None = None
) -> None:
    """Write what a service says of a step; of a restore that is not known nothing is written."""
    if find(connection, restore_id) is None:
        return
    note = {"restore_id": restore_id, "step": step.value, "service": service, "rows": rows, "reason": reason}
    connection.execute(insert(restore_steps).values({**note, "at": func.now()}).on_conflict_do_nothing())
    call_out(connection, RESTORES)


def steps(connection: Connection, restore_id: UUID, step: Step) -> list[StepNote]:
    """What services said of a step."""
    query = select(restore_steps.c.service, restore_steps.c.reason)
    query = query.where(restore_steps.c.restore_id == restore_id, restore_steps.c.step == step.value)
    return [StepNote(*row) for row in connection.execute(query.order_by(restore_steps.c.service))]


def refusals(connection: Connection, restore_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Why services refused what they checked, by restore."""
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    query = select(restore_steps.c.restore_id, restore_steps.c.reason).order_by(restore_steps.c.service)
    is_refusal = restore_steps.c.reason.is_not(None) & (restore_steps.c.step == Step.CHECK.value)
    for restore_id, reason in connection.execute(query.where(restore_steps.c.restore_id.in_(restore_ids), is_refusal)):
        found[restore_id].append(reason)
    return found


def _restore(row: Row[Any]) -> Restore:
    values = dict(row._mapping)
    return Restore(**values | {"kind": RestoreKind(values["kind"]), "state": RestoreState(values["state"])})
