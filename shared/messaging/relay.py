"""The relay: carries committed events from the outbox to the bus, those of an aggregate in order."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import psycopg
from kombu.connection import Connection
from psycopg.rows import TupleRow

from shared.messaging import bus, traces
from shared.messaging.batches import followed_by
from shared.messaging.changes import changes_of
from shared.messaging.events import with_epoch
from shared.messaging.lanes import LANE_OF_EVENT, LANES, Lanes
from shared.messaging.signals import Signals
from shared.postgres.engine import CONNECT_SECONDS
from shared.postgres.urls import connect_options, libpq_url
from shared.settings import BaseSettings
from shared.telemetry import EVENTS_PUBLISHED, RELAY_SHARE, log

POLL_SECONDS = 1.0
# When events came while a batch smaller than this was published, the next is given a moment to gather: a batch of one
# costs as much as one of twenty.
GATHER, GATHER_SECONDS = 50, 0.01

# A mark that is lost with the server has its events sent again, as one that was never made.
_MARKS_MAY_BE_LOST = "SET synchronous_commit = off"
_WAITING = f"""
SELECT seq, id, type, body, epoch FROM outbox
 WHERE published_at IS NULL AND id <> ALL(%s::uuid[]) AND {LANE_OF_EVENT} = ANY(%s) ORDER BY seq LIMIT %s
"""  # noqa: S608 - put together of constants; values are parameters
_PUBLISHED = "UPDATE outbox SET published_at = now() WHERE id = ANY(%s)"


class Relay:
    """Publishes what waits in one service's outbox.

    Several workers of a service share the lanes of its outbox, so that events of an aggregate leave in the order they
    were written, and the others take over the lanes of one that is gone.
    A crash between publishing and marking sends the batch again; the inbox of each consumer makes that harmless. While
    the database cannot mark what was published, that is not published again, and what is new goes on.
    """

    def __init__(self, name: str, settings: BaseSettings) -> None:
        self._name, self._keys = name, settings.keys_of(name)
        self._database_url = libpq_url(settings.direct_url)
        self._how = connect_options(settings.direct_url, seconds=CONNECT_SECONDS)
        self._settings = settings
        # By id: what the broker has and the database does not yet know of.
        self._published: list[UUID] = []

    def run(self, stop: Callable[[float], bool]) -> None:
        """Relay until `stop`; reconnects to whatever goes away."""
        bus.keep_trying(lambda: self._serve_and_leave(stop), stop, self._failed)

    def _serve_and_leave(self, stop: Callable[[float], bool]) -> None:
        RELAY_SHARE.labels(self._name).set(0)
        try:
            self._serve(stop)
        finally:
            RELAY_SHARE.labels(self._name).set(0)

    def _failed(self, error: Exception) -> None:
        log.warning("relay_interrupted", service=self._name, error=repr(error))

    def _serve(self, stop: Callable[[float], bool]) -> None:
        with psycopg.connect(self._database_url, autocommit=True, **self._how) as database:
            database.execute(_MARKS_MAY_BE_LOST)
            database.execute(f"LISTEN outbox_{_value(database, 'SELECT current_schema()')}")
            with bus.connect(self._settings.broker_url, f"{self._name} relay") as broker:
                while not bus.are_bound(broker, self._settings.bus_subscribers):
                    if stop(POLL_SECONDS / 4):
                        return
                # Not before, for whoever is counted among the relays is left lanes that nobody else carries.
                lanes = Lanes(database)
                while not lanes.join():
                    bus.heartbeat(broker)
                    if stop(POLL_SECONDS):
                        return
                publisher, signals = bus.publisher(broker, bus.EVENTS), Signals(broker)
                log.info("relay_started", service=self._name)
                while not stop(0):
                    lanes.take_share()
                    RELAY_SHARE.labels(self._name).set(len(lanes.held) / LANES)
                    carried = self._carry(database, lanes.held, publisher, signals)
                    if carried == self._settings.relay_batch_size:
                        continue
                    if not _have_come(database):
                        self._await_events(database, broker)
                    elif carried < GATHER:
                        stop(GATHER_SECONDS)

    def _carry(
        self, database: psycopg.Connection[TupleRow], lanes: Sequence[int], publisher: bus.Publisher, signals: Signals
    ) -> int:
        """Publish one batch and mark it; returns how many events left."""
        asked = (self._published, lanes, self._settings.relay_batch_size)
        rows = database.execute(_WAITING, asked).fetchall()
        spans = traces.publishing((row[2], row[3]) for row in rows)
        refused = publisher.publish([*self._messages(rows, spans)])
        if refused:
            raise bus.Unconfirmed(f"the broker refused {len(refused)} events")
        self._published += [row[1] for row in rows]
        if changes := [*changes_of((row[2], row[3]) for row in rows)]:
            signals.published(self._name, changes)
        if self._published:
            database.execute(_PUBLISHED, (self._published,))
            self._published = []
        traces.end(self._name, spans)
        for row in rows:
            EVENTS_PUBLISHED.labels(row[2]).inc()
        return len(rows)

    def _messages(self, rows: Sequence[TupleRow], spans: traces.Spans) -> Iterator[bus.Message]:
        """Events as they are sent: signed, and in a small batch with what comes after each."""
        types = [row[2] for row in rows]
        for index, (_, event_id, event_type, written, epoch) in enumerate(rows):
            body = with_epoch(written, epoch)
            following = followed_by(types[index + 1 :]) if len(rows) < GATHER else {}
            following |= traces.header(spans, index)
            yield bus.Message(str(event_id), event_type, body, self._keys.sign(body) | following)

    def _await_events(self, database: psycopg.Connection[TupleRow], broker: Connection) -> None:
        """Wait for a commit that wrote events, at most a poll interval in case its notice was lost."""
        for _ in database.notifies(timeout=POLL_SECONDS, stop_after=1):
            pass
        bus.heartbeat(broker)


def _have_come(database: psycopg.Connection[TupleRow]) -> bool:
    """Whether there were commits that wrote events since somebody last asked."""
    return bool([*database.notifies(timeout=0)])


def _value(database: psycopg.Connection[TupleRow], query: str) -> object:
    row = database.execute(query).fetchone()
    return row[0] if row else None
