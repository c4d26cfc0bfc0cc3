"""Delivery: takes events from the bus and has them handled, in effect exactly once."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from kombu.connection import Connection
from kombu.message import Message
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from shared import error_reports
from shared.clock import now
from shared.db import Sessions, UnitOfWork, lost_a_race, run_transaction
from shared.messaging import bus, deferred, inbox
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Handlers
from shared.messaging.signals import Signals
from shared.messaging.signatures import EventKeys, Forged
from shared.telemetry import DEAD_LETTERS, EVENT_LAG, EVENTS_FORGED, EVENTS_HANDLED, log

PREFETCH = 200
# More events per transaction are hardly faster, and hold locks longer.
BATCH = 100
IDLE_SECONDS = 1.0
BUSY_SECONDS, GATHER_SECONDS = 0.005, 0.015
# For how long events are gathered that nobody waits for.
LEISURE_SECONDS = 0.5

Causes = Mapping[UUID, Sequence[Envelope]]


def deliver(sessions: Sessions, handlers: Handlers, envelopes: Sequence[Envelope]) -> Causes:
    """Handle events in one transaction; those handled before are passed over. Returns the events each one caused.

    An error leaves no trace: either all of them are handled or none.
    """

    def work(uow: UnitOfWork) -> Causes:
        new = inbox.claim(uow.connection, [envelope.id for envelope in envelopes])
        fresh = list({envelope.id: envelope for envelope in envelopes if envelope.id in new}.values())
        if fresh:
            handlers.run(uow, fresh)
        return uow.causes

    causes, _ = run_transaction(sessions, handlers.service, work)
    return causes


class Consumer:
    """Consumes one service's queue in one thread.

    What cannot be handled goes, with its error, to `deferred_event` in the service's database and is tried again with
    back-off; after the last try it goes to the dead-letter queue. So a poisoned event never blocks those behind it.
    While the database is away nothing is acknowledged and the consumer waits for it.
    """

    def __init__(self, sessions: Sessions, handlers: Handlers, broker_url: str, keys: EventKeys) -> None:
        self._sessions, self._handlers, self._broker_url, self._keys = sessions, handlers, broker_url, keys
        self._types = frozenset(handlers.event_types)
        self._awaited = frozenset(handlers.awaited_types)
        self._waiting: list[tuple[Message, Envelope]] = []
        self._refused: list[tuple[Message, ValueError]] = []

    def run(self, stop: Callable[[float], bool]) -> None:
        """Consume until `stop`; reconnects to whatever goes away."""
        bus.keep_trying(lambda: self._serve(stop), stop, self._failed)

    def _failed(self, error: Exception) -> None:
        log.warning("consumer_interrupted", service=self._handlers.service, error=repr(error))

    def _serve(self, stop: Callable[[float], bool]) -> None:
        self._waiting, self._refused = [], []
        with bus.connect(self._broker_url) as broker:
            queue = bus.declare(broker, self._handlers.service, self._handlers.event_types)
            signals, bury = Signals(broker), bus.publisher(broker, bus.DEAD)
            consumer = broker.Consumer(
                queue,
                on_message=self._received,
                accept=["json"],
                prefetch_count=PREFETCH,
                auto_declare=False,
                tag_prefix=self._handlers.service,
            )
            with consumer:
                log.info("consumer_started", service=self._handlers.service)
                while not stop(0):
                    self._fill(broker)
                    self._bury_refused(bury)
                    if self._waiting:
                        self._handle_waiting(broker, signals)
                    else:
                        bus.heartbeat(broker)

    def _fill(self, broker: Connection) -> None:
        """Wait for a first message, then take what is there already, so that batches grow with the load only.

        When the first was there at once, more are on their way: gathering them for a moment halves what each costs.
        Those that no write waits for are gathered at leisure, until one comes that is awaited. One may be here before:
        sending a signal takes in what the broker had sent meanwhile.
        """
        started = time.monotonic()
        if not (self._waiting or bus.drain(broker, IDLE_SECONDS)):
            return
        arrived = time.monotonic()
        patience = GATHER_SECONDS if arrived - started < BUSY_SECONDS else 0
        while len(self._waiting) < BATCH:
            gather_until = arrived + (patience if self._has_awaited() else LEISURE_SECONDS)
            if not bus.drain(broker, max(0.001, gather_until - time.monotonic())):
                return

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

    def _handle_waiting(self, broker: Connection, signals: Signals) -> None:
        messages, self._waiting = self._waiting, []
        envelopes = [envelope for _, envelope in messages]
        causes = self._deliver_or_put_off(envelopes, broker)
        bus.acknowledge(broker, [message for message, _ in messages])
        applied = [envelope.id for envelope in envelopes if envelope.id in causes]
        if applied:
            signals.applied(self._handlers.service, applied, causes)

    def _deliver_or_put_off(self, envelopes: Sequence[Envelope], broker: Connection) -> Causes:
        """Handle a batch together; when it fails, one by one. Returns the handled events and what they caused."""
        try:
            return self._deliver(envelopes, broker)
        except Exception as error:  # noqa: BLE001 - any error of a handler is written down with its event
            if len(envelopes) == 1:
                self._put_off(envelopes[0], error)
                return {}
        handled: dict[UUID, Sequence[Envelope]] = {}
        for envelope in envelopes:
            handled |= self._deliver_or_put_off([envelope], broker)
        return handled

    def _deliver(self, envelopes: Sequence[Envelope], broker: Connection) -> Causes:
        while True:
            try:
                causes = deliver(self._sessions, self._handlers, envelopes)
            except (OperationalError, InterfaceError) as error:
                if not database_is_away(error):
                    raise
                log.warning("database_away", service=self._handlers.service, error=repr(error.orig))
                bus.drain_idle(broker, 0.5)
                continue
            for envelope in envelopes:
                EVENTS_HANDLED.labels(envelope.type, "applied").inc()
                EVENT_LAG.observe(max(0.0, (now() - envelope.occurred_at).total_seconds()))
            return {envelope.id: causes.get(envelope.id, ()) for envelope in envelopes}

    def _put_off(self, envelope: Envelope, error: Exception) -> None:
        EVENTS_HANDLED.labels(envelope.type, "deferred").inc()
        level = log.info if isinstance(error, CauseMissing) else log.error
        level("event_deferred", event_id=envelope.id, type=envelope.type, error=repr(error))
        with self._sessions.begin() as session:
            deferred.put_off(session.connection(), envelope, tries=1, error=repr(error), at=now())


def _dead_letter(message: Message, error: Exception, service: str) -> bus.Message:
    """A copy of a message, with its headers and why it is dead."""
    body = message.body if isinstance(message.body, str) else bytes(message.body).decode(errors="replace")
    headers = {**message.headers, "x-error": str(error)[:2000], "x-tries": 1, "x-service": service}
    return bus.Message(str(message.properties.get("message_id", "")), service, body, headers)


def retry_deferred(
    sessions: Sessions, handlers: Handlers, signals: Signals, bury: bus.Publisher, keys: EventKeys
) -> int:
    """Try again the deferred events whose time has come; those out of tries go to the dead letters.

    Returns how many were looked at. The rows stay locked meanwhile, so that rivals take others.
    """
    with sessions.begin() as session:
        rows = deferred.due(session.connection(), at=now())
        for body, tries in rows:
            envelope = Envelope.from_json(body)
            try:
                causes = deliver(sessions, handlers, [envelope])
            except Exception as error:
                # Whatever a handler raises is written down with its event, which is given up after its last try.
                if database_is_away(error):
                    raise
                _failed_again(session.connection(), handlers, bury, keys, envelope, tries + 1, error)
            else:
                EVENTS_HANDLED.labels(envelope.type, "applied").inc()
                signals.applied(handlers.service, [envelope.id], causes)
                deferred.remove(session.connection(), envelope)
    return len(rows)


def _failed_again(
    connection: Any,
    handlers: Handlers,
    bury: bus.Publisher,
    keys: EventKeys,
    envelope: Envelope,
    tries: int,
    error: Exception,
) -> None:
    if tries <= len(deferred.BACK_OFF):
        deferred.put_off(connection, envelope, tries=tries, error=repr(error), at=now())
        return
    log.error("event_given_up", event_id=envelope.id, type=envelope.type, tries=tries, error=repr(error))
    DEAD_LETTERS.labels(envelope.type).inc()
    error_reports.report(error, request_id=envelope.request_id)
    body = envelope.to_json()
    headers: dict[str, Any] = {"x-error": repr(error)[:2000], "x-tries": tries, "x-service": handlers.service}
    headers |= keys.keep(envelope.source, body)
    if bury.publish([bus.Message(str(envelope.id), handlers.service, body, headers)]):
        raise bus.Unconfirmed("the broker refused a dead letter")
    deferred.remove(connection, envelope)


def database_is_away(error: Exception) -> bool:
    """Whether the database could not be asked, as against having said no."""
    if not isinstance(error, DBAPIError) or lost_a_race(error):
        return False
    state = getattr(error.orig, "sqlstate", None)
    # Class 57P is a server shutting down, class 08 a lost connection; without a state there was no answer at all.
    return error.connection_invalidated or state is None or state[:3] == "57P" or state[:2] == "08"
