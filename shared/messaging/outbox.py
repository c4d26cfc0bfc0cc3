"""The outbox: events written in the transaction of the change they report, published afterwards by the relay.

Published rows stay as history, so that a new consumer can be given everything from the beginning.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    delete,
    func,
    select,
)

from shared.messaging.events import Envelope
from shared.postgres.recordset import json_rows, recordset_statement

metadata = MetaData()

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("published_at", DateTime(timezone=True)),
    Column("epoch", Integer, nullable=False, server_default="0"),
)
Index("outbox_waiting_idx", outbox.c.seq, postgresql_where=outbox.c.published_at.is_(None))
Index("outbox_created_at_idx", outbox.c.created_at)

# One statement both writes the rows and wakes the relay; a NOTIFY of its own would be another round trip.
_ADD = recordset_statement(
    """
    WITH added AS (
        INSERT INTO outbox (id, type, aggregate_id, version, body, epoch)
        SELECT id, type, aggregate_id, version, body,
               coalesce((SELECT number FROM epoch WHERE epoch.source = events.source), 0)
        FROM {events} RETURNING 1
    )
    SELECT pg_notify('outbox_' || current_schema(), '') FROM (SELECT count(*) FROM added) AS counted
    """,
    events="id uuid, type text, aggregate_id uuid, version integer, body text, source text",
)


def add(connection: Connection, envelopes: Sequence[Envelope]) -> None:
    """Write events into the outbox, in this order, and wake the relay when the transaction commits."""
    rows = [
        {
            "id": envelope.id,
            "type": envelope.type,
            "aggregate_id": envelope.aggregate_id,
            "version": envelope.version,
            "body": envelope.to_json(),
            "source": envelope.source,
        }
        for envelope in envelopes
    ]
    connection.execute(_ADD, {"events": json_rows(rows)})


def history(connection: Connection, *, since: datetime, until: datetime, types: Sequence[str]) -> Iterator[Any]:
    """Rows (id, type, body, epoch) of a span of time in the order they were written; all types when none is named."""
    query = select(outbox.c.id, outbox.c.type, outbox.c.body, outbox.c.epoch).order_by(outbox.c.seq)
    query = query.where(outbox.c.created_at >= since, outbox.c.created_at < until)
    if types:
        query = query.where(outbox.c.type.in_(types))
    yield from connection.execution_options(yield_per=500).execute(query)


def remove_published(connection: Connection, *, before: datetime, batch: int = 5000) -> int:
    """Remove one batch of history older than `before`; returns how many rows went."""
    old = select(outbox.c.seq).where(outbox.c.created_at < before, outbox.c.published_at.is_not(None)).limit(batch)
    return connection.execute(delete(outbox).where(outbox.c.seq.in_(old))).rowcount
