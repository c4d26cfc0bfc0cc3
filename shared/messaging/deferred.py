"""Events that could not be handled yet: kept in the service's own database and tried again with back-off."""

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, DateTime, Integer, MetaData, Row, Table, Text, Uuid, delete, func, select
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


def put_off(connection: Connection, envelope: Envelope, *, tries: int, error: str, at: datetime) -> None:
    """Keep an event after its failed try number `tries`."""
    values = {"tries": tries, "error": error, "next_try_at": at + timedelta(seconds=BACK_OFF[tries - 1])}
    row = insert(deferred_event).values(event_id=envelope.id, body=envelope.to_json(), **values)
    connection.execute(row.on_conflict_do_update(index_elements=["event_id"], set_=values))


def due(connection: Connection, *, at: datetime, limit: int = 50) -> list[Row[tuple[str, int]]]:
    """Lock and return (body, tries) of events whose time has come; rivals skip them."""
    query = select(deferred_event.c.body, deferred_event.c.tries).where(deferred_event.c.next_try_at <= at)
    query = query.order_by(deferred_event.c.next_try_at).limit(limit).with_for_update(skip_locked=True)
    return list(connection.execute(query))


def remove(connection: Connection, envelope: Envelope) -> None:
    """The event was handled, or is in the dead letters."""
    connection.execute(delete(deferred_event).where(deferred_event.c.event_id == envelope.id))
