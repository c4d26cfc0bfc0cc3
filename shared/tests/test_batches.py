"""What is published together is handled together, and nothing is waited for that does not come."""

import pytest
from sqlalchemy import func, select

from shared.db import run_transaction
from shared.messaging import consumer
from shared.messaging.batches import HEADER, brings_more, followed_by
from shared.messaging.inbox import inbox
from shared.testing import eventually
from shared.tests.conftest import happened, numbers_heard
from shared.worker import Worker


@pytest.mark.parametrize(
    ("following", "is_more"),
    [
        pytest.param([], False, id="the last of all"),
        pytest.param(["sample.other.happened.v1"], False, id="the last one here"),
        pytest.param(["sample.other.happened.v1", "sample.thing.happened.v1"], True, id="one of several"),
    ],
)
def test_a_message_says_whether_more_comes_after_it(following, is_more):
    assert brings_more(followed_by(following), {"sample.thing.happened.v1"}) is is_more


@pytest.mark.parametrize("headers", [{}, {HEADER: 1}], ids=["of the release before", "unreadable"])
def test_a_message_that_does_not_say_promises_nothing(headers):
    assert brings_more(headers, {"sample.thing.happened.v1"}) is None


def publish(sessions, *numbers):
    def work(uow):
        for number in numbers:
            uow.publish(happened(number))

    run_transaction(sessions, "sample", work)


def test_what_one_transaction_publishes_is_handled_in_one(sessions, handlers, settings, monkeypatch):
    # Five milliseconds are enough on a machine that does nothing else.
    monkeypatch.setattr(consumer, "PROMISED_SECONDS", 5.0)
    worker = Worker(handlers, settings)
    worker.start()
    try:
        for first in range(0, 30, 3):
            run_transaction(
                sessions, "sample", lambda uow, first=first: [uow.publish(happened(first + n)) for n in range(3)]
            )
            eventually(lambda first=first: numbers_heard(sessions) == list(range(first + 3)))
    finally:
        worker.stop()
    with sessions() as session:
        transactions = session.scalar(select(func.count(func.distinct(inbox.c.handled_at))))
    assert transactions == 10


def test_a_transaction_handles_no_more_events_than_the_service_says(sessions, handlers, settings):
    handlers.batch = 4
    worker = Worker(handlers, settings)
    worker.start()
    try:
        publish(sessions, *range(20))
        eventually(lambda: numbers_heard(sessions) == list(range(20)))
    finally:
        worker.stop()
    with sessions() as session:
        counts = session.execute(select(func.count()).select_from(inbox).group_by(inbox.c.handled_at)).scalars().all()
    assert max(counts) <= 4
