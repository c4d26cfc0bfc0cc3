"""A service's steps of a restore: noted by the event that asks for one, taken by a worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from shared.db import UnitOfWork
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Payload
from shared.restore.events import Step
from shared.restore.tables import restore_tasks
from shared.work import call_out

STEPS = "steps of restores"
"""By this name it is called out that one is to be taken."""
LEASE = timedelta(seconds=30)
_KEPT = text(f"now() + interval '{LEASE.total_seconds()} seconds'")
_free = or_(restore_tasks.c.lease.is_(None), restore_tasks.c.leased_until < func.now())


class RequestEvent(Payload):
    """What is asked for."""

    restore_id: UUID
    step: Step
    services: list[str]


class EndEvent(Payload):
    """Which restore is over."""

    restore_id: UUID
    is_restored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A step that somebody has the lease of; `tries` counts those who had it, this one included."""

    restore_id: UUID
    step: Step
    lease: UUID
    tries: int
    request: Mapping[str, Any]

    @property
    def epoch(self) -> int:
        return int(self.request["epoch"])

    @property
    def admin_id(self) -> UUID | None:
        return UUID(self.request["admin_id"]) if self.request["admin_id"] else None

    def part_of(self, service: str) -> Mapping[str, Any] | None:
        """Where the part of a service is; None where everything is to be emptied."""
        return next((part for part in self.request["parts"] if part["service"] == service), None)


def follow_requests(handlers: Handlers) -> None:
    """Note which steps are asked for. They count in any epoch: a restore begins one."""
    handlers.count_in_any_epoch("reporting.restore.requested.v1", "reporting.restore.ended.v1")

    @handlers.on("reporting.restore.requested.v1", payload=RequestEvent, is_awaited=False)
    def note_request(uow: UnitOfWork, request: RequestEvent, envelope: Envelope) -> None:
        if handlers.service in request.services:
            row = insert(restore_tasks).values(
                restore_id=request.restore_id, step=request.step.value, request=envelope.data
            )
            uow.connection.execute(row.on_conflict_do_nothing())
            call_out(uow.connection, STEPS)


def take(connection: Connection) -> Task | None:
    """Take the lease of the first step that nobody takes; None when there is none. Several workers may."""
    first = select(restore_tasks.c.restore_id, restore_tasks.c.step).where(restore_tasks.c.done_at.is_(None), _free)
    row = connection.execute(
        first.order_by(restore_tasks.c.created_at).limit(1).with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    taken = (
        update(restore_tasks)
        .where(restore_tasks.c.restore_id == row.restore_id, restore_tasks.c.step == row.step)
        .values(lease=new_id(), leased_until=_KEPT, tries=restore_tasks.c.tries + 1)
        .returning(restore_tasks.c.lease, restore_tasks.c.tries, restore_tasks.c.request)
    )
    held = connection.execute(taken).one()
    return Task(
        restore_id=row.restore_id, step=Step(row.step), lease=held.lease, tries=held.tries, request=held.request
    )


def keep(connection: Connection, task: Task) -> bool:
    """Keep the lease; False when it is no longer this worker's."""
    return bool(connection.execute(update(restore_tasks).where(_is(task)).values(leased_until=_KEPT)).rowcount)


def finish(connection: Connection, task: Task, memory: Mapping[str, Any] | None = None) -> bool:
    """Note that a step is taken, with what it leaves for a later one; False when it was no longer this worker's."""
    values = {"done_at": func.now(), "lease": None, "leased_until": None, "memory": memory}
    return bool(connection.execute(update(restore_tasks).where(_is(task)).values(values)).rowcount)


def memory_of(connection: Connection, restore_id: UUID, step: Step) -> Mapping[str, Any]:
    """What an earlier step of a restore left; nothing where it left none."""
    query = select(restore_tasks.c.memory).where(restore_tasks.c.restore_id == restore_id)
    memory: Mapping[str, Any] | None = connection.execute(query.where(restore_tasks.c.step == step.value)).scalar()
    return memory or {}


def is_closed(connection: Connection) -> bool:
    """Whether a restore has this service closed: only admins are let in until it is over."""
    closed = select(restore_tasks.c.step).where(restore_tasks.c.step == Step.CLOSE.value)
    return connection.execute(closed.where(restore_tasks.c.done_at.is_not(None)).limit(1)).first() is not None


def forget(connection: Connection, restore_id: UUID) -> None:
    """Forget the steps of a restore that is over."""
    connection.execute(delete(restore_tasks).where(restore_tasks.c.restore_id == restore_id))


def mark(connection: Connection, restore_id: UUID, name: str) -> None:
    """Note something in what the loading of a restore leaves, for a worker to go on with."""
    memory = restore_tasks.c.memory.concat({name: True})
    statement = update(restore_tasks).where(restore_tasks.c.restore_id == restore_id)
    connection.execute(statement.where(restore_tasks.c.step == Step.LOAD.value).values(memory=memory))
    call_out(connection, STEPS)


def forget_marked(connection: Connection, name: str) -> bool:
    """Forget the steps of restores that are marked so; whether there are any. One worker gets them."""
    marked = select(restore_tasks.c.restore_id).where(restore_tasks.c.memory[name].as_boolean())
    found = connection.execute(marked.with_for_update(skip_locked=True)).scalars().all()
    if found:
        connection.execute(delete(restore_tasks).where(restore_tasks.c.restore_id.in_(found)))
    return bool(found)


def _is(task: Task) -> Any:
    return (
        (restore_tasks.c.restore_id == task.restore_id)
        & (restore_tasks.c.step == task.step.value)
        & (restore_tasks.c.lease == task.lease)
    )
