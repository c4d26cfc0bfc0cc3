"""What falls due and what comes in, which several reports lay out in their own way."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.expected import expected
from services.reporting.queries.holders import holders
from services.reporting.queries.received import received
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
    "running when that day began, by the schedule that counted then; what was paid ahead is not taken off it. "
    "Collected is all that came in by its value date, whenever it had fallen due, less what was taken back, on the day "
    "it was taken back; recoveries of written-off loans are left out. Difference = collected - expected. Collected of "
    "expected = collected / expected x 100. Who had the union on the day has the figure."
)
SOURCE = (
    "CGAP Occasional Paper 3 (Rosenberg 1999): collection rates set what was collected against what fell due. All "
    "money counts here, late and early; the on-time rate counts only what came in on what first fell due."
)
TOTALS = "Amounts and payments are the sums of the rows; collected of expected is that of the sums."


@dataclass(frozen=True, slots=True)
class Day:
    """What was expected, and came in, on one day in one union, and whose union that was; no officer is None."""

    day: date
    union_id: UUID
    officer_id: UUID | None
    expected: Decimal = ZERO
    collected: Decimal = ZERO
    payments: int = 0


def days(connection: Connection, asked: Asked) -> list[Day]:
    """All days and unions with anything, in no order; more than one may be of the same day and union."""
    held = holders(connection)
    found = [
        Day(due.day, due.union_id, held.officer_on(due.union_id, due.day), expected=due.total)
        for due in expected(connection, asked.window)
    ]
    found += [
        Day(
            money.day,
            money.union_id,
            held.officer_on(money.union_id, money.day),
            collected=money.collected - money.recovered,
            payments=money.payments - money.recoveries,
        )
        for money in received(connection, asked.window)
    ]
    # What was only put on other instalments, or was a recovery, is neither expected nor collected here.
    counted = (day for day in found if day.expected or day.collected or day.payments)
    return [day for day in counted if asked.officers is None or day.officer_id in asked.officers]


def by(found: Iterable[Day], key: Callable[[Day], K]) -> dict[K, Cells]:
    """The figures of days, added up by a key."""
    groups: defaultdict[K, list[Day]] = defaultdict(list)
    for day in found:
        groups[key(day)].append(day)
    return {name: figures(group) for name, group in groups.items()}


def figures(found: Iterable[Day]) -> Cells:
    """The cells of COLUMNS for these days together; no rate where nothing was expected."""
    group = list(found)
    due = sum((day.expected for day in group), ZERO)
    collected = sum((day.collected for day in group), ZERO)
    return {
        "expected": due,
        "collected": collected,
        "difference": collected - due,
        "rate": percent(collected, due),
        "payments": sum(day.payments for day in group),
    }


def series(found: Iterable[Day], asked: Asked) -> Series:
    """Expected and collected along the period."""
    group = list(found)
    return series_of(
        asked.first,
        asked.last,
        {
            "Expected": ((day.day, day.expected) for day in group),
            "Collected": ((day.day, day.collected) for day in group),
        },
    )
