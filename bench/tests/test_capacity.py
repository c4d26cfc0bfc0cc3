"""From the CPU of a saved run to processes and cores."""

import json
from pathlib import Path

import pytest

from bench.capacity import busiest, journey_of, needs, read_measured, show_capacity, simulated
from bench.compare import NotComparable
from bench.simulation import Piece

CPU = {"gateway": 2.0, "lending-web": 3.0, "postgres": 4.0, "lending-worker": 1.0, "rabbitmq": 0.5}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run whose mixed day takes 10.5 ms of CPU a request, with a driver that takes none."""
    path = tmp_path / "run.json"
    cpu = CPU | {"gateway": 1.5, "gateway-2": 0.5, "postgres upkeep": 9.0, "template": 9.0}
    points = [{"operation": "mixed_day", "concurrency": 64, "total": {"per_second": 190.0}, "driver_cpu": 0.0}]
    costs = [{"operation": "mixed_day", "cpu": cpu}]
    path.write_text(json.dumps({"machine": "2 cores, Python 3", "measurements": points, "costs": costs}))
    return path


def test_the_database_works_for_those_who_ask_and_for_those_who_follow() -> None:
    journey = journey_of(CPU, driver_cpu=0.2)
    database = [piece.milliseconds for piece in (*journey.pieces, *journey.afterwards) if piece.process == "postgres"]
    assert database == [3.0, 1.0]
    assert journey.pieces[0] == journey.pieces[-1] == Piece("driver", 0.1)
    assert sum(piece.milliseconds for piece in (*journey.pieces, *journey.afterwards)) == pytest.approx(10.7)


def test_processes_of_a_kind_are_added_up_and_upkeep_is_left_out(run: Path) -> None:
    assert read_measured(run).costs["mixed_day"] == CPU


def test_a_point_is_simulated_on_the_machine_that_it_was_measured_on(run: Path) -> None:
    measured = read_measured(run)
    outcome = simulated(measured, measured.points[0])
    assert outcome
    assert outcome.per_second == pytest.approx(2 / 0.0105, rel=0.1)


def test_half_of_each_process_is_kept_free_in_the_busiest_hour() -> None:
    rate = busiest(14_400)
    assert rate == 100
    found = {need.process: (need.cores, need.workers) for need in needs(CPU, rate)}
    assert found["lending-web"] == (pytest.approx(0.3), 1)
    assert found["postgres"] == (pytest.approx(0.4), 1)
    assert {need.process: need.workers for need in needs(CPU, 10 * rate)}["lending-web"] == 6


def test_what_an_institution_needs_is_printed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_capacity(run, 14_400) == 0
    printed = capsys.readouterr().out
    assert "14,400 officers: 100 requests a second" in printed
    assert "On 3 cores" in printed


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(NotComparable):
        read_measured(tmp_path / "other.json")
