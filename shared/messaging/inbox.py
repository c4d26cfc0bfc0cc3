"""The inbox: which events this service has handled, written in the transaction of their effect."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Connection, DateTime, Index, MetaData, Table, Uuid, delete, func, select, text

# Afterwards only its version shows that an event has come before.
KEEP_DAYS = 30

metadata = MetaData()

inbox = Table(
    "inbox",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
Index("inbox_handled_at_idx", inbox.c.handled_at)

# Sorted, so that two workers that were handed the same events take them in the same order and cannot deadlock.
_CLAIM = text(
    """
    INSERT INTO inbox (event_id) SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)


def claim(connection: Connection, event_ids: Sequence[UUID]) -> set[UUID]:
    """Take events for handling; returns those nobody took before. Waits for a rival still in flight."""
    return set(connection.execute(_CLAIM, {"ids": list(event_ids)}).scalars())


def release(connection: Connection, event_ids: Collection[UUID]) -> None:
    """Give back claims of this transaction whose events were not handled after all."""
    if event_ids:
        connection.execute(delete(inbox).where(inbox.c.event_id.in_(event_ids)))


def forget(connection: Connection, *, before: datetime, batch: int = 5000) -> int:
    """Remove one batch of claims so old that no copy of their events is still on the way."""
    old = select(inbox.c.event_id).where(inbox.c.handled_at < before).limit(batch)
    return connection.execute(delete(inbox).where(inbox.c.event_id.in_(old))).rowcount
