"""Several relays of one outbox: which lanes each has, and that events of an aggregate leave in their order."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from shared.db import Sessions, run_transaction
from shared.ids import new_id
from shared.messaging import bus, lanes
from shared.messaging.lanes import LANE_OF_EVENT, LANES, Lanes
from shared.messaging.relay import Relay
from shared.postgres.urls import libpq_url
from shared.settings import BaseSettings
from shared.testing import eventually
from shared.tests.conftest import Happened
from shared.tests.test_delivery import tell, waiting

_AGGREGATES, _WRITERS, _ROUNDS = 40, 4, 30
_OF_THE_RELEASE_BEFORE = "SELECT pg_try_advisory_lock(hashtext('outbox relay of ' || current_schema()))"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lanes are shared whenever somebody asks."""
    monkeypatch.setattr(lanes, "LOOK_SECONDS", 0.0)


@contextmanager
def session_of(settings: BaseSettings) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(settings.database_url), autocommit=True) as database:
        yield database


def joined(database: psycopg.Connection) -> Lanes:
    relay = Lanes(database)
    assert relay.join()
    return relay


def test_who_is_alone_has_all_lanes(sessions: Sessions, settings: BaseSettings, at_once: None) -> None:
    with session_of(settings) as database:
        relay = joined(database)
        relay.take_share()
        assert sorted(relay.held) == list(range(LANES))


@pytest.mark.parametrize("number", [2, 3, 5, LANES + 1])
def test_each_lane_is_held_by_one_and_nobody_has_much_more_than_another(
    sessions: Sessions, settings: BaseSettings, at_once: None, number: int
) -> None:
    with ExitStack() as stack:
        relays = []
        for _ in range(number):
            relays.append(joined(stack.enter_context(session_of(settings))))
            relays[-1].take_share()
        for relay in relays * 2:
            relay.take_share()
        assert sorted(lane for relay in relays for lane in relay.held) == list(range(LANES))
        assert max(len(relay.held) for relay in relays) <= -(-LANES // number)


def test_the_lanes_of_one_that_is_gone_are_taken_over(
    sessions: Sessions, settings: BaseSettings, at_once: None
) -> None:
    with session_of(settings) as database:
        relay = joined(database)
        with session_of(settings) as other:
            gone = joined(other)
            for each in (relay, gone, relay, gone):
                each.take_share()
            assert len(relay.held) == len(gone.held) == LANES // 2
        eventually(lambda: relay.take_share() or len(relay.held) == LANES)


def test_none_begins_beside_a_relay_of_the_release_before_nor_that_beside_it(
    sessions: Sessions, settings: BaseSettings
) -> None:
    with session_of(settings) as of_before, session_of(settings) as database:
        assert of_before.execute(_OF_THE_RELEASE_BEFORE).fetchone() == (True,)
        assert not Lanes(database).join()
        of_before.execute("SELECT pg_advisory_unlock_all()")
        joined(database)
        assert of_before.execute(_OF_THE_RELEASE_BEFORE).fetchone() == (False,)


def test_events_of_an_aggregate_share_a_lane_and_aggregates_are_spread(
    sessions: Sessions, settings: BaseSettings
) -> None:
    tell(sessions, *range(400))
    with session_of(settings) as database:
        events = database.execute(f"SELECT {LANE_OF_EVENT}, count(*) FROM outbox GROUP BY 1").fetchall()
    assert {lane for lane, _ in events} == set(range(LANES))
    assert max(count for _, count in events) < 3 * 400 / LANES


def test_several_relays_carry_everything_once_and_each_aggregate_in_its_order(
    sessions: Sessions, settings: BaseSettings
) -> None:
    """While relays come and go, whose lanes pass from one to another."""
    aggregates, chance = [new_id() for _ in range(_AGGREGATES)], random.Random(1)
    with bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", ["sample.thing.happened.v1"])
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(running(settings))
        with ThreadPoolExecutor(_WRITERS) as pool:
            parts = [aggregates[place::_WRITERS] for place in range(_WRITERS)]
            written = [pool.submit(write, sessions, part) for part in parts]
            while not all(one.done() for one in written):
                with running(settings):
                    # The random moment at which it goes.
                    time.sleep(chance.uniform(0.2, 1.5))
        eventually(lambda: waiting(sessions) == 0, seconds=30)
    versions = defaultdict(list)
    for body in arrived(settings, _AGGREGATES * _ROUNDS):
        versions[body["aggregate_id"]].append(body["version"])
    assert versions == {str(each): list(range(1, _ROUNDS + 1)) for each in aggregates}


def write(sessions: Sessions, aggregates: list) -> None:
    for version in range(1, _ROUNDS + 1):
        run_transaction(
            sessions, "sample", lambda uow, at=version: [uow.publish(Happened(each, at, at)) for each in aggregates]
        )
        # So that the writing lasts over several looks of the relays at their lanes.
        time.sleep(0.1)


@contextmanager
def running(settings: BaseSettings) -> Iterator[None]:
    relay, stopping = Relay("sample", settings), threading.Event()
    thread = threading.Thread(target=relay.run, args=(stopping.wait,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(10)
        assert not thread.is_alive()


def arrived(settings: BaseSettings, number: int) -> list:
    """So many messages of the queue of the service, in their order there, with whatever comes after them."""
    found: list = []
    with bus.connect(settings.broker_url) as broker:
        queue = bus.declare(broker, "sample", ["sample.thing.happened.v1"])
        with broker.Consumer(queue, on_message=lambda message: found.append(message.payload), accept=["json"]):
            while bus.drain(broker, 5.0 if len(found) < number else 0.5):
                pass
    return found


def test_a_relay_carries_its_own_lanes_and_no_others(sessions: Sessions, settings: BaseSettings, at_once: None) -> None:
    with session_of(settings) as database, bus.connect(settings.broker_url) as broker:
        bus.declare(broker, "sample", ["sample.thing.happened.v1"])
        idle = joined(database)
        with running(settings):
            eventually(lambda: idle.take_share() or len(idle.held) == LANES // 2)
            tell(sessions, *range(200))
            eventually(lambda: lanes_waiting(database) == set(idle.held))
    with running(settings):
        eventually(lambda: waiting(sessions) == 0)


def lanes_waiting(database: psycopg.Connection) -> set[int]:
    rows = database.execute(f"SELECT DISTINCT {LANE_OF_EVENT} FROM outbox WHERE published_at IS NULL").fetchall()
    return {lane for (lane,) in rows}
