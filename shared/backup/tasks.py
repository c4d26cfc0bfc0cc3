"""A service's share of a backup that is being made: noted by the event that asks for it, done by a worker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from shared.backup.contents import Option
from shared.backup.tables import backup_tasks
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers, Payload
from shared.work import call_out

PARTS = "parts of backups"
"""By this name it is called out that one is to be written."""
LEASE = timedelta(seconds=30)
_KEPT_SECONDS = text(f"now() + interval '{LEASE.total_seconds()} seconds'")


class RequestEvent(Payload):
    """What is asked for."""

    backup_id: UUID
    attempt: int
    database: str | None
    snapshot: str | None
    services: list[str]
    public_keys: list[str]
    places: list[str]
    include_audit_logs: bool
    include_sessions: bool


class EndEvent(Payload):
    """Which backup nothing more is written for, and why it failed if it did."""

    backup_id: UUID
    error: str | None = None


OnEnded = Callable[[UnitOfWork, EndEvent, Envelope], None]
"""What a service does beside when a backup has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A part that somebody has the lease of; `tries` counts those who had it, this one included."""

    backup_id: UUID
    attempt: int
    tries: int
    lease: UUID
    database: str | None
    snapshot: str | None
    public_keys: tuple[str, ...]
    places: tuple[str, ...]
    options: frozenset[Option]


def follow_requests(handlers: Handlers, on_ended: OnEnded | None = None) -> None:
    """Note which parts are asked for, and forget those of backups that have ended."""

    @handlers.on("reporting.backup.requested.v1", payload=RequestEvent, is_awaited=False)
    def note_request(uow: UnitOfWork, request: RequestEvent, envelope: Envelope) -> None:
        if handlers.service in request.services:
            add(uow.connection, request.backup_id, request.attempt, envelope.data)

    @handlers.on("reporting.backup.ended.v1", payload=EndEvent, is_awaited=False)
    def forget_request(uow: UnitOfWork, ended: EndEvent, envelope: Envelope) -> None:
        uow.connection.execute(delete(backup_tasks).where(backup_tasks.c.backup_id == ended.backup_id))
        if on_ended:
            on_ended(uow, ended, envelope)


def add(connection: Connection, backup_id: UUID, attempt: int, request: Mapping[str, Any]) -> None:
    """Note that a part is to be written, in place of one of an earlier attempt at the same backup."""
    row = insert(backup_tasks).values(backup_id=backup_id, attempt=attempt, request=request)
    anew = {"attempt": attempt, "request": row.excluded.request, "lease": None, "leased_until": None, "tries": 0}
    newer = backup_tasks.c.attempt < row.excluded.attempt
    connection.execute(row.on_conflict_do_update(index_elements=["backup_id"], set_=anew, where=newer))
    call_out(connection, PARTS)


def take(connection: Connection) -> Task | None:
    """Take the lease of the first part that nobody writes; None when there is none. Several workers may."""
    is_free = or_(backup_tasks.c.lease.is_(None), backup_tasks.c.leased_until < func.now())
    first = select(backup_tasks.c.backup_id).where(is_free).order_by(backup_tasks.c.created_at).limit(1)
    taken = (
        update(backup_tasks)
        .where(backup_tasks.c.backup_id == first.with_for_update(skip_locked=True).scalar_subquery())
        .values(lease=new_id(), leased_until=_KEPT_SECONDS, tries=backup_tasks.c.tries + 1)
        .returning(backup_tasks.c.attempt, backup_tasks.c.lease, backup_tasks.c.tries, backup_tasks.c.request)
    )
    row = connection.execute(taken).one_or_none()
    if row is None:
        return None
    asked = row.request
    requested = {Option.AUDIT_LOGS: asked["include_audit_logs"], Option.SESSIONS: asked["include_sessions"]}
    return Task(
        backup_id=UUID(asked["backup_id"]),
        attempt=row.attempt,
        tries=row.tries,
        lease=row.lease,
        database=asked["database"],
        snapshot=asked["snapshot"],
        public_keys=tuple(asked["public_keys"]),
        places=tuple(asked["places"]),
        options=frozenset(option for option in Option if requested[option]),
    )


def keep(connection: Connection, task: Task) -> bool:
    """Keep the lease; False when it is no longer this worker's, or nothing more is to be written."""
    kept = update(backup_tasks).where(_is(task)).values(leased_until=_KEPT_SECONDS)
    return bool(connection.execute(kept).rowcount)


def finish(connection: Connection, task: Task) -> bool:
    """Forget a part that is written, or cannot be; False when it was no longer this worker's."""
    return bool(connection.execute(delete(backup_tasks).where(_is(task))).rowcount)


def _is(task: Task) -> Any:
    return (backup_tasks.c.backup_id == task.backup_id) & (backup_tasks.c.lease == task.lease)
