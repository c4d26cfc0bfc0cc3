"""Events that could not be handled yet: kept in the service's own database and tried again with back-off."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    Uuid,
    delete,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from shared.messaging.events import Envelope

metadata = MetaData()

deferred_event = Table(
    "deferred_event",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("body", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("next_try_at", DateTime(timezone=True), nullable=False, index=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# Seconds before the second, third, ... try; after the last the event goes to the dead letters.
BACK_OFF = (0.2, 0.5, 1, 2, 5, 15, 60, 300)
BATCH = 200
_LONGEST_ERROR = 2000

_ANY = select(exists().select_from(deferred_event))

Failure = tuple[Envelope, int, Exception]
"""An event, the number of its try that failed, and why."""
GivenUp = Row[tuple[UUID, str, int, str]]
"""(event_id, body, tries, error) of an event after its last try."""


def put_off(connection: Connection, failures: Sequence[Failure], *, at: datetime) -> None:
    """Keep events after a failed try, in one statement; after the last try they wait to be buried."""
    if not failures:
        return
    rows = [
        {
            "event_id": envelope.id,
            "body": envelope.to_json(),
            "tries": tries,
            "error": repr(error)[:_LONGEST_ERROR],
            "next_try_at": at + timedelta(seconds=0 if tries > len(BACK_OFF) else BACK_OFF[tries - 1]),
        }
        for envelope, tries, error in failures
    ]
    row = insert(deferred_event).values(rows)
    newer = {name: row.excluded[name] for name in ("tries", "error", "next_try_at")}
    connection.execute(row.on_conflict_do_update(index_elements=["event_id"], set_=newer))


def are_waiting(connection: Connection) -> bool:
    """Whether any event is deferred, due or not."""
    return connection.execute(_ANY).scalar_one()


def due(connection: Connection, *, at: datetime) -> Sequence[Row[tuple[str, int]]]:
    """Lock and return (body, tries) of a batch of events whose time has come; rivals skip them."""
    query = select(deferred_event.c.body, deferred_event.c.tries)
    query = query.where(deferred_event.c.next_try_at <= at, deferred_event.c.tries <= len(BACK_OFF))
    query = query.order_by(deferred_event.c.next_try_at).limit(BATCH).with_for_update(skip_locked=True)
    return connection.execute(query).all()


def given_up(connection: Connection) -> Sequence[GivenUp]:
    """Lock and return a batch of events that are out of tries; rivals skip them."""
    query = select(
        deferred_event.c.event_id, deferred_event.c.body, deferred_event.c.tries, deferred_event.c.error
    ).where(deferred_event.c.tries > len(BACK_OFF))
    query = query.order_by(deferred_event.c.next_try_at).limit(BATCH).with_for_update(skip_locked=True)
    return connection.execute(query).all()


def remove(connection: Connection, event_ids: Collection[UUID]) -> None:
    """These events were handled, or are in the dead letters."""
    if event_ids:
        connection.execute(delete(deferred_event).where(deferred_event.c.event_id.in_(event_ids)))
