"""First come, first served, and nobody waits for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor

import gevent.event
import pytest

from gateway.tests.services import Services
from gateway.upstreams.client import Upstream, UpstreamSlow
from gateway.upstreams.fair_queue import FairQueue
from shared.testing import eventually

SECONDS = 10


def test_those_who_wait_are_let_in_in_their_order() -> None:
    queue, order = FairQueue(1), []

    def come(number: int) -> None:
        with queue.turn(SECONDS):
            order.append(number)

    with ThreadPoolExecutor(8) as people:
        with queue.turn(SECONDS):
            for number in range(8):
                people.submit(come, number)
                eventually(lambda waiting=number + 1: len(queue._waiting) == waiting)
        people.shutdown()
    assert order == list(range(8))


def test_never_more_are_in_than_may_be() -> None:
    queue, inside, most = FairQueue(3), [], []
    together = threading.Barrier(3)

    def come(_: int) -> None:
        with queue.turn(SECONDS):
            inside.append(1)
            most.append(len(inside))
            together.wait(SECONDS)
            inside.pop()

    with ThreadPoolExecutor(12) as people:
        assert len(list(people.map(come, range(12)))) == 12
    assert max(most) == 3


def test_who_gives_up_leaves_the_line_and_the_next_is_let_in() -> None:
    queue = FairQueue(1)
    with queue.turn(SECONDS), pytest.raises(TimeoutError), queue.turn(0.01):
        pytest.fail("let in while another was")
    with queue.turn(0.01):
        assert not queue._waiting


def test_who_is_ended_while_waiting_takes_no_turn_along(monkeypatch: pytest.MonkeyPatch) -> None:
    # As it is where gevent has patched the standard library.
    monkeypatch.setattr("gateway.upstreams.fair_queue.Event", gevent.event.Event)
    queue = FairQueue(1)
    with queue.turn(SECONDS):
        waiting = gevent.spawn(queue._begin, SECONDS)
        gevent.sleep(0)
        assert len(queue._waiting) == 1
        waiting.kill()
    with queue.turn(0.01):
        assert not queue._waiting


def test_a_turn_ends_with_its_error() -> None:
    queue = FairQueue(1)
    with pytest.raises(ZeroDivisionError), queue.turn(SECONDS):
        raise ZeroDivisionError
    with queue.turn(0.01):
        pass


@pytest.fixture
def busy(services: Services) -> Upstream:
    """A service of which one read may be asked at once, and one is."""
    return Upstream("lending", services.environment["LENDING_URL"], read_seconds=0.3, reads_at_once=1)


def test_a_read_that_gets_no_turn_is_answered_in_time_and_a_write_needs_none(busy: Upstream) -> None:
    with busy._reads.turn(SECONDS):
        with pytest.raises(UpstreamSlow):
            busy.send("GET", "/loans")
        assert busy.send("POST", "/loans").status == 200
    assert busy.send("GET", "/loans").status == 200
    busy.close()
