"""The worker of a service: relays its outbox, consumes its queue and runs its timers, one thread each."""

import gc
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from shared import error_reports, idempotency, tally, tracing
from shared.clock import now
from shared.db import Sessions, make_sessions
from shared.directory.tables import forget_revoked_sessions
from shared.health import serve_health
from shared.messaging import bus, deferred, inbox, outbox
from shared.messaging.consumer import Consumer, retry_deferred, seldom
from shared.messaging.handlers import Handlers
from shared.messaging.relay import Relay
from shared.messaging.second_tries import DEAD_LETTERS, put_back
from shared.messaging.signals import Signals
from shared.postgres.engine import make_engine, watch_pool
from shared.postgres.errors import database_is_away
from shared.priority import give_way
from shared.readings import Reading, Readings
from shared.settings import BaseSettings
from shared.telemetry import TIMER_INTERVAL, TIMER_SUCCESS, log

# Clocks differ; a session is long over when nobody believes its token any more.
SESSION_GRACE = timedelta(days=1)
# Python's own 700 are made by some twenty events. More than there are of a whole batch, or each search would go through
# all that is in work.
MADE_BY_AN_EVENT = 100
_DEFERRED_SECONDS = 0.2
# How soon it is seen that another worker deferred events, or left some behind; those of one's own are known at once.
_NONE_DEFERRED_SECONDS = 2.0
# Of work that nobody waits for at a screen: a tenth of the weight of what serves requests.
_NICENESS = 10

# Runs until what it is given, which waits so many seconds, says that it is time to stop.
Loop = Callable[[Callable[[float], bool]], None]


@dataclass(frozen=True, slots=True)
class Timer:
    """Work of a service's own that is due so many seconds after it was last done, in whichever worker gets to it.

    What takes long, or waits for somebody outside such as a mail server, does so `apart`: in a thread of its own, so
    that the others are in time, and which gives way to those whom somebody waits for. Such work is due at once as well
    when it is called out by the name `of` it (see `shared.work`).
    """

    seconds: float
    work: Callable[[Sessions], object]
    apart: bool = False
    of: str = ""

    @property
    def name(self) -> str:
        """What it is called where it is watched: the function that does its work."""
        work: Any = self.work
        while isinstance(work, partial):
            work = work.args[0] if work.func is _in_transaction else work.func
        return str(work.__name__).strip("_")


class Worker:
    """All loops of one service. `start` returns at once; `stop` ends the loops and waits for them.

    `loops` are those that only one service has. Raises BadSettings when the settings hold no keys of its events.
    """

    def __init__(
        self,
        handlers: Handlers,
        settings: BaseSettings,
        timers: Sequence[Timer] = (),
        *,
        heartbeat: bool = False,
        readings: Sequence[Reading] = (),
        loops: Mapping[str, Loop] | None = None,
    ) -> None:
        self._own_loops = dict(loops or {})
        self._handlers, self._settings, self._heartbeat = handlers, settings, heartbeat
        self._keys = settings.keys_of(handlers.service)
        together = [timer for timer in (*timers, *self._housekeeping()) if not timer.apart]
        self._together, self._apart = together, [timer for timer in timers if timer.apart]
        # One connection for the consumer, one for deferred events, one for each thread of timers, one to spare.
        self._engine = make_engine(
            settings.database_url, pool_size=4 + len(self._apart), prepare=not settings.is_pooled
        )
        self._sessions = make_sessions(self._engine)
        watch_pool(self._engine, handlers.service, "worker")
        self._stopping, self._put_off, self._ended = threading.Event(), threading.Event(), threading.Event()
        self._resend_asked = threading.Event()
        # For each timer of its own thread, whether its work was called out.
        self._called = [threading.Event() for _ in self._apart]
        self._readings = Readings(handlers.service, settings, readings, self._hear)
        self._threads: list[threading.Thread] = []

    @property
    def batch(self) -> int:
        """The most events that it handles at once."""
        return self._handlers.batch

    def start(self) -> None:
        tracing.load()
        name = self._handlers.service
        relay = Relay(name, self._settings)
        consumer = Consumer(self._sessions, self._handlers, self._settings.broker_url, self._keys, self._put_off.set)
        loops = [("relay", relay.run), ("consumer", consumer.run), ("retries", self._retry)]
        loops += [("timers", self._run_together)]
        loops += [("timers", partial(self._run_apart, *pair)) for pair in zip(self._apart, self._called, strict=True)]
        loops += [("database readings", self._readings.of_database), ("broker readings", self._readings.of_broker)]
        for loop_name, loop in [*loops, *self._own_loops.items()]:
            thread = threading.Thread(target=self._run, args=(loop,), name=f"{name} {loop_name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopping.set()
        for event in (self._put_off, *self._called):
            event.set()
        for thread in self._threads:
            thread.join(timeout=20)
        self._engine.dispose()

    def wait(self) -> None:
        """Return when a loop has ended."""
        self._ended.wait()

    def is_alive(self) -> bool:
        """Whether every loop is still running."""
        return all(thread.is_alive() for thread in self._threads)

    def is_ready(self) -> bool:
        """Whether every loop is running, and database and broker have answered just now."""
        return self.is_alive() and self._readings.are_fresh()

    def _run(self, loop: Loop) -> None:
        try:
            loop(self._stopping.wait)
        finally:
            self._ended.set()

    def _retry(self, stop: Callable[[float], bool]) -> None:
        def failed(error: Exception) -> None:
            log.warning("retries_interrupted", service=self._handlers.service, error=repr(error))

        def serve() -> None:
            with bus.connect(self._settings.broker_url) as broker:
                bus.declare(broker, self._handlers.service, self._handlers.event_types)
                signals, bury = Signals(broker), bus.publisher(broker, bus.own_exchange(self._handlers.service))

                def beat() -> None:
                    if self._heartbeat:
                        signals.heartbeat(self._handlers.service)
                    bus.heartbeat(broker)

                beat_seldom = seldom(beat)
                while not stop(0):
                    beat_seldom()
                    self._put_off.clear()
                    if self._resend_asked.is_set():
                        put_back(self._sessions, self._handlers.service, broker, self._keys)
                        self._resend_asked.clear()
                    if not self._are_deferred():
                        self._put_off.wait(_NONE_DEFERRED_SECONDS)
                        continue
                    looked_at = retry_deferred(self._sessions, self._handlers, signals, bury, self._keys, beat_seldom)
                    stop(0 if looked_at == deferred.BATCH else _DEFERRED_SECONDS)

        bus.keep_trying(serve, stop, failed)

    def _hear(self, name: str) -> None:
        if name == DEAD_LETTERS:
            self._resend_asked.set()
            self._put_off.set()
        for timer, called in zip(self._apart, self._called, strict=True):
            if timer.of == name:
                called.set()

    def _are_deferred(self) -> bool:
        # Committed, for after a rollback psycopg prepares every statement of its connection anew.
        with self._engine.begin() as connection:
            return deferred.are_waiting(connection)

    def _housekeeping(self) -> list[Timer]:
        return [
            Timer(2, _transaction(tally.compact)),
            Timer(60, _transaction(partial(_forget_old, settings=self._settings))),
        ]

    def _run_apart(self, timer: Timer, called: threading.Event, stop: Callable[[float], bool]) -> None:
        give_way(_NICENESS)
        while not stop(0):
            self._run_timer(timer)
            called.wait(timer.seconds)
            called.clear()

    def _run_together(self, stop: Callable[[float], bool]) -> None:
        due = [0.0 for _ in self._together]
        while not stop(max(0.05, min(due) - time.monotonic())):
            for index, timer in enumerate(self._together):
                if time.monotonic() >= due[index]:
                    self._run_timer(timer)
                    # Counted from the end, so that a machine with too much to do is not asked for more.
                    due[index] = time.monotonic() + timer.seconds

    def _run_timer(self, timer: Timer) -> None:
        TIMER_INTERVAL.labels(self._handlers.service, timer.name).set(timer.seconds)
        try:
            timer.work(self._sessions)
            TIMER_SUCCESS.labels(self._handlers.service, timer.name).set_to_current_time()
        except Exception as error:  # noqa: BLE001 - a timer that failed is due again, and must not end the others
            if database_is_away(error):
                log.warning("timer_waits", service=self._handlers.service, error=repr(error))
                return
            log.error("timer_failed", service=self._handlers.service, error=repr(error))
            error_reports.report(error)


def run_worker(worker: Worker, settings: BaseSettings) -> None:
    """Run a worker until SIGTERM or SIGINT, with its health and metrics on `worker_bind`."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    _collect_seldom(worker.batch)
    worker.start()
    if settings.worker_bind:
        serve_health(
            settings.worker_bind,
            worker.is_alive,
            worker.is_ready,
            platform=settings.platform,
            certificate=settings.tls_certificate,
            key=settings.tls_key,
        )
    while not done.wait(1):
        if not worker.is_alive():
            raise SystemExit("A loop of this worker ended.")
    worker.stop()


def _collect_seldom(batch: int) -> None:
    """Search for garbage in cycles less often: a batch of so many events makes many objects and hardly a cycle. What
    was loaded until now stays, and is no more looked through."""
    gc.freeze()
    gc.set_threshold(MADE_BY_AN_EVENT * batch, *gc.get_threshold()[1:])


def _transaction(work: Callable[[Connection], object]) -> Callable[[Sessions], None]:
    return partial(_in_transaction, work)


def _in_transaction(work: Callable[[Connection], object], sessions: Sessions) -> None:
    with sessions.begin() as session:
        work(session.connection())


def _forget_old(connection: Connection, *, settings: BaseSettings) -> None:
    outbox.remove_published(connection, before=now() - timedelta(days=settings.outbox_keep_days))
    inbox.forget(connection, before=now() - timedelta(days=inbox.KEEP_DAYS))
    forget_revoked_sessions(connection, before=now() - SESSION_GRACE)
    if settings.idempotency_keep_days:
        idempotency.forget(connection, before=now() - timedelta(days=settings.idempotency_keep_days))
