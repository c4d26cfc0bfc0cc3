"""The simulation against what is known of queues."""

import pytest

from bench.simulation import Journey, Machine, Piece, closed, open_ended

SOME = 20_000


def test_one_alone_takes_what_its_work_takes() -> None:
    journey = Journey([Piece("gateway", 2), Piece("lending-web", 3)])
    outcome = closed(Machine(2, {}), journey, at_once=1, requests=SOME)
    assert outcome.per_second == pytest.approx(1000 / 5, rel=0.03)


@pytest.mark.parametrize(
    ("cores", "workers", "bound"),
    [
        (2, {}, 2 / 5),
        (4, {}, 4 / 5),
        (4, {"lending-web": 1}, 1 / 3),
        (4, {"lending-web": 2, "gateway": 1}, 1 / 2),
    ],
)
def test_many_get_what_the_narrowest_place_lets_through(cores: int, workers: dict[str, int], bound: float) -> None:
    journey = Journey([Piece("gateway", 2), Piece("lending-web", 3)])
    outcome = closed(Machine(cores, workers), journey, at_once=64, requests=SOME)
    assert outcome.per_second == pytest.approx(1000 * bound, rel=0.05)


def test_what_goes_on_afterwards_takes_its_share_of_the_cores() -> None:
    journey = Journey([Piece("payments-web", 4)], afterwards=[Piece("lending-worker", 2), Piece("reporting-worker", 4)])
    outcome = closed(Machine(2, {}), journey, at_once=64, requests=SOME)
    assert outcome.per_second == pytest.approx(1000 * 2 / 10, rel=0.05)


@pytest.mark.parametrize("load", [0.3, 0.6])
def test_who_comes_by_chance_waits_as_one_queue_before_one_server(load: float) -> None:
    """M/M/1 with shared turns: the time in the system is exponential with the mean service / (1 - load)."""
    outcome = open_ended(Machine(1, {}), Journey([Piece("gateway", 10)]), per_second=load * 100, requests=2 * SOME)
    assert outcome.per_second == pytest.approx(load * 100, rel=0.05)
    mean = 10 / (1 - load)
    # Sharing in turns has the same mean, and a median below that of a queue.
    assert 0.4 * mean < outcome.p50 < 0.75 * mean
