import pytest

from bench.calibration import Calibration, Mark
from bench.driver import Answers
from bench.measurement import Cost, Figures, Measurement, cost_per_request, figures_of
from bench.results import Results, figures
from bench.verdicts import verdicts

H = 0.5


def measured(operation: str, at_once: int, per_second: float, p50: float, p99: float, kind: str = "") -> Measurement:
    found = Figures(100, per_second, p50, p99, p99, errors=0, refused=0, behind=0)
    return Measurement(operation, at_once, found, {kind or operation: found}, driver_cpu=0.1)


def results(*measurements: Measurement, last: float = H) -> Results:
    parts = ["the start", *(each.operation for each in measurements)]
    marks = [*(Mark(part, H, H) for part in parts), Mark("the end", last, last)]
    return Results("abc", 10_000, "2 cores", Calibration(marks), list(measurements))


def judged(*measurements: Measurement) -> dict[str, tuple[str, bool]]:
    return {each.what: (each.found, each.is_met) for each in verdicts(results(*measurements), {})}


def test_throughput_is_judged_in_requests_per_h() -> None:
    # 204 a second are the 102 per H of the reference where H is half a second.
    assert judged(measured("me", 64, 204, 1, 1))["me: 1.0 times the reference"] == ("102 per H", False)
    assert judged(measured("me", 64, 820, 1, 1))["me: 4.0 times the reference"] == ("410 per H", True)


def test_only_as_many_at_once_as_the_reference_had_are_held_against_it() -> None:
    assert not any("reference" in what for what in judged(measured("me", 16, 204, 1, 1)))
    assert "login: 3.8 times the reference" in judged(measured("login", 16, 4, 1, 1))


def test_what_is_alone_is_judged_in_parts_of_h() -> None:
    found = judged(measured("record_repayment", 1, 50, 17.5, 35))
    assert found["record_repayment alone: p50"] == ("0.035 H", True)
    assert found["record_repayment alone: p99"] == ("0.07 H", False)


def test_the_wait_for_a_loan_is_judged_at_16_at_once() -> None:
    assert judged(measured("create_loan", 16, 50, 10, 260))["create_loan, 16 at once: p99"] == ("0.52 H", False)


def test_reports_of_the_large_book_are_judged_by_whose_they_are() -> None:
    run = results()
    run.large_loans = 200_000
    run.large = [measured("dashboard", 1, 5, 200, 310), measured("dashboard by a supervisor", 1, 50, 20, 59)]
    found = {each.what: (each.found, each.is_met) for each in verdicts(run, {})}
    assert found["dashboard at 200,000 loans: p95"] == ("310 ms", False)
    assert found["dashboard by a supervisor at 200,000 loans: p95"] == ("59 ms", True)


def test_idle_work_is_taken_off_the_cost_of_a_request() -> None:
    used = {"lending-worker": 1.0, "gateway": 0.5, "epmd": 0.0}
    found = cost_per_request(used, {"lending-worker": 0.02, "epmd": 0.01}, seconds=10, requests=100)
    assert found == pytest.approx({"lending-worker": 8.0, "gateway": 5.0, "epmd": 0.0})


def test_a_load_gives_rates_and_latencies_of_what_succeeded() -> None:
    answers = Answers([0.010, 0.020, 0.030, 0.040], broken=1)
    answers.statuses.update({200: 4, 500: 2, 429: 3})
    assert figures_of(answers, seconds=2) == Figures(4, 2.0, 30.0, 40.0, 40.0, errors=3, refused=3, behind=0)


def test_figures_of_a_run_are_in_units_that_hold_on_any_machine() -> None:
    run = results(measured("get_loan", 64, 200, 50, 100))
    run.costs = [Cost("get_loan", 16, 480, {"gateway": 1.0, "lending-web": 4.0}, settled=0.5)]
    run.memory = {"gateway": 80_000_000, "postgres": 500_000_000}
    found = {(each.about, each.name): (each.value, each.unit) for each in figures(run)}
    assert found == {
        ("get_loan, 64 at once", "throughput"): (100.0, "per H"),
        ("get_loan, 64 at once", "p50"): (0.1, "H"),
        ("get_loan, 64 at once", "p99"): (0.2, "H"),
        ("get_loan, 16 at once", "CPU per request"): (0.01, "H"),
        ("memory", "all but PostgreSQL"): (80.0, "MB"),
    }


def test_nothing_that_depends_on_h_is_steady_when_h_changed_during_the_run() -> None:
    steady = {each.about: each.is_steady for each in figures(results(measured("me", 64, 1, 1, 1), last=H))}
    changed = {each.about: each.is_steady for each in figures(results(measured("me", 64, 1, 1, 1), last=2 * H))}
    assert (steady, changed) == ({"me, 64 at once": True}, {"me, 64 at once": False})
