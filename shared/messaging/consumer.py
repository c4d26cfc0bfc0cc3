"""Delivery: takes events from the bus and has them handled, in effect exactly once."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from kombu.connection import Connection
from kombu.message import Message
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared import error_reports
from shared.clock import now
from shared.db import Sessions
from shared.messaging import bus, deferred, traces
from shared.messaging.batches import brings_more
from shared.messaging.delivery import Beat, Outcome, deliver, deliver_or_defer, retry_due
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Handlers
from shared.messaging.signals import Signals
from shared.messaging.signatures import EventKeys, Forged
from shared.postgres.errors import database_is_away, lost_a_race
from shared.telemetry import DEAD_LETTERS, EVENT_LAG, EVENTS_FORGED, EVENTS_HANDLED, log

# So many batches the broker sends ahead: the next one is here when one is done.
BATCHES_AHEAD = 2
IDLE_SECONDS = 1.0
BUSY_SECONDS, GATHER_SECONDS = 0.002, 0.015
# For how long an event is waited for that was sent right after another one, and for one of which nothing is known.
PROMISED_SECONDS, UNKNOWN_SECONDS = 0.005, 0.001
# For how long events are gathered that nobody waits for.
LEISURE_SECONDS = 0.5
# How long the consumer waits before it asks a database again that was away.
AWAY_SECONDS = 0.5


class Consumer:
    """Consumes one service's queue in one thread.

    What cannot be handled goes, with its error, to `deferred_event` in the service's database and is tried again with
    back-off; after the last try it goes to the dead-letter queue. So a poisoned event never blocks those behind it.
    While the database is away nothing is acknowledged and the consumer waits for it. `on_deferred` is called when it
    put events off.
    """

    def __init__(
        self,
        sessions: Sessions,
        handlers: Handlers,
        broker_url: str,
        keys: EventKeys,
        on_deferred: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_deferred = on_deferred
        self._sessions, self._handlers, self._broker_url, self._keys = sessions, handlers, broker_url, keys
        self._types = frozenset((*handlers.event_types, *handlers.retired_types))
        self._awaited = frozenset(handlers.awaited_types)
        self._waiting: list[tuple[Message, Envelope]] = []
        self._refused: list[tuple[Message, ValueError]] = []
        self._channel: Any = None
        # Counted from 0 on, for of a count that begins with 1 nobody sees that it rose.
        EVENTS_FORGED.labels(handlers.service)

    def run(self, stop: Callable[[float], bool]) -> None:
        """Consume until `stop`; reconnects to whatever goes away."""
        bus.keep_trying(lambda: self._serve(stop), stop, self._failed)

    def _failed(self, error: Exception) -> None:
        log.warning("consumer_interrupted", service=self._handlers.service, error=repr(error))

    def _serve(self, stop: Callable[[float], bool]) -> None:
        self._waiting, self._refused = [], []
        with bus.connect(self._broker_url) as broker:
            queue = bus.declare(
                broker, self._handlers.service, self._handlers.event_types, self._handlers.retired_types
            )
            signals, bury = Signals(broker), bus.publisher(broker, bus.own_exchange(self._handlers.service))
            consumer = broker.Consumer(
                queue,
                on_message=self._received,
                accept=["json"],
                prefetch_count=BATCHES_AHEAD * self._handlers.batch,
                auto_declare=False,
                tag_prefix=self._handlers.service,
            )
            self._channel = consumer.channel
            self._await_database(broker, stop)
            with consumer:
                log.info("consumer_started", service=self._handlers.service)
                while not stop(0):
                    self._fill(broker)
                    self._bury_refused(bury)
                    if self._waiting:
                        self._handle_waiting(broker, signals, stop)
                    else:
                        bus.heartbeat(broker)

    def _await_database(self, broker: Connection, stop: Callable[[float], bool]) -> None:
        """Take no messages before there is somewhere to put them."""
        while not stop(0):
            try:
                with self._sessions() as session:
                    session.execute(select(1))
            except SQLAlchemyError as error:
                if not database_is_away(error):
                    raise
                bus.drain_idle(broker, AWAY_SECONDS)
            else:
                return

    def _fill(self, broker: Connection) -> None:
        """Wait for a first message, then take what is there already, so that batches grow with the load only.

        When the first was there at once, more are on their way: gathering them for a moment halves what each costs.
        Otherwise what was published together is waited for, and nothing else. Those that no write waits for are
        gathered at leisure, until one comes that is awaited. One may be here before: sending a signal takes in what the
        broker had sent meanwhile.
        """
        started = time.monotonic()
        if not (self._waiting or self._take(broker, IDLE_SECONDS)):
            return
        arrived = time.monotonic()
        is_busy = arrived - started < BUSY_SECONDS
        while len(self._waiting) < self._handlers.batch:
            patience = self._patience(is_busy=is_busy)
            # What is there already is taken, however late it is.
            if not (patience and self._take(broker, max(0.001, arrived + patience - time.monotonic()))):
                return

    def _take(self, broker: Connection, seconds: float) -> bool:
        """Take in what comes within some seconds, with what has arrived by then; False when nothing came."""
        if not bus.drain(broker, seconds):
            return False
        # One by one each of them would take twice as long.
        for message in islice(bus.arrived(broker, self._channel), max(0, self._handlers.batch - len(self._waiting))):
            self._received(message)
        return True

    def _patience(self, *, is_busy: bool) -> float:
        """For how many seconds after the first of a batch more is waited for."""
        if not self._has_awaited():
            return LEISURE_SECONDS
        if is_busy:
            return GATHER_SECONDS
        newest, _ = self._waiting[-1]
        more_comes = brings_more(newest.headers, self._types)
        if more_comes is None:
            return UNKNOWN_SECONDS
        return PROMISED_SECONDS if more_comes else 0

    def _has_awaited(self) -> bool:
        return any(envelope.type in self._awaited for _, envelope in self._waiting)

    def _received(self, message: Message) -> None:
        try:
            if message.content_type != "application/json":
                raise ValueError(f"content type {message.content_type!r} is never deserialised")
            envelope = Envelope.from_json(message.body)
            self._keys.check(envelope, message.body, message.headers)
            if envelope.type not in self._types:
                raise ValueError(f"nobody here handles {envelope.type!r}")
        except ValueError as error:
            self._refused.append((message, error))
        else:
            self._waiting.append((message, envelope))

    def _bury_refused(self, bury: bus.Publisher) -> None:
        """Move what can never be handled to the dead letters, with the reason. More may come in meanwhile.

        To be done before a batch is acknowledged, which acknowledges whatever came before its last message.
        """
        while self._refused:
            refused, self._refused = self._refused, []
            for message, error in refused:
                self._tell_refused(message, error)
            letters = [_dead_letter(message, error, self._handlers.service) for message, error in refused]
            if bury.publish(letters):
                raise bus.Unconfirmed("the broker refused a dead letter")
            for message, _ in refused:
                message.ack()

    def _tell_refused(self, message: Message, error: ValueError) -> None:
        service, event_id = self._handlers.service, message.properties.get("message_id")
        if isinstance(error, Forged):
            log.error("event_forged", service=service, event_id=event_id, error=str(error))
            EVENTS_FORGED.labels(service).inc()
            DEAD_LETTERS.labels("forged").inc()
        else:
            log.error("message_refused", service=service, event_id=event_id, error=str(error))
            DEAD_LETTERS.labels("unreadable").inc()

    def _handle_waiting(self, broker: Connection, signals: Signals, stop: Callable[[float], bool]) -> None:
        messages, self._waiting = self._waiting, []
        envelopes, began = [envelope for _, envelope in messages], time.time_ns()
        outcome = self._handle(envelopes, broker, stop)
        if outcome is None:
            return
        # First what somebody waits for. A batch whose acknowledgement is lost comes again, and is in the inbox then.
        _signal(self._handlers.service, envelopes, outcome, signals)
        bus.acknowledge(broker, [message for message, _ in messages])
        if outcome.failed:
            self._on_deferred()
        _report(envelopes, outcome)
        traces.handled(self._handlers.service, began, messages, outcome.failed)

    def _handle(
        self, envelopes: Sequence[Envelope], broker: Connection, stop: Callable[[float], bool]
    ) -> Outcome | None:
        """Handle a batch, all at once where that is possible. While the database is away it waits, and holds on to the
        messages: each that is given back counts as a delivery to the broker. None when it was to stop meanwhile."""
        while True:
            try:
                return self._together_or_apart(envelopes, broker)
            except SQLAlchemyError as error:
                if not (database_is_away(error) or lost_a_race(error)):
                    raise
                log.warning("database_away", service=self._handlers.service, error=repr(error))
            if stop(0):
                return None
            bus.drain_idle(broker, AWAY_SECONDS)

    def _together_or_apart(self, envelopes: Sequence[Envelope], broker: Connection) -> Outcome:
        try:
            return Outcome(deliver(self._sessions, self._handlers, envelopes), {})
        except Exception as error:
            # Any error of a handler is written down with the event it comes from, once that is found.
            if database_is_away(error):
                raise
        return deliver_or_defer(self._sessions, self._handlers, envelopes, seldom(partial(bus.heartbeat, broker)))


def _dead_letter(message: Message, error: Exception, service: str) -> bus.Message:
    """A copy of a message, with its headers and why it is dead."""
    body = message.body if isinstance(message.body, str) else bytes(message.body).decode(errors="replace")
    headers = {**message.headers, "x-error": str(error)[:2000], "x-tries": 1, "x-service": service}
    return bus.Message(str(message.properties.get("message_id", "")), service, body, headers)


def retry_deferred(
    sessions: Sessions, handlers: Handlers, signals: Signals, bury: bus.Publisher, keys: EventKeys, beat: Beat
) -> int:
    """Try again the deferred events whose time has come; those out of tries go to the dead letters.

    Returns how many were looked at.
    """
    began = time.time_ns()
    due, outcome = retry_due(sessions, handlers, beat)
    if due:
        _signal(handlers.service, due, outcome, signals)
        _report(due, outcome)
        traces.handled(handlers.service, began, [(None, envelope) for envelope in due], outcome.failed)
    _bury(sessions, bury, keys, outcome.failed)
    return len(due)


def _signal(service: str, envelopes: Sequence[Envelope], outcome: Outcome, signals: Signals) -> None:
    """Tell those who wait for events which of them were applied."""
    applied = [envelope.id for envelope in envelopes if envelope.id not in outcome.failed]
    if applied:
        signals.applied(service, applied, outcome.causes)


def _report(envelopes: Sequence[Envelope], outcome: Outcome) -> None:
    """Count and log what came of events."""
    at = now()
    applied = Counter(envelope.type for envelope in envelopes if envelope.id not in outcome.failed)
    for event_type, count in applied.items():
        EVENTS_HANDLED.labels(event_type, "applied").inc(count)
    for envelope in envelopes:
        error = outcome.failed.get(envelope.id)
        if error is None:
            EVENT_LAG.observe(max(0.0, (at - envelope.occurred_at).total_seconds()))
        else:
            EVENTS_HANDLED.labels(envelope.type, "deferred").inc()
            level = log.info if isinstance(error, CauseMissing) else log.error
            level("event_deferred", type=envelope.type, error=repr(error), **traces.ids_of(envelope))


def _bury(sessions: Sessions, bury: bus.Publisher, keys: EventKeys, errors: Mapping[UUID, Exception]) -> None:
    """Move events that are out of tries to the dead letters. Interrupted between, one is there twice, which its event
    id tells."""
    with sessions.begin() as session:
        rows = deferred.given_up(session.connection())
        buried = [(Envelope.from_json(row.body), row) for row in rows]
        letters = [_given_up(envelope, row, keys) for envelope, row in buried]
        if letters and bury.publish(letters):
            raise bus.Unconfirmed("the broker refused a dead letter")
        deferred.remove(session.connection(), [row.event_id for row in rows])
    for envelope, row in buried:
        ids = traces.ids_of(envelope)
        log.error("event_given_up", type=envelope.type, tries=row.tries, error=row.error, **ids)
        DEAD_LETTERS.labels(envelope.type).inc()
        if error := errors.get(row.event_id):
            error_reports.report(error, request_id=envelope.request_id)


def _given_up(envelope: Envelope, row: deferred.GivenUp, keys: EventKeys) -> bus.Message:
    headers = {"x-error": row.error, "x-tries": row.tries, "x-service": keys.owner}
    return bus.Message(str(envelope.id), keys.owner, row.body, headers | keys.keep(envelope.source, row.body))


def seldom(beat: Beat) -> Beat:
    """Beat at most once a second."""
    last = time.monotonic()

    def sometimes() -> None:
        nonlocal last
        if time.monotonic() - last >= 1:
            last = time.monotonic()
            beat()

    return sometimes
