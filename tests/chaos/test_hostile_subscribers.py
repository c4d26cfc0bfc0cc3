"""Subscribers from outside that do whatever they can, while people pay: nobody inside notices."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import amqp
import pytest
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from deploy.broker.subscribers import Subscribers
from deploy.local import rabbitmq
from deploy.local.platform import Platform
from shared.messaging import bus
from tests.chaos.payers import Payers
from tests.chaos.test_kills import assert_agreement
from tests.institution import Team
from tests.long_form import ROUNDS

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

LOANS, PAYMENTS = 4, 20
# The long form (`make chaos`) goes on for longer.
REFUSING = {"x-max-length": 5, "x-overflow": "reject-publish"}


def refuse(url: str) -> None:
    """The queue that once stopped the stream of money."""
    with bus.connect(url) as connection, connection.channel() as channel:
        channel.queue_declare("hostile.refuses", durable=True, auto_delete=False, arguments=REFUSING)
        channel.queue_bind("hostile.refuses", "mp.events", "payments.#")


def make_a_thousand_queues(url: str) -> None:
    for number in range(1000):
        with bus.connect(url) as connection, connection.channel() as channel:
            channel.queue_declare(f"hostile.{number}", durable=True, auto_delete=False)


def never_acknowledge(url: str) -> None:
    with bus.connect(url) as connection, connection.channel() as channel:
        channel.basic_consume("hostile", no_ack=False, callback=lambda _: None)
        with suppress(TimeoutError):
            connection.drain_events(timeout=1)


def fill_its_queue(url: str) -> None:
    with bus.connect(url) as connection:
        bus.publisher(connection, bus.EVENTS).publish([bus.Message("1", "payments.x.y.v1", "{}")] * 1000)


def hang_up_again_and_again(url: str) -> None:
    """Take what there is, and leave without a word."""
    connection = Connection(url)
    connection.connect()
    connection.channel().basic_consume("hostile", no_ack=False, callback=lambda _: None)
    connection.connection.transport.sock.close()


DEEDS: list[Callable[[str], None]] = [
    refuse, make_a_thousand_queues, never_acknowledge, fill_its_queue, hang_up_again_and_again,
]  # fmt: skip


@contextmanager
def attacking(url: str) -> Iterator[set[str]]:
    """Does all of it, one deed in a thread, until the block ends; the names of those that were refused."""
    stopping, refused = threading.Event(), set[str]()

    def go_on(deed: Callable[[str], None]) -> None:
        while not stopping.wait(0.1):
            try:
                deed(url)
            except (amqp.AMQPError, OperationalError):
                refused.add(deed.__name__)
            except OSError:
                continue

    threads = [threading.Thread(target=go_on, args=(deed,)) for deed in DEEDS]
    for thread in threads:
        thread.start()
    try:
        yield refused
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def url(platform: Platform) -> Iterator[str]:
    """How the hostile one signs in."""
    if not platform.broker.node:
        pytest.skip("Needs a private node, whose users can be made.")
    subscribers = Subscribers(partial(rabbitmq.control, platform.broker.node))
    password = subscribers.add("hostile", ["payments.#", "lending.#"])
    yield bus.outside(f"amqp://hostile:{password}@{platform.broker.url.rpartition('@')[2]}")
    subscribers.remove("hostile")


def repeated(platform: Platform) -> int:
    """How often a broker's refusal made a relay send its batch again."""
    logs = platform.logs.glob("*-worker*.log")
    return sum(log.read_text(errors="replace").count("the broker refused") for log in logs)


def test_no_subscriber_holds_up_or_repeats_anything_inside(platform: Platform, team: Team, url: str) -> None:
    payers = Payers(team, [team.active_loan()["id"] for _ in range(LOANS)])
    with attacking(url) as refused, payers.paying():
        for _ in range(ROUNDS):
            payers.wait_for_more(PAYMENTS)
    assert {"refuse", "make_a_thousand_queues", "fill_its_queue"} <= refused
    assert repeated(platform) == 0
    assert_agreement(platform, team, payers)
