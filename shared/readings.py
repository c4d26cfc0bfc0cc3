"""What a worker reads of its backlog every few seconds: what waits in its database and on the broker, as gauges.

Read in threads of their own and kept, so that whoever asks for the metrics or for the health of the worker is answered
at once, also while database or broker are away.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from kombu.connection import Connection
from prometheus_client import Gauge

from shared.health import ASK_SECONDS, PATIENCE_SECONDS
from shared.messaging import bus
from shared.postgres.engine import CONNECT_SECONDS
from shared.postgres.urls import connect_options, libpq_url
from shared.settings import BaseSettings
from shared.telemetry import log
from shared.work import listen

# Of so many times that the database is asked whether it answers, once it counts what waits in it.
COUNT_EVERY = 5
# Counting stops there, so that a backlog costs nobody anything.
MOST = 10_000

OUTBOX_WAITING = Gauge(
    "mp_outbox_waiting_events", f"Committed events the relay has not published yet, {MOST:,} at most.", ["service"]
)
OUTBOX_OLDEST = Gauge("mp_outbox_oldest_seconds", "Age of the first of them; 0 when none waits.", ["service"])
DEFERRED = Gauge("mp_deferred_events", f"Events that failed and will be tried again, {MOST:,} at most.", ["service"])
DEFERRED_OLDEST = Gauge("mp_deferred_oldest_seconds", "Age of the oldest of them; 0 when there is none.", ["service"])
QUEUE_MESSAGES = Gauge(
    "mp_queue_messages", "Messages ready in a queue; those a consumer holds are not counted.", ["queue"]
)
LAST_READ = Gauge(
    "mp_last_read_timestamp_seconds", "When the database or the broker last answered this worker.", ["service", "of"]
)

BACKLOG = f"""
SELECT (SELECT count(*) FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT {MOST}) AS waiting),
       (SELECT extract(epoch FROM now() - created_at) FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT 1),
       (SELECT count(*) FROM (SELECT FROM deferred_event LIMIT {MOST}) AS deferred),
       (SELECT extract(epoch FROM now() - min(created_at))
          FROM (SELECT created_at FROM deferred_event LIMIT {MOST}) AS deferred)
"""  # noqa: S608 - put together of constants; values are parameters
_STATEMENT_MILLISECONDS = 2000


@dataclass(frozen=True, slots=True)
class Reading:
    """A gauge of a service's own: `query` gives its value, cheaply; without one the gauge stays as it is."""

    gauge: Gauge
    query: LiteralString


class Readings:
    """What one worker reads of itself. `of_database` and `of_broker` run as long as the worker does.

    The connection of the first hears as well which work is called out, and calls `on_work` with its name.
    """

    def __init__(
        self,
        service: str,
        settings: BaseSettings,
        more: Sequence[Reading] = (),
        on_work: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._service, self._settings, self._more, self._on_work = service, settings, more, on_work
        self._answered: dict[str, float] = {}

    def are_fresh(self) -> bool:
        """Whether database and broker have answered just now."""
        since = time.monotonic() - PATIENCE_SECONDS
        return all(self._answered.get(of, 0.0) > since for of in ("database", "broker"))

    def of_database(self, stop: Callable[[float], bool]) -> None:
        url = libpq_url(self._settings.direct_url)
        how = connect_options(self._settings.direct_url, seconds=CONNECT_SECONDS)
        how["options"] = f"-c statement_timeout={_STATEMENT_MILLISECONDS}"

        def serve() -> None:
            with psycopg.connect(url, autocommit=True, **how) as database:
                turn, called_out = 0, listen(database)
                while not stop(0):
                    database.execute("SELECT 1")
                    self._note("database")
                    if turn % COUNT_EVERY == 0:
                        self._try_to_count(database)
                    turn += 1
                    for name in called_out(ASK_SECONDS):
                        self._on_work(name)

        bus.keep_trying(serve, stop, self._failed)

    def _try_to_count(self, database: psycopg.Connection) -> None:
        """A count that fails, or takes too long, says nothing of whether the database answers."""
        try:
            self._count_in(database)
        except psycopg.Error as error:
            self._failed(error)

    def _count_in(self, database: psycopg.Connection) -> None:
        row = database.execute(BACKLOG).fetchone()
        gauges = (OUTBOX_WAITING, OUTBOX_OLDEST, DEFERRED, DEFERRED_OLDEST)
        for gauge, value in zip(gauges, row or (), strict=True):
            gauge.labels(self._service).set(float(value or 0))
        for reading in self._more:
            own = database.execute(reading.query).fetchone()
            if own and own[0] is not None:
                reading.gauge.set(float(own[0]))

    def of_broker(self, stop: Callable[[float], bool]) -> None:
        own, dead = bus.service_queue(self._service, ()).name, bus.dead_letter_queue(self._service).name

        def serve() -> None:
            with bus.connect(self._settings.broker_url) as broker:
                # Kept, because to open a channel and to close it again costs more than to ask.
                channel, turn = broker.channel(), 0
                while not stop(0):
                    # A depth is the broker's sign of life; its heartbeats come too seldom.
                    if not self._count_on(broker, channel, dead if turn % COUNT_EVERY == 0 else own):
                        channel = broker.channel()
                    self._note("broker")
                    bus.heartbeat(broker)
                    turn += 1
                    stop(ASK_SECONDS)

        bus.keep_trying(serve, stop, self._failed)

    def _count_on(self, broker: Connection, channel: Any, queue: str) -> bool:
        """Count what is in a queue; False when the broker would not say, which ends the channel."""
        try:
            QUEUE_MESSAGES.labels(queue).set(channel.queue_declare(queue, passive=True).message_count)
        except broker.channel_errors:
            return False
        return True

    def _note(self, of: str) -> None:
        self._answered[of] = time.monotonic()
        LAST_READ.labels(self._service, of).set_to_current_time()

    def _failed(self, error: Exception) -> None:
        log.info("reading_interrupted", service=self._service, error=repr(error))
