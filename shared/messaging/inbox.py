"""The inbox: which events this service has handled, written in the transaction of their effect."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Column, Connection, DateTime, Index, MetaData, Table, Uuid, delete, func, select, text

from shared.postgres.recordset import ids_text

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

# Sorted, so that two workers that were handed the same events take them in the same order and cannot deadlock. What
# comes back is what was not taken, mostly nothing: ids are slow to read, and to write as an array of the driver.
_CLAIM = text(
    """
    WITH given AS MATERIALIZED (SELECT DISTINCT unnest(CAST(CAST(:ids AS text) AS uuid[])) AS id),
        claimed AS (
            INSERT INTO inbox (event_id) SELECT id FROM given ORDER BY id ON CONFLICT DO NOTHING RETURNING event_id
        )
    SELECT id, NULL AS source, NULL AS number
      FROM (SELECT id FROM given EXCEPT ALL SELECT event_id FROM claimed) AS taken
     UNION ALL
    SELECT NULL, source, number FROM epoch
    """
)


class Claim(NamedTuple):
    """The events that nobody took before, and the epochs that count for those (see `shared.epochs`)."""

    new: set[UUID]
    epochs: Mapping[str, int]


def claim(connection: Connection, event_ids: Sequence[UUID]) -> Claim:
    """Take events for handling. Waits for a rival still in flight; no epoch begins before the transaction ends."""
    rows = connection.execute(_CLAIM, {"ids": ids_text(event_ids)}).all()
    taken = {row.id for row in rows}
    return Claim({one for one in event_ids if one not in taken}, {row.source: row.number for row in rows if row.source})


def release(connection: Connection, event_ids: Collection[UUID]) -> None:
    """Give back claims of this transaction whose events were not handled after all."""
    if event_ids:
        connection.execute(delete(inbox).where(inbox.c.event_id.in_(event_ids)))


def forget(connection: Connection, *, before: datetime, batch: int = 5000) -> int:
    """Remove one batch of claims so old that no copy of their events is still on the way."""
    old = select(inbox.c.event_id).where(inbox.c.handled_at < before).limit(batch)
    return connection.execute(delete(inbox).where(inbox.c.event_id.in_(old))).rowcount
