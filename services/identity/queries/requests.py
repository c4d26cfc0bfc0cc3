"""Sums of the requests that the gateways counted."""

from collections.abc import Mapping

import orjson
from sqlalchemy import Connection, delete, text

from services.identity.models import RequestCount

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


def add_requests(connection: Connection, quarter: int, counts: Mapping[str, int]) -> dict[str, int]:
    """Add what one gateway counted in a quarter of an hour since 1970; returns the sums over all of them by key."""
    rows = connection.execute(_ADD, {"quarter": quarter, "counts": orjson.dumps(counts).decode()})
    return {row.key: row.number for row in rows}


def forget_requests(connection: Connection, *, before: int) -> None:
    """Remove the counts of the quarters before this one."""
    connection.execute(delete(RequestCount).where(RequestCount.quarter < before))
