"""An event is believed only when the service it names as its source has signed it for whoever reads it."""

import threading
from dataclasses import replace

import pytest
from msgspec import structs
from sqlalchemy import select

from shared.clock import now
from shared.ids import new_id
from shared.messaging import bus, operations
from shared.messaging import dead_letters as letters
from shared.messaging.events import Envelope, in_json
from shared.messaging.outbox import outbox
from shared.messaging.signatures import HEADER, EventKeys, Forged
from shared.settings import BadSettings
from shared.telemetry import EVENTS_FORGED
from shared.testing import event_keys, eventually
from shared.tests.conftest import numbers_heard
from shared.tests.test_delivery import bus_ready, dead_letters, tell
from shared.worker import Worker

PAYMENTS, LENDING = event_keys("payments"), event_keys("lending")
PAID = Envelope(
    new_id(),
    "payments.repayment.recorded.v1",
    "payments",
    new_id(),
    1,
    now(),
    None,
    None,
    None,
    in_json({"amount": "5.00"}),
)


def test_what_its_source_has_signed_is_believed():
    body = PAID.to_json()
    LENDING.check(PAID, body, PAYMENTS.sign(body))
    LENDING.check(PAID, body.encode(), PAYMENTS.sign(body))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: ""},
        {HEADER: "lending="},
        {HEADER: "lending=ü" + "0" * 31},
        {HEADER: 7},
        event_keys("membership").sign(PAID.to_json()),
        PAYMENTS.sign(PAID.to_json() + " "),
        {HEADER: PAYMENTS.sign(PAID.to_json())[HEADER].replace("lending", "reporting")},
        event_keys("reporting").keep("payments", PAID.to_json()),
    ],
    ids=[
        "no",
        "empty",
        "nothing",
        "not ASCII",
        "a number",
        "another's",
        "of another body",
        "of others",
        "a follower's",
    ],
)
def test_what_its_source_has_not_signed_for_us_is_forged(headers):
    with pytest.raises(Forged, match="not signed by 'payments' for lending"):
        LENDING.check(PAID, PAID.to_json(), headers)


def test_a_service_tells_only_of_its_own():
    event = structs.replace(PAID, source="membership")
    with pytest.raises(Forged, match="'membership' does not publish"):
        LENDING.check(event, event.to_json(), event_keys("membership").sign(event.to_json()))


def test_a_source_that_nobody_knows_is_forged():
    event = structs.replace(PAID, source="stranger", type="stranger.thing.happened.v1")
    with pytest.raises(Forged, match="publishes nothing for lending"):
        LENDING.check(event, event.to_json(), event_keys("stranger").sign(event.to_json()))


def test_keys_are_read_as_they_were_written_and_do_not_show():
    assert EventKeys.from_text(LENDING.to_text()) == LENDING
    assert LENDING.signing["payments"].hex() not in repr(LENDING)
    for text in ("", "[]", "{}", '{"owner": "lending", "signing": {"payments": "00"}, "checking": {}}'):
        with pytest.raises(ValueError, match="no keys of events"):
            EventKeys.from_text(text)


def test_no_worker_starts_without_the_keys_of_its_service(handlers, settings):
    for event_keys_text in ("", LENDING.to_text()):
        with pytest.raises(BadSettings, match="SAMPLE_EVENT_KEYS"):
            Worker(handlers, replace(settings, event_keys=event_keys_text))


@pytest.fixture
def worker(handlers, settings):
    worker = Worker(handlers, settings)
    worker.start()
    eventually(lambda: bus_ready(settings))
    yield worker
    worker.stop()


def publish(settings, body, headers):
    """Publish what says it happened, as anybody could who is let onto the broker."""
    with bus.connect(settings.broker_url) as broker:
        message = bus.Message(str(new_id()), "sample.thing.happened.v1", body, headers)
        assert not bus.publisher(broker, bus.EVENTS).publish([message])


def forged(number):
    envelope = Envelope(
        new_id(),
        "sample.thing.happened.v1",
        "sample",
        new_id(),
        1,
        now(),
        None,
        None,
        None,
        in_json({"number": number}),
    )
    return envelope.to_json()


def test_a_forged_event_changes_nothing_and_is_reported(sessions, worker, settings, capsys):
    before = EVENTS_FORGED.labels("sample")._value.get()
    for headers in ({}, event_keys("lending", "sample").sign(forged(1))):
        publish(settings, forged(1), headers)
    tell(sessions, 2)
    eventually(lambda: numbers_heard(sessions) == [2])
    found_letters = eventually(lambda: len(found := dead_letters(settings, capsys)) == 2 and found)
    assert {letter["error"] for letter in found_letters} == {"not signed by 'sample' for sample"}
    assert EVENTS_FORGED.labels("sample")._value.get() == before + 2


def test_a_forged_event_that_is_sent_again_is_as_forged_as_before(sessions, worker, settings, capsys):
    publish(settings, forged(1), {})
    eventually(lambda: dead_letters(settings, capsys))
    dead_letters(settings, capsys, letters.resend, by="ada")
    eventually(lambda: dead_letters(settings, capsys))
    assert numbers_heard(sessions) == []


def test_forged_events_among_others_cost_only_themselves(sessions, worker, settings, capsys):
    def forge():
        for number in range(1000, 1050):
            publish(settings, forged(number), {})

    forging = threading.Thread(target=forge)
    forging.start()
    for number in range(50):
        tell(sessions, number)
    forging.join()
    eventually(lambda: numbers_heard(sessions) == list(range(50)), seconds=30)
    eventually(lambda: len(dead_letters(settings, capsys)) == 50, seconds=30)


def test_history_is_signed_when_it_is_replayed(sessions, worker, settings):
    tell(sessions, 1, 2)
    eventually(lambda: numbers_heard(sessions) == [1, 2])
    with sessions.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM heard; DELETE FROM inbox")
        assert len(session.execute(select(outbox.c.id)).all()) == 2
    operations.replay("sample", settings, operations.span("2020-01-01", None), to="mp.sample", by="ada")
    eventually(lambda: numbers_heard(sessions) == [1, 2])
