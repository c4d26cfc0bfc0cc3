"""What was given up is tried again when an admin asks for it, by a worker, and only what its publisher has signed."""

import pytest
from kombu.entity import Exchange
from sqlalchemy import select

from shared.db import run_transaction
from shared.messaging import bus, second_tries
from shared.messaging.deferred import deferred_event
from shared.messaging.events import Envelope
from shared.testing import event_keys, eventually
from shared.tests.conftest import happened, numbers_heard
from shared.tests.test_dead_letters import an_envelope
from shared.tests.test_delivery import dead_letters
from shared.worker import Worker

KEYS = event_keys("sample")


def bury(settings, envelope: Envelope, signed: str) -> str:
    headers = {"x-error": "poison", "x-tries": 9} | KEYS.sign(signed)
    with bus.connect(settings.broker_url) as broker:
        message = bus.Message(str(envelope.id), "mp.sample.dead", envelope.to_json(), headers)
        bus.publisher(broker, Exchange("")).publish([message])
    return message.id


@pytest.fixture
def letter(settings, handlers) -> str:
    """The id of a dead letter that its publisher has signed."""
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", handlers.event_types)
    envelope = an_envelope(happened(1))
    return bury(settings, envelope, envelope.to_json())


@pytest.fixture
def forged(settings, letter) -> str:
    """The id of one that says another thing than what was signed."""
    return bury(settings, an_envelope(happened(2)), an_envelope(happened(1)).to_json())


def put_back(settings, sessions) -> int:
    with bus.connect(settings.broker_url) as broker:
        return second_tries.put_back(sessions, "sample", broker, KEYS)


def test_a_worker_tries_again_what_it_is_asked_to(sessions, settings, handlers, letter, capsys):
    worker = Worker(handlers, settings)
    worker.start()
    try:
        eventually(worker.is_ready)
        run_transaction(sessions, "sample", lambda uow: second_tries.ask(uow.connection))
        eventually(lambda: numbers_heard(sessions) == [1])
        assert dead_letters(settings, capsys) == []
    finally:
        worker.stop()


def test_what_is_put_back_has_all_its_tries_before_it(sessions, settings, letter):
    assert put_back(settings, sessions) == 1
    with sessions() as session:
        row = session.execute(select(deferred_event)).one()
    assert (str(row.event_id), row.tries, row.error) == (letter, 1, "DeadBefore('poison')")


def test_a_forged_letter_stays_however_often_somebody_asks(sessions, settings, letter, forged, capsys):
    """RabbitMQ 4 drops what was delivered twenty times."""
    assert [put_back(settings, sessions) for _ in range(25)] == [1, *[0] * 24]
    [left] = dead_letters(settings, capsys)
    assert (left["id"], left["error"], left["tries"]) == (forged, "poison", 9)
    with sessions() as session:
        assert session.scalars(select(deferred_event.c.event_id)).all() != [forged]
