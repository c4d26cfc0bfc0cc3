"""Lanes: the parts of an outbox that several relays of a service carry at once.

An event lies in the lane of its aggregate, and one relay at a time has a lane, so that events of an aggregate leave in
the order they were written, whoever carries the others.
"""

import math
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import TupleRow

# All releases that run side by side must count the same.
LANES = 16
LOOK_SECONDS = 1.0

LANE_OF_EVENT = f"mod(get_byte(uuid_send(aggregate_id), 15), {LANES})"
"""The lane of a row of the outbox, in SQL: the last byte of an id is random."""

# Of one key for all relays of a schema. The release before has it for itself alone, and so leaves nobody beside it.
_TAKE_PART = "SELECT pg_try_advisory_lock_shared(hashtext('outbox relay of ' || current_schema()))"
# The list of locks is read once: each time is dear.
_COUNT = """
SELECT relays FROM (
    SELECT pid, count(*) OVER (PARTITION BY database, classid, objid) AS relays FROM pg_locks
     WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted
  ) AS held WHERE pid = pg_backend_pid()
"""
_TAKE = "SELECT pg_try_advisory_lock(hashtext('outbox lane of ' || current_schema()), %s)"
_GIVE_BACK = "SELECT pg_advisory_unlock(hashtext('outbox lane of ' || current_schema()), %s)"


class Lanes:
    """The lanes that one relay has, by locks of its own database session: all while it is alone, otherwise about as
    many as each other."""

    def __init__(self, database: psycopg.Connection[TupleRow]) -> None:
        self._database = database
        self._held: list[int] = []
        self._looked_at = float("-inf")

    @property
    def held(self) -> Sequence[int]:
        """By their numbers."""
        return self._held

    def join(self) -> bool:
        """Be counted among the relays; False while one of the release before is at it, which has no lanes."""
        return bool(self._value(_TAKE_PART))

    def take_share(self) -> None:
        """Now and then, between two batches: take lanes that nobody has, and give back those that others lack."""
        if time.monotonic() < self._looked_at + LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        # Rounded up, so that together they have all.
        fair = math.ceil(LANES / self._value(_COUNT))
        while len(self._held) > fair:
            self._value(_GIVE_BACK, self._held.pop())
        for lane in range(LANES):
            if len(self._held) >= fair:
                break
            if lane not in self._held and self._value(_TAKE, lane):
                self._held.append(lane)

    def _value(self, query: str, *parameters: object) -> Any:
        return self._database.execute(query, parameters).fetchall()[0][0]
