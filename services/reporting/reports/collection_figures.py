"""What falls due and what comes in, which several reports lay out in their own way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import Connection

from services.reporting.queries.expected import Expected, expected
from services.reporting.queries.received import Received, received
from services.reporting.queries.window import Holding
from services.reporting.reports.definition import Asked, Cells, Series
from services.reporting.reports.ratios import percent
from services.reporting.reports.steps import series_of
from shared.files.columns import Column, Kind
from shared.money import ZERO

K = TypeVar("K")

COLUMNS = (
    Column("expected", "Expected", Kind.AMOUNT),
    Column("collected", "Collected", Kind.AMOUNT),
    Column("difference", "Difference", Kind.AMOUNT),
    Column("rate", "Collected of expected", Kind.PERCENT),
    Column("payments", "Payments", Kind.COUNT),
)
FORMULA = (
    "Expected is the principal and interest that the schedules have falling due on a day, of the loans that were "
    "running when that day began, by the schedule that counted then; what was paid ahead is not taken off it, and what "
    "a reschedule puts later falls due again. Collected is all that came in by its value date, whenever it had fallen "
    "due, less what was taken back, on the day it was taken back; recoveries of written-off loans are left out. "
    "Difference = collected - expected. Collected of expected = collected / expected x 100. Who had the union on the "
    "day has the figure."
)
SOURCE = (
    "CGAP Occasional Paper 3 (Rosenberg 1999): collection rates set what was collected against what fell due. All "
    "money counts here, late and early; the on-time rate counts only what came in on what first fell due."
)
TOTALS = "Amounts and payments are the sums of the rows; collected of expected is that of the sums."


@dataclass(frozen=True, slots=True)
class Collected:
    """What was expected, and what came in, of anything."""

    expected: Decimal = ZERO
    collected: Decimal = ZERO
    payments: int = 0

    def cells(self) -> Cells:
        """The cells of COLUMNS; no rate where nothing was expected."""
        return {
            "expected": self.expected,
            "collected": self.collected,
            "difference": self.collected - self.expected,
            "rate": percent(self.collected, self.expected),
            "payments": self.payments,
        }


@dataclass(frozen=True, slots=True)
class Collections:
    """What was expected, and what came in, by day, and the same by union and officer."""

    by_day: Mapping[date, Collected]
    by_union: Mapping[Holding, Collected]

    @property
    def total(self) -> Collected:
        """All together."""
        return summed(self.by_day.values())

    def series(self, asked: Asked) -> Series:
        """Expected and collected along the period."""
        lines = {
            "Expected": ((day, each.expected) for day, each in self.by_day.items()),
            "Collected": ((day, each.collected) for day, each in self.by_day.items()),
        }
        return series_of(asked.first, asked.last, lines)


def collections(connection: Connection, asked: Asked) -> Collections:
    """Those of the period."""
    due, money = expected(connection, asked.window), received(connection, asked.window)
    return Collections(_both(due.by_day, money.by_day), _both(due.by_union, money.by_union))


def summed(every: Iterable[Collected]) -> Collected:
    """All of these together."""
    group = list(every)
    return Collected(
        sum((each.expected for each in group), ZERO),
        sum((each.collected for each in group), ZERO),
        sum(each.payments for each in group),
    )


def _both(due: Mapping[K, Expected], money: Mapping[K, Received]) -> dict[K, Collected]:
    nothing_due, no_money = Expected(ZERO), Received()
    found = {key: _collected(due.get(key, nothing_due), money.get(key, no_money)) for key in {**due, **money}}
    # What was only put on other instalments, or was a recovery, is neither expected nor collected here.
    return {key: each for key, each in found.items() if each != Collected()}


def _collected(due: Expected, money: Received) -> Collected:
    return Collected(due.total, money.collected - money.recovered, money.payments - money.recoveries)
