"""What a loan was agreed on, and the days it is due. Months count from the base day, so the 31st never drifts."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from shared.errors import RuleViolated
from shared.money import CENT

LARGEST_AMOUNT = Decimal("999999999999.99")
LONGEST_TERM = 3650


class InvalidTerms(RuleViolated):
    """These terms cannot make a loan."""


class TermUnit(StrEnum):
    """The time from one instalment to the next."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


PERIODS_PER_YEAR = {TermUnit.DAY: 365, TermUnit.WEEK: 52, TermUnit.MONTH: 12}


@dataclass(frozen=True, slots=True)
class Terms:
    """The agreed numbers of a loan. `annual_rate` is a fraction per year (0.24 is 24 %)."""

    principal: Decimal
    annual_rate: Decimal
    term_count: int
    term_unit: TermUnit

    def __post_init__(self) -> None:
        if not 1 <= self.term_count <= LONGEST_TERM:
            raise InvalidTerms(f"A loan has between 1 and {LONGEST_TERM} instalments.", field="termCount")
        if self.principal < CENT * self.term_count:
            raise InvalidTerms(
                f"The principal is too small for {self.term_count} instalments.", field="principalAmount"
            )


def due_dates(base_day: date, count: int, unit: TermUnit) -> tuple[date, ...]:
    """The days `count` instalments are due, one `unit` apart, the first one unit after the base day.

    A month step lands on the same day of the month, or on the last one of a shorter month: 31 January, 28 February,
    31 March. Raises InvalidTerms when the last day lies beyond the calendar.
    """
    try:
        return tuple(_later(base_day, steps, unit) for steps in range(1, count + 1))
    except OverflowError:
        raise InvalidTerms(f"The last instalment would be due after the year {MAXYEAR}.", field="startDate") from None


def _later(base_day: date, steps: int, unit: TermUnit) -> date:
    match unit:
        case TermUnit.DAY:
            return base_day + timedelta(days=steps)
        case TermUnit.WEEK:
            return base_day + timedelta(weeks=steps)
        case TermUnit.MONTH:
            return _months_later(base_day, steps)


def _months_later(base_day: date, steps: int) -> date:
    years, month = divmod(base_day.month - 1 + steps, 12)
    year, month = base_day.year + years, month + 1
    if year > MAXYEAR:
        raise OverflowError("date value out of range")
    return date(year, month, min(base_day.day, monthrange(year, month)[1]))


def base_day(instant: datetime, zone: tzinfo) -> date:
    """The calendar day of an instant in the company's zone.

    Midnight UTC is how a bare day travels, and means that very day, also where it is still the day before.
    """
    instant = instant.astimezone(UTC)
    return instant.date() if instant.time() == time() else instant.astimezone(zone).date()
