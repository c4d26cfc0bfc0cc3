"""Whether somebody pays on time, from the days instalments fell due and were covered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DueLine:
    """An instalment: when it fell due, and the value date of the payment that covered it, None while it is open."""

    due_on: date
    covered_on: date | None


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Of the instalments that fell due: covered by their day, covered later, and still open after it;
    `longest_late_days` is how many days the slowest of them took or takes."""

    on_time: int
    late: int
    unpaid: int
    longest_late_days: int

    @property
    def due(self) -> int:
        """How many there are."""
        return self.on_time + self.late + self.unpaid

    @property
    def on_time_rate(self) -> Decimal | None:
        """The fraction that was covered by its day (0.9 is nine of ten); None of nothing."""
        return Decimal(self.on_time) / self.due if self.due else None


def punctuality(lines: Iterable[DueLine], *, today: date) -> Punctuality:
    """How punctual the instalments were that fell due by today. One that is due today and open says nothing yet, nor
    does one that was covered ahead of a later day."""
    on_time = late = unpaid = longest = 0
    for line in lines:
        if line.due_on > today or (line.due_on == today and line.covered_on is None):
            continue
        days_late = max(0, ((line.covered_on or today) - line.due_on).days)
        longest = max(longest, days_late)
        if line.covered_on is None:
            unpaid += 1
        elif days_late:
            late += 1
        else:
            on_time += 1
    return Punctuality(on_time, late, unpaid, longest)
