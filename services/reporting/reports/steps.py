"""The steps along a chart: the days of a short period, the months of a long one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from services.reporting.domain.calendar import label
from services.reporting.reports.definition import Line, Series
from shared.files.columns import Kind
from shared.money import ZERO

_MOST_DAYS = 62


@dataclass(frozen=True, slots=True)
class Steps:
    """The first days of all steps of a period, and the step that a day lies in."""

    firsts: Sequence[date]
    of: Callable[[date], date]
    labels: Sequence[str]

    def sums(self, amounts: Iterable[tuple[date, Decimal]]) -> list[Decimal]:
        """The amounts of days, added up by step; zero where there are none."""
        totals = dict.fromkeys(self.firsts, ZERO)
        for day, amount in amounts:
            totals[self.of(day)] += amount
        return list(totals.values())


def steps(first: date, last: date) -> Steps:
    """Those of a period, both its ends included."""
    days = (last - first).days + 1
    if days <= _MOST_DAYS:
        firsts = [first + timedelta(days=number) for number in range(days)]
        return Steps(firsts, lambda day: day, [f"{day.day} {day:%b}" for day in firsts])
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    firsts = [date(number // 12, number % 12 + 1, 1) for number in months]
    return Steps(firsts, lambda day: day.replace(day=1), [label(month) for month in firsts])


def series_of(first: date, last: date, lines: Mapping[str, Iterable[tuple[date, Decimal]]]) -> Series:
    """A chart of amounts: each line by its name, with the amounts of days."""
    along = steps(first, last)
    return Series(along.labels, [Line(name, Kind.AMOUNT, along.sums(amounts)) for name, amounts in lines.items()])
