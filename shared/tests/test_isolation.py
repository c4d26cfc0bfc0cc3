"""One event that fails costs one event: the others of its batch take effect, once, and it waits alone."""

import threading
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from shared.clock import now
from shared.context import NOBODY
from shared.db import run_transaction
from shared.messaging import bus, deferred
from shared.messaging.delivery import deliver, deliver_or_defer, retry_due
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing, Handlers
from shared.testing import eventually
from shared.tests.conftest import Happened, HappenedPayload, happened, heard, numbers_heard
from shared.worker import Worker

SINGLE, MANY = "sample.thing.happened.v1", "sample.thing.counted.v1"
NAMED, UNNAMED, BROKEN = "cause missing, named", "cause missing", "any other error"


@dataclass(frozen=True)
class Counted(Happened):
    type = MANY


@dataclass(frozen=True)
class Consequence(Happened):
    """Nobody here follows it."""

    type = "sample.thing.told_on.v1"


class Sample:
    """Handlers of one event and of many, which fail at the numbers in `refused`."""

    def __init__(self) -> None:
        self.refused: dict[int, str] = {}
        self.runs = 0
        self.handlers = Handlers("sample")
        self.handlers.on(SINGLE, payload=HappenedPayload)(self._hear)
        self.handlers.on_many(MANY, payload=HappenedPayload)(self._count)

    def _hear(self, uow, sample, envelope) -> None:
        self._write(uow, [(sample, envelope)])

    def _count(self, uow, events) -> None:
        self._write(uow, events)

    def _write(self, uow, events) -> None:
        self.runs += 1
        for sample, envelope in events:
            uow.cause = envelope.id
            uow.session.execute(insert(heard).values(number=sample.number))
            uow.publish(Consequence(envelope.aggregate_id, 1, sample.number))
        refused = {envelope.id: kind for sample, envelope in events if (kind := self.refused.get(sample.number))}
        if named := [event_id for event_id, kind in refused.items() if kind == NAMED]:
            raise CauseMissing("not yet", named)
        if UNNAMED in refused.values():
            raise CauseMissing("not yet")
        if refused:
            raise ZeroDivisionError("poison")


@pytest.fixture
def sample():
    return Sample()


def envelopes(numbers) -> list[Envelope]:
    kinds = (Happened, Counted)
    events = [kinds[number % 2](happened(number).aggregate_id, 1, number) for number in numbers]
    return [Envelope.around(event, source="sample", context=NOBODY) for event in events]


def consequences(sessions) -> Counter:
    """How often each number was told on, by the events in the outbox."""
    with sessions() as session:
        bodies = session.connection().exec_driver_sql("SELECT body FROM outbox").scalars()
        events = [Envelope.from_json(body) for body in bodies]
    return Counter(event.data["number"] for event in events if event.type == Consequence.type)


def deferred_numbers(sessions) -> list[int]:
    with sessions() as session:
        bodies = session.scalars(select(deferred.deferred_event.c.body))
        return sorted(Envelope.from_json(body).data["number"] for body in bodies)


def nothing() -> None:
    """No connection is to be kept alive here."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 40),
    refused=st.dictionaries(st.integers(0, 39), st.sampled_from([NAMED, UNNAMED, BROKEN]), max_size=40),
)
def test_whatever_part_of_a_batch_fails_exactly_the_others_take_effect_once(sessions, sample, count, refused):
    with sessions.begin() as session:
        session.connection().exec_driver_sql(
            "; ".join(f"DELETE FROM {table}" for table in ("outbox", "inbox", "deferred_event", "heard"))
        )
    batch = envelopes(range(count))
    failing = sorted(number for number in refused if number < count)
    others = [number for number in range(count) if number not in refused]
    sample.refused = refused

    outcome = deliver_or_defer(sessions, sample.handlers, batch, nothing)
    assert numbers_heard(sessions) == others
    assert deferred_numbers(sessions) == failing
    assert consequences(sessions) == Counter(others)
    assert sorted(envelope.data["number"] for envelope in batch if envelope.id in outcome.failed) == failing
    assert sorted(caused.data["number"] for events in outcome.causes.values() for caused in events) == others

    # The batch comes again, as after a lost acknowledgement; then what it lacked is there.
    deliver_or_defer(sessions, sample.handlers, batch, nothing)
    assert numbers_heard(sessions) == others
    sample.refused = {}
    with sessions.begin() as session:
        session.execute(update(deferred.deferred_event).values(next_try_at=now()))
    while retry_due(sessions, sample.handlers, nothing)[0]:
        pass
    assert numbers_heard(sessions) == list(range(count))
    assert consequences(sessions) == Counter(range(count))
    assert deferred_numbers(sessions) == []


def test_one_bad_event_of_a_batch_does_not_have_the_others_handled_one_by_one(sessions, sample, settings):
    sample.refused = {77: BROKEN}
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", sample.handlers.event_types)

    def tell(uow):
        for number in range(1, 200, 2):
            uow.publish(Counted(happened(number).aggregate_id, 1, number))

    run_transaction(sessions, "sample", tell)
    worker = Worker(sample.handlers, settings)
    worker.start()
    try:
        expected = [number for number in range(1, 200, 2) if number != 77]
        eventually(lambda: numbers_heard(sessions) == expected)
        assert sample.runs < 40
    finally:
        worker.stop()


def test_causes_that_are_named_cost_one_more_try_however_many_wait(sessions, sample):
    batch = envelopes(range(1, 400, 2))
    sample.refused = dict.fromkeys(range(1, 400, 4), NAMED)
    deliver_or_defer(sessions, sample.handlers, batch, nothing)
    assert sample.runs == 2
    assert len(deferred_numbers(sessions)) == 100


def test_many_deferred_events_are_tried_together(sessions, sample):
    batch = envelopes(range(1, 800, 2))
    sample.refused = dict.fromkeys(range(1, 800, 2), NAMED)
    deliver_or_defer(sessions, sample.handlers, batch, nothing)
    with sessions.begin() as session:
        session.execute(update(deferred.deferred_event).values(next_try_at=now()))
    sample.refused, sample.runs = {}, 0
    tried = [len(retry_due(sessions, sample.handlers, nothing)[0]) for _ in range(3)]
    assert tried == [deferred.BATCH, deferred.BATCH, 0]
    assert sample.runs == 2


def test_a_value_that_the_driver_refuses_is_the_fault_of_its_event(sessions):
    """It has no state in SQL, as a lost connection has none, and must not be waited for."""
    handlers = Handlers("sample")

    @handlers.on(SINGLE, payload=HappenedPayload)
    def hear(uow, happened, envelope):
        uow.connection.exec_driver_sql("SELECT %s::text", ("\0",))

    (event,) = envelopes([2])
    outcome = deliver_or_defer(sessions, handlers, [event], nothing)
    assert list(outcome.failed) == [event.id]


def test_rivals_that_fail_at_the_same_events_keep_each_once(sessions, sample):
    batch = envelopes(range(60))
    sample.refused = dict.fromkeys(range(0, 60, 3), UNNAMED)
    threads = [
        threading.Thread(target=deliver_or_defer, args=(sessions, sample.handlers, batch, nothing)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers_heard(sessions) == [number for number in range(60) if number % 3]
    assert deferred_numbers(sessions) == list(range(0, 60, 3))


def test_all_together_leaves_no_trace_of_a_failure(sessions, sample):
    sample.refused = {3: BROKEN}
    with pytest.raises(ZeroDivisionError):
        deliver(sessions, sample.handlers, envelopes(range(6)))
    assert numbers_heard(sessions) == []
