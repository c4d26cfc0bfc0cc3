"""While the database can be asked but not written to, nothing is given up, repeated or put aside."""

import threading

import psycopg
import pytest
from kombu.entity import Queue, binding
from psycopg import sql
from sqlalchemy import insert, make_url, select
from structlog.testing import capture_logs

from shared.messaging import bus
from shared.messaging.outbox import outbox
from shared.messaging.relay import Relay
from shared.testing import eventually
from shared.tests.conftest import heard, numbers_heard
from shared.tests.test_delivery import dead_letters, deferred_count, tell, waiting
from shared.worker import Timer, Worker


@pytest.fixture
def write_protect(postgres_admin_url, sample_database):
    """Lets the sample service read only, as after a failover or on a protected disk, or lets it write again."""
    name = sql.Identifier(make_url(sample_database).database)

    def set_to(state):
        with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
            change = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
            admin.execute(change.format(name, sql.Literal(state)))
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'sample'"
            admin.execute(others, (make_url(sample_database).database,))

    yield set_to
    set_to("off")


def test_what_cannot_be_written_waits_unacknowledged(sessions, handlers, settings, write_protect, capsys):
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", handlers.event_types)
    tell(sessions, 1, 2, 3)
    relay, stopping = Relay("sample", settings), threading.Event()
    thread = threading.Thread(target=relay.run, args=(stopping.wait,))
    thread.start()
    eventually(lambda: depth(settings, "mp.sample") == 3)
    stopping.set()
    thread.join()

    write_protect("on")
    worker = Worker(handlers, settings, [Timer(0.05, write_something)])
    with capture_logs() as logs:
        worker.start()
        eventually(lambda: sum(line["event"] == "database_away" for line in logs) >= 3)
        assert depth(settings, "mp.sample") == 0
        write_protect("off")
        eventually(lambda: numbers_heard(sessions) == [1, 2, 3], seconds=20)
        events = {line["event"] for line in logs}
        worker.stop()
    assert "consumer_interrupted" not in events
    assert "timer_failed" not in events
    assert "timer_waits" in events
    assert deferred_count(sessions) == 0
    assert dead_letters(settings, capsys) == []


def write_something(sessions):
    with sessions.begin() as session:
        session.execute(insert(heard).values(number=0))
        session.rollback()


def depth(settings, queue):
    with bus.connect(settings.broker_url) as broker, broker.channel() as channel:
        return channel.queue_declare(queue, passive=True).message_count


def test_what_cannot_be_marked_holds_up_nothing_that_is_new(sessions, handlers, settings):
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", handlers.event_types)
    (first,) = tell(sessions, 1)
    relay, stopping = Relay("sample", settings), threading.Event()
    thread = threading.Thread(target=relay.run, args=(stopping.wait,))
    try:
        with capture_logs() as logs, sessions() as session:
            session.execute(select(outbox.c.seq).where(outbox.c.id == first.id).with_for_update())
            thread.start()
            eventually(lambda: depth(settings, "mp.sample") == 1)
            tell(sessions, 2)
            # Marking gives up when it has waited for the lock for long enough.
            eventually(lambda: depth(settings, "mp.sample") == 2, seconds=20)
            eventually(lambda: sum(line["event"] == "relay_interrupted" for line in logs) >= 2, seconds=20)
            assert depth(settings, "mp.sample") == 2
        eventually(lambda: waiting(sessions) == 0, seconds=20)
    finally:
        stopping.set()
        thread.join()


def test_what_cannot_be_marked_is_not_published_again_and_again(sessions, handlers, settings, write_protect):
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", handlers.event_types)
        watch = Queue("watch", [binding(bus.EVENTS, routing_key="sample.#")], auto_delete=False, exclusive=False)
        watch(broker.channel()).declare()
    tell(sessions, 1, 2)
    write_protect("on")
    relay, stopping = Relay("sample", settings), threading.Event()
    thread = threading.Thread(target=relay.run, args=(stopping.wait,))
    try:
        with capture_logs() as logs:
            thread.start()
            eventually(lambda: sum(line["event"] == "relay_interrupted" for line in logs) >= 4, seconds=30)
            assert depth(settings, "watch") == 2
            write_protect("off")
            tell(sessions, 3)
            eventually(lambda: depth(settings, "watch") == 3)
    finally:
        stopping.set()
        thread.join()
        with bus.connect(settings.broker_url) as broker, broker.channel() as channel:
            channel.queue_delete("watch")
