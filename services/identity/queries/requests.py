"""Sums of the requests that the gateways counted, and the ids that are used up."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import Connection, delete, text

from services.identity.models import RequestCount, SpentId

# In order of their keys, so that two gateways never wait for each other.
_ADD = text(
    """
    INSERT INTO request_count (quarter, key, number)
    SELECT :quarter, key, CAST(number AS integer)
      FROM json_each_text(CAST(:counts AS json)) AS counted (key, number) ORDER BY key
    ON CONFLICT (quarter, key) DO UPDATE SET number = request_count.number + excluded.number
    RETURNING key, number
    """
)
_SPEND = text("INSERT INTO spent_id (id) VALUES (:id) ON CONFLICT DO NOTHING RETURNING id")


def add_requests(connection: Connection, batch_id: UUID, quarter: int, counts: Mapping[str, int]) -> dict[str, int]:
    """Add what one gateway counted in a quarter of an hour since 1970; returns the sums over all of them by key.

    A batch that comes again, because its answer was lost, adds nothing.
    """
    if not spend(connection, batch_id):
        counts = dict.fromkeys(counts, 0)
    rows = connection.execute(_ADD, {"quarter": quarter, "counts": orjson.dumps(counts).decode()})
    return {row.key: row.number for row in rows}


def spend(connection: Connection, identifier: UUID) -> bool:
    """Use up an id; False when it was used before. Waits for a rival that is still at work with it."""
    return connection.execute(_SPEND, {"id": identifier}).first() is not None


def remove_requests(connection: Connection, *, quarters_before: int, ids_before: datetime) -> None:
    """Remove the counts of the quarters before this one, and the ids spent before an instant."""
    connection.execute(delete(RequestCount).where(RequestCount.quarter < quarters_before))
    connection.execute(delete(SpentId).where(SpentId.spent_at < ids_before))
