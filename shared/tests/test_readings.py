"""The gauges of a worker say what waits, where, and since when."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from kombu.entity import Exchange
from prometheus_client import REGISTRY, Gauge

from shared import readings
from shared.messaging import bus
from shared.messaging.handlers import CauseMissing
from shared.testing import eventually
from shared.tests.conftest import numbers_heard
from shared.tests.test_delivery import tell
from shared.worker import Timer, Worker

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(readings, "ASK_SECONDS", 0.05)


def value(name, **labels):
    return REGISTRY.get_sample_value(name, labels)


def of_sample(name, **labels):
    return value(name, service="sample", **labels)


def test_an_outbox_that_nobody_carries_shows_its_length_and_age(sessions, handlers, settings):
    tell(sessions, 1, 2, 3)
    # The relay waits for a subscriber that never comes.
    worker = Worker(handlers, replace(settings, bus_subscribers=("nobody",)))
    worker.start()
    try:
        eventually(lambda: of_sample("mp_outbox_waiting_events") == 3)
        eventually(lambda: of_sample("mp_outbox_oldest_seconds") > 0)
        assert of_sample("mp_relay_share") == 0
    finally:
        worker.stop()


def test_a_worker_shows_how_much_of_the_outbox_it_relays(sessions, handlers, settings):
    worker = Worker(handlers, settings)
    worker.start()
    try:
        eventually(lambda: of_sample("mp_relay_share") == 1)
    finally:
        worker.stop()
    assert of_sample("mp_relay_share") == 0


def test_what_waits_for_its_cause_and_what_is_dead_is_counted(sessions, handlers, settings, refused):
    refused[1] = CauseMissing("not yet")
    worker = Worker(handlers, settings)
    worker.start()
    try:
        tell(sessions, 1, 2)
        eventually(lambda: numbers_heard(sessions) == [2])
        eventually(lambda: of_sample("mp_deferred_events") == 1)
        eventually(lambda: of_sample("mp_deferred_oldest_seconds") > 0)
        eventually(lambda: of_sample("mp_outbox_waiting_events") == 0)
        assert of_sample("mp_outbox_oldest_seconds") == 0
        with bus.connect(settings.broker_url) as broker:
            letters = [bus.Message(str(number), "mp.sample.dead", "{}") for number in range(4)]
            bus.publisher(broker, Exchange("")).publish(letters)
        eventually(lambda: value("mp_queue_messages", queue="mp.sample.dead") == 4)
        eventually(lambda: value("mp_queue_messages", queue="mp.sample") == 0)
    finally:
        worker.stop()


def test_timers_tell_when_they_last_succeeded(handlers, settings):
    def succeed(_):
        """Nothing to do."""

    def fail(_):
        raise ZeroDivisionError

    worker = Worker(handlers, settings, [Timer(0.01, succeed), Timer(0.01, fail)])
    worker.start()
    try:
        eventually(lambda: of_sample("mp_timer_success_timestamp_seconds", timer="succeed"))
        eventually(lambda: of_sample("mp_timer_success_timestamp_seconds", timer="forget_old"))
        assert of_sample("mp_timer_success_timestamp_seconds", timer="fail") is None
        assert of_sample("mp_timer_interval_seconds", timer="fail") == 0.01
        # There from the start, so that the first one is seen as a rise.
        assert of_sample("mp_events_forged_total") is not None
        assert of_sample("mp_database_pool_size", pool="worker") >= 4
        eventually(lambda: of_sample("mp_database_pool_in_use", pool="worker") == 0)
    finally:
        worker.stop()


def test_a_reading_of_ones_own_that_fails_leaves_the_worker_well(handlers, settings):
    own = Gauge("sample_answer", "A reading of the sample service.")
    broken = Gauge("sample_broken", "One whose table is not there.")
    more = [readings.Reading(own, "SELECT 42"), readings.Reading(broken, "SELECT 1 FROM nowhere")]
    worker = Worker(handlers, settings, readings=more)
    worker.start()
    try:
        eventually(lambda: value("sample_answer") == 42)
        before = of_sample("mp_last_read_timestamp_seconds", of="database")
        eventually(lambda: of_sample("mp_last_read_timestamp_seconds", of="database") > before)
    finally:
        worker.stop()


def test_every_metric_there_is_stands_in_the_documentation():
    registered = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("mp_")}
    documented = set(re.findall(r"`(mp_\w+)", OPERATIONS.read_text()))
    assert {name for name in registered if not {name, f"{name}_total"} & documented} == set()
