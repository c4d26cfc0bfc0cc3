import json
from pathlib import Path

import pytest

from bench.compare import NotComparable, Run, changes, read_run, show_changes
from bench.results import Figure


def run(*figures: Figure, loans: int = 10_000) -> Run:
    return Run("abc", loans, 0.4, 0, {(each.about, each.name): each for each in figures})


def throughput(value: float, *, is_steady: bool = True) -> Figure:
    return Figure("me, 64 at once", "throughput", value, "per H", True, is_steady)


def latency(value: float) -> Figure:
    return Figure("me, 64 at once", "p99", value, "H", False, True)


def test_a_ratio_above_one_is_better_whether_more_or_less_is() -> None:
    found = changes([run(throughput(100), latency(0.2))], [run(throughput(150), latency(0.1))])
    assert [(each.name, each.ratio, each.is_worse) for each in found] == [
        ("throughput", 1.5, False),
        ("p99", 2.0, False),
    ]


@pytest.mark.parametrize(("after", "is_worse"), [(95.0, False), (94.9, True)])
def test_what_is_below_95_of_100_is_worse(after: float, is_worse: bool) -> None:
    (found,) = changes([run(throughput(100))], [run(throughput(after))])
    assert found.is_worse is is_worse


def test_of_several_runs_the_medians_are_compared() -> None:
    before = [run(throughput(value)) for value in (100, 101, 500)]
    (found,) = changes(before, [run(throughput(202))])
    assert (found.before, found.ratio) == (101, 2.0)


def test_one_unsteady_run_makes_a_ratio_prove_nothing() -> None:
    (found,) = changes([run(throughput(100, is_steady=False))], [run(throughput(100))])
    assert not found.is_steady


def test_only_what_both_have_is_compared() -> None:
    assert [each.name for each in changes([run(throughput(1), latency(1))], [run(latency(1))])] == ["p99"]


def test_books_of_different_sizes_are_not_compared() -> None:
    with pytest.raises(NotComparable, match="different sizes"):
        changes([run(throughput(1), loans=500)], [run(throughput(1))])


def test_what_is_no_saved_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"measurements": []}))
    for name in ("run.json", "nowhere.json"):
        with pytest.raises(NotComparable, match="no saved run"):
            read_run(tmp_path / name)


def test_what_is_worse_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    show_changes([run(throughput(100), latency(0.1))], [run(throughput(90), latency(0.1))])
    lines = capsys.readouterr().out.splitlines()
    (marked,) = [line for line in lines if line.endswith("WORSE")]
    assert marked.split()[-6:] == ["100", "90", "per", "H", "0.90", "WORSE"]
    assert lines[-1] == "1 of 2 figures are below 0.95."
