"""Epochs: what a publisher published before it went back to an older state counts no more."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import insert, select, update

from shared import epochs
from shared.context import NOBODY
from shared.db import run_transaction
from shared.messaging import deferred, inbox
from shared.messaging.delivery import deliver, deliver_or_defer, retry_due
from shared.messaging.events import Envelope
from shared.messaging.handlers import CauseMissing
from shared.messaging.outbox import outbox
from shared.testing import eventually
from shared.tests.conftest import happened, numbers_heard
from shared.worker import Worker

MOMENTS = st.datetimes(datetime(2026, 1, 2), datetime(2050, 6, 1), timezones=st.just(UTC))


def an_event(number, epoch=0):
    return structs.replace(Envelope.around(happened(number), source="sample", context=NOBODY), epoch=epoch)


def current(sessions):
    with sessions() as session:
        return epochs.numbers(session.connection())


def enter(sessions, number):
    with sessions.begin() as session:
        epochs.enter(session.connection(), ["sample"], number)


@given(after=st.integers(0, 200_000), at=MOMENTS)
def test_a_number_is_never_given_again_and_its_versions_fit_their_columns(after, at):
    number = epochs.next_number(after, at)
    assert number > after
    assert epochs.floor(number) < 2**31
    assert epochs.next_number(0, at + timedelta(hours=1)) > epochs.next_number(0, at)


@given(epoch=st.integers(0, 2**31 - 1))
def test_an_envelope_carries_its_epoch_there_and_back(epoch):
    envelope = an_event(1, epoch)
    assert Envelope.from_json(envelope.to_json()) == envelope
    assert ('"epoch"' in envelope.to_json()) == (epoch > 0)
    assert Envelope._from_older_json(envelope.to_json()) == envelope


def test_events_of_an_earlier_epoch_are_passed_over(sessions, handlers):
    enter(sessions, 7)
    deliver(sessions, handlers, [an_event(1), an_event(2, 6), an_event(3, 7)])
    deliver_or_defer(sessions, handlers, [an_event(4, 6), an_event(5, 7)], beat=lambda: None)
    assert numbers_heard(sessions) == [3, 5]


def test_an_event_of_a_later_epoch_says_that_it_began(sessions, handlers):
    deliver(sessions, handlers, [an_event(1), an_event(2, 9)])
    assert numbers_heard(sessions) == [2]
    assert current(sessions) == {"sample": 9}
    deliver(sessions, handlers, [an_event(3, 8)])
    assert numbers_heard(sessions) == [2]


def test_an_epoch_never_goes_back(sessions):
    enter(sessions, 9)
    enter(sessions, 4)
    assert current(sessions) == {"sample": 9}


def test_what_counts_in_any_epoch_is_handled(sessions, handlers):
    enter(sessions, 7)
    handlers.count_in_any_epoch("sample.thing.happened.v1")
    deliver(sessions, handlers, [an_event(1)])
    assert numbers_heard(sessions) == [1]


def test_a_deferred_event_of_an_earlier_epoch_is_done_with(sessions, handlers, refused):
    refused[1] = CauseMissing("not yet")
    deliver_or_defer(sessions, handlers, [an_event(1)], beat=lambda: None)
    refused.clear()
    with sessions.begin() as session:
        session.execute(update(deferred.deferred_event).values(next_try_at=datetime(2026, 1, 1, tzinfo=UTC)))
    enter(sessions, 7)
    assert len(retry_due(sessions, handlers, beat=lambda: None)[0]) == 1
    assert numbers_heard(sessions) == []
    with sessions() as session:
        assert not deferred.are_waiting(session.connection())


def test_a_deferred_event_keeps_its_epoch(sessions, handlers, refused):
    refused[1] = CauseMissing("not yet")
    deliver_or_defer(sessions, handlers, [an_event(1, 7)], beat=lambda: None)
    with sessions() as session:
        body = session.execute(select(deferred.deferred_event.c.body)).scalar_one()
    assert Envelope.from_json(body).epoch == 7


def test_events_are_written_in_the_epoch_of_their_transaction(sessions):
    def write(number):
        run_transaction(sessions, "sample", lambda uow: uow.publish(happened(number)))

    write(1)
    enter(sessions, 7)
    write(2)
    with sessions() as session:
        assert session.execute(select(outbox.c.epoch).order_by(outbox.c.seq)).scalars().all() == [0, 7]


def test_many_events_of_one_transaction_stay_in_order(sessions):
    enter(sessions, 7)

    def write(uow):
        for number in range(500):
            uow.publish(happened(number))

    _, written = run_transaction(sessions, "sample", write)
    with sessions() as session:
        assert session.execute(select(outbox.c.id).order_by(outbox.c.seq)).scalars().all() == [
            one.id for one in written
        ]


def test_a_handler_under_way_when_the_epoch_begins_comes_before_it(sessions, handlers):
    """Who goes back takes the lock that every handler holds, so no effect of an older event comes after it."""
    inside, go_on = threading.Event(), threading.Event()

    def handle(uow):
        event = an_event(1)
        current = inbox.claim(uow.connection, [event.id]).epochs
        events = epochs.counting(uow.connection, [event], current, ())
        inside.set()
        assert go_on.wait(10)
        return len(events)

    done = []
    handler = threading.Thread(target=lambda: done.append(run_transaction(sessions, "sample", handle)[0]))
    handler.start()
    assert inside.wait(10)

    def go_back():
        with sessions.begin() as session:
            epochs.lock(session.connection())
            epochs.enter(session.connection(), ["sample"], 7)
            done.append("back")

    going_back = threading.Thread(target=go_back)
    going_back.start()
    go_on.set()
    handler.join(10)
    going_back.join(10)
    assert done == [1, "back"]


@pytest.fixture
def worker(handlers, settings):
    worker = Worker(handlers, settings)
    worker.start()
    yield worker
    worker.stop()


def test_the_relay_says_of_which_epoch_an_event_is(sessions, worker):
    enter(sessions, 7)
    with sessions.begin() as session:
        # One of before, which was not published before the epoch began.
        old = an_event(1)
        session.execute(
            insert(outbox).values(
                id=old.id, type=old.type, aggregate_id=old.aggregate_id, version=1, body=old.to_json()
            )
        )
    run_transaction(sessions, "sample", lambda uow: uow.publish(happened(2)))
    eventually(lambda: numbers_heard(sessions) == [2])
