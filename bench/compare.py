"""Two versions held against each other, figure by figure: what is better, and what is worse than it may be."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.report import table
from bench.results import Figure
from bench.verdicts import figure

LEAST = 0.95
"""A figure that is worse than so many times what it was is marked."""


class NotComparable(Exception):
    """A file is no saved run of this kind, or the runs have nothing in common."""


@dataclass(frozen=True, slots=True)
class Run:
    """One saved run."""

    code: str
    loans: int
    hash_seconds: float
    failed: int
    figures: Mapping[tuple[str, str], Figure]


@dataclass(frozen=True, slots=True)
class Change:
    """One figure before and after, in its unit; `ratio` is above 1 when it has become better."""

    about: str
    name: str
    unit: str
    before: float
    after: float
    ratio: float
    is_steady: bool

    @property
    def is_worse(self) -> bool:
        return self.ratio < LEAST


def read_run(path: Path) -> Run:
    """A run as it was saved. Raises NotComparable."""
    try:
        saved = json.loads(path.read_text())
        found = [Figure(**each) for each in saved["figures"]]
        by_name = {(each.about, each.name): each for each in found}
        return Run(saved["code"], saved["loans"], saved["hash_seconds"], saved["failed"], by_name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotComparable(f"{path} is no saved run of this bench: {error!r}") from error


def changes(before: Sequence[Run], after: Sequence[Run]) -> list[Change]:
    """The median of each figure over the runs before and those after; only what all runs have, in the first's order.

    Raises NotComparable.
    """
    every = (*before, *after)
    if len({run.loans for run in every}) > 1:
        raise NotComparable("The runs are of books of different sizes.")
    shared = [key for key in before[0].figures if all(key in run.figures for run in every)]
    if not shared:
        raise NotComparable("The runs have no figure in common.")
    return [change for key in shared if (change := _change(key, before, after))]


def _change(key: tuple[str, str], before: Sequence[Run], after: Sequence[Run]) -> Change | None:
    then, now = _median(key, before), _median(key, after)
    if then <= 0 or now <= 0:
        return None
    of_all = [run.figures[key] for run in (*before, *after)]
    ratio = now / then if of_all[0].more_is_better else then / now
    return Change(*key, of_all[0].unit, then, now, ratio, all(each.is_steady for each in of_all))


def _median(key: tuple[str, str], runs: Sequence[Run]) -> float:
    return median(run.figures[key].value for run in runs)


def show_changes(before: Sequence[Run], after: Sequence[Run]) -> None:
    """Print the ratios, and mark what is worse than it may be. Raises NotComparable."""
    found = changes(before, after)
    for name, runs in (("before", before), ("after", after)):
        hashes = ", ".join(f"{run.hash_seconds * 1000:.0f}" for run in runs)
        failed = ", ".join(str(run.failed) for run in runs)
        print(f"{name}: {runs[0].code}; {len(runs)} run(s), H = {hashes} ms, failed requests: {failed}")
    print(f"Ratios above 1 are better; below {LEAST} stands WORSE; ~ where H was off, which proves nothing.\n")
    print(table([["", "", "before", "after", "unit", "ratio", ""], *map(_row, found)]))
    print(f"\n{sum(change.is_worse for change in found)} of {len(found)} figures are below {LEAST}.")


def _row(change: Change) -> Sequence[str]:
    mark = ("WORSE" if change.is_worse else "") + ("" if change.is_steady else " ~")
    values = [figure(change.before), figure(change.after), change.unit, f"{change.ratio:.2f}"]
    return [change.about, change.name, *values, mark]
