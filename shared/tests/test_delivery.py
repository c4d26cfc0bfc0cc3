"""Outbox, relay, bus, inbox, retries and dead letters together, on a real database and a real broker."""

import json
import os
import queue
import threading

import pytest
import sentry_sdk
from kombu.entity import Queue
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from shared.context import Context
from shared.db import run_transaction
from shared.ids import new_id
from shared.messaging import bus, deferred, operations
from shared.messaging import dead_letters as letters
from shared.messaging.delivery import deliver
from shared.messaging.handlers import CauseMissing, Handlers
from shared.messaging.inbox import inbox
from shared.messaging.outbox import outbox
from shared.messaging.relay import Relay
from shared.testing import eventually
from shared.tests.conftest import happened, numbers_heard
from shared.worker import Timer, Worker


@pytest.fixture
def worker(handlers, settings):
    worker = Worker(handlers, settings)
    worker.start()
    yield worker
    worker.stop()


def tell(sessions, *numbers):
    def work(uow):
        for number in numbers:
            uow.publish(happened(number))

    return run_transaction(sessions, "sample", work)[1]


def waiting(sessions):
    with sessions() as session:
        return session.execute(
            select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
        ).scalar_one()


def handled(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(inbox))


def deferred_count(sessions):
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(deferred.deferred_event))


def dead_letters(settings, capsys, act=letters.list_letters, chosen=letters.Chosen(), **more):  # noqa: B008 - frozen
    capsys.readouterr()
    try:
        act("sample", settings, chosen, **more)
    except operations.Refused:  # the queue is not there yet
        return []
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_what_is_committed_is_heard_once(sessions, worker):
    for number in range(20):
        tell(sessions, number)
    eventually(lambda: numbers_heard(sessions) == list(range(20)))
    eventually(lambda: waiting(sessions) == 0)


def test_what_is_published_is_named_in_a_signal(sessions, worker, settings):
    heard = []

    def receive(message):
        heard.extend(json.loads(message.body).get("published", ()))

    queue = Queue(f"mp.test.{new_id()}", bus.SIGNALS, "applied.sample", durable=False, exclusive=True)
    with bus.connect(settings.broker_url) as broker, broker.Consumer(queue, on_message=receive, no_ack=True):
        envelopes = tell(sessions, 1, 2)

        def all_are_named():
            bus.drain(broker, 0.1)
            return len(heard) == len(envelopes)

        eventually(all_are_named)
    named = [[each.type, str(each.id), str(each.aggregate_id), None, []] for each in envelopes]
    assert sorted(heard) == sorted(named)


def test_what_is_rolled_back_is_never_published(sessions, worker):
    def work(uow):
        uow.publish(happened(1))
        raise KeyError

    with pytest.raises(KeyError):
        run_transaction(sessions, "sample", work)
    tell(sessions, 2)
    eventually(lambda: numbers_heard(sessions) == [2])


def test_an_event_that_comes_twice_is_handled_once(sessions, worker):
    """As after a crash between publishing and marking: the relay sends the batch again."""
    tell(sessions, 1, 2)
    eventually(lambda: numbers_heard(sessions) == [1, 2])
    with sessions.begin() as session:
        session.execute(update(outbox).values(published_at=None))
    tell(sessions, 3)
    eventually(lambda: waiting(sessions) == 0)
    eventually(lambda: numbers_heard(sessions) == [1, 2, 3])


def test_rivals_with_the_same_event_handle_it_once(sessions, handlers):
    envelopes = tell(sessions, *range(30))
    threads = [threading.Thread(target=deliver, args=(sessions, handlers, envelopes)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers_heard(sessions) == list(range(30))


def test_an_event_before_its_cause_is_tried_again_until_it_can_be_handled(sessions, worker, refused):
    refused[1] = CauseMissing("not yet")
    tell(sessions, 1, 2)
    eventually(lambda: numbers_heard(sessions) == [2])
    del refused[1]
    eventually(lambda: numbers_heard(sessions) == [1, 2])
    eventually(lambda: deferred_count(sessions) == 0)


def test_a_poisoned_event_does_not_block_its_queue_and_can_be_sent_again(
    sessions, worker, settings, refused, monkeypatch, capsys
):
    monkeypatch.setattr(deferred, "BACK_OFF", (0.01, 0.01))
    refused[1] = ZeroDivisionError("poison")
    tell(sessions, 1, 2, 3)
    eventually(lambda: numbers_heard(sessions) == [2, 3])

    (letter,) = eventually(lambda: dead_letters(settings, capsys))
    assert "poison" in letter["error"]
    assert letter["tries"] == 3
    refused.clear()
    dead_letters(settings, capsys, letters.resend, by="ada")
    eventually(lambda: numbers_heard(sessions) == [1, 2, 3])
    assert dead_letters(settings, capsys) == []


def test_what_is_given_up_is_reported(sessions, worker, refused, reports, monkeypatch):
    monkeypatch.setattr(deferred, "BACK_OFF", (0.01,))
    refused[1] = ZeroDivisionError("poison")
    tell(sessions, 1)
    eventually(lambda: sentry_sdk.flush(1) or b"ZeroDivisionError" in b"".join(reports))


def test_what_is_put_off_and_given_up_is_logged_with_the_request_it_comes_from(sessions, worker, refused, monkeypatch):
    monkeypatch.setattr(deferred, "BACK_OFF", (0.01,))
    refused[1] = ZeroDivisionError("poison")
    trace = "0af7651916cd43dd8448eb211c80319c"
    request = Context(request_id="request-1", traceparent=f"00-{trace}-b7ad6b7169203331-01")
    with capture_logs() as logs:
        run_transaction(sessions, "sample", lambda uow: uow.publish(happened(1)), request)
        eventually(lambda: "event_given_up" in [line["event"] for line in logs])
    about = [line for line in logs if line["event"] in ("event_deferred", "event_given_up")]
    assert {(line["request_id"], line["trace_id"]) for line in about} == {("request-1", trace)}
    assert {line["event"] for line in about} == {"event_deferred", "event_given_up"}


def test_a_timer_that_waits_for_somebody_outside_holds_up_no_other(handlers, settings):
    answered, others = threading.Event(), threading.Semaphore(0)

    def wait(_):
        answered.wait(10)

    worker = Worker(handlers, settings, [Timer(60, wait, apart=True), Timer(0.01, lambda _: others.release())])
    worker.start()
    assert all(others.acquire(timeout=10) for _ in range(3))
    answered.set()
    worker.stop()


def test_what_is_apart_gives_way_to_all_else(handlers, settings):
    niceness = queue.Queue()

    def note(_):
        niceness.put(os.getpriority(os.PRIO_PROCESS, 0))

    usual = os.getpriority(os.PRIO_PROCESS, 0)
    worker = Worker(handlers, settings, [Timer(60, note, apart=True), Timer(60, note)])
    worker.start()
    assert sorted(niceness.get(timeout=10) for _ in range(2)) == [usual, max(usual, 10)]
    worker.stop()


def test_a_timer_that_fails_is_reported_and_ends_no_other(handlers, settings, reports):
    done = threading.Event()

    def fail(_):
        raise ZeroDivisionError("of a timer")

    worker = Worker(handlers, settings, [Timer(60, fail), Timer(60, lambda _: done.set())])
    worker.start()
    assert done.wait(10)
    eventually(lambda: sentry_sdk.flush(1) or b"of a timer" in b"".join(reports))
    worker.stop()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("not json", "application/json"),
        ('{"id": 1}', "application/json"),
        ("[]", "application/json"),
        ("gASVBwAAAAAAAABdlEsBYS4=", "application/x-python-serialize"),
        ('{"type": "sample.thing.unheard.v1"}', "application/json"),
    ],
)
def test_what_is_no_event_goes_to_the_dead_letters(sessions, worker, settings, capsys, body, content_type):
    eventually(lambda: bus_ready(settings))
    with bus.connect(settings.broker_url) as broker:
        producer = broker.Producer(exchange=bus.EVENTS)
        producer.publish(
            body, routing_key="sample.thing.happened.v1", content_type=content_type, content_encoding="utf-8"
        )
    tell(sessions, 5)
    eventually(lambda: numbers_heard(sessions) == [5])

    (letter,) = eventually(lambda: dead_letters(settings, capsys))
    assert letter["unreadable"]


def bus_ready(settings):
    with bus.connect(settings.broker_url) as broker:
        return bus.are_bound(broker, ["sample"])


def test_history_is_replayed_to_one_queue(sessions, worker, settings, capsys):
    tell(sessions, 1, 2, 3)
    eventually(lambda: numbers_heard(sessions) == [1, 2, 3])
    with sessions.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM heard; DELETE FROM inbox")
    operations.replay("sample", settings, operations.span("2020-01-01", None), to="mp.sample", by="ada")
    assert "3 events" in capsys.readouterr().out
    eventually(lambda: numbers_heard(sessions) == [1, 2, 3])


def test_replay_refuses_a_queue_that_is_not_there(sessions, settings):
    with pytest.raises(operations.Refused, match="no queue"):
        operations.replay("sample", settings, operations.span("2020-01-01", None), to="mp.nobody", by="ada")


def test_one_relay_carries_and_another_takes_over(sessions, worker, settings):
    rival, stopping = Relay("sample", settings), threading.Event()
    thread = threading.Thread(target=rival.run, args=(stopping.wait,))
    thread.start()
    tell(sessions, *range(50))
    eventually(lambda: numbers_heard(sessions) == list(range(50)))
    stopping.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_what_waits_of_a_type_that_was_followed_before_is_passed_over_and_no_more_comes(sessions, handlers, settings):
    """As after an upgrade to a release that leaves a type to another service."""
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", handlers.event_types)
    tell(sessions, 1)
    relay, stopping = Relay("sample", settings), threading.Event()
    thread = threading.Thread(target=relay.run, args=(stopping.wait,))
    thread.start()
    eventually(lambda: waiting(sessions) == 0)
    after = Handlers("sample")
    after.retire("sample.thing.happened.v1")
    assert (after.event_types, list(after)) == ((), [])
    worker = Worker(after, settings)
    worker.start()
    try:
        eventually(lambda: handled(sessions) == 1)
        with bus.connect(settings.broker_url) as broker:
            publisher = bus.publisher(broker, bus.EVENTS)
            publisher.publish([bus.Message("1", "sample.thing.happened.v1", "{}")])
            assert publisher.unrouted == 1
            assert bus.depth(broker, "mp.sample.dead") == 0
    finally:
        stopping.set()
        thread.join()
        worker.stop()
    assert numbers_heard(sessions) == []


def test_who_waits_for_a_worker_goes_on_when_one_of_its_loops_has_ended(handlers, settings):
    ends = threading.Event()
    worker = Worker(handlers, settings, loops={"short": lambda _stop: ends.wait()})
    worker.start()
    try:
        waiting = threading.Thread(target=worker.wait, daemon=True)
        waiting.start()
        assert worker.is_alive()
        assert waiting.is_alive()
        ends.set()
        waiting.join(timeout=5)
        assert not waiting.is_alive()
        eventually(lambda: not worker.is_alive())
    finally:
        worker.stop()
