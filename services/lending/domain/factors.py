"""What share of an amount is charged as interest for one period, by each day count."""

from calendar import isleap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import lcm

from services.lending.domain.conventions import OURS, Conventions
from services.lending.domain.dates import regular_first_day
from services.lending.domain.terms import DayCount, Terms, TermUnit

PERIODS_PER_YEAR = {TermUnit.DAY: 365, TermUnit.WEEK: 52, TermUnit.MONTH: 12}
_DAYS_OF_UNIT = {TermUnit.DAY: 1, TermUnit.WEEK: 7, TermUnit.MONTH: 30}
_ACTUAL = {DayCount.ACTUAL_360: 360, DayCount.ACTUAL_364: 364, DayCount.ACTUAL_365: 365}
_COMMON_YEAR, _LEAP_YEAR = 365, 366


@dataclass(frozen=True, slots=True)
class Factor:
    """An interest factor as a quotient, so that an amount that ends in half a cent is seen to do so.

    6.00 x 0.13 / 12 is 0.065 exactly; by 0.010833... cut off after however many digits it would be less, and 0.06.
    """

    dividend: Decimal
    divisor: int

    def of(self, amount: Decimal) -> Decimal:
        """The interest on this amount, unrounded."""
        return amount * self.dividend / self.divisor

    @property
    def value(self) -> Decimal:
        """The factor as one number."""
        return self.dividend / self.divisor


def sum_of(factors: Sequence[Factor]) -> Factor:
    """The factor of all these periods together, exactly."""
    divisor = lcm(*{factor.divisor for factor in factors})
    return Factor(sum((factor.dividend * (divisor // factor.divisor) for factor in factors), Decimal(0)), divisor)


def regular_factor(terms: Terms, conventions: Conventions = OURS) -> Factor:
    """The factor of one of the equal periods of a year: 12 months, 52 weeks or 365 days. 24 % a week is 0.24 / 52."""
    divisor = conventions.periods_per_year or PERIODS_PER_YEAR[terms.term_unit]
    return Factor(terms.interest.annual_rate * terms.interest.repay_every, divisor)


def period_factors(
    terms: Terms, base_day: date, due_days: Sequence[date], conventions: Conventions = OURS
) -> tuple[Factor, ...]:
    """The factor of each period of a schedule, by the day count of its terms.

    Equal periods and 30-day months hold every period to be a whole one, but for a first one that an agreed first due
    date makes longer or shorter. The others count real days.
    """
    days, normal_days = first_period(terms, base_day, due_days[0], conventions)
    match terms.interest.day_count:
        case DayCount.EQUAL_PERIODS:
            regular = regular_factor(terms, conventions)
            broken = Factor(regular.dividend * days, regular.divisor * normal_days)
        case DayCount.THIRTY_360:
            regular = _thirty_360(terms, terms.interest.repay_every * _DAYS_OF_UNIT[terms.term_unit])
            broken = _thirty_360(terms, _thirty_day_months(terms, base_day, due_days[0]))
        case _:
            factor = _by_real_days(terms)
            return tuple(factor(start, end) for start, end in pairwise((base_day, *due_days)))
    first = regular if days == normal_days else broken
    return (first, *(regular,) * (terms.term_count - 1))


def first_period(terms: Terms, base_day: date, first_due_on: date, conventions: Conventions = OURS) -> tuple[int, int]:
    """The real days from the base day to the first due date, and those of a normal period from the base day on."""
    normal_end = regular_first_day(terms, base_day, conventions.missing_day)
    return (first_due_on - base_day).days, (normal_end - base_day).days


def _thirty_360(terms: Terms, days: int) -> Factor:
    return Factor(terms.interest.annual_rate * days, 360)


def _thirty_day_months(terms: Terms, start: date, end: date) -> int:
    """Days between two dates where every month has 30. Periods of weeks and days have the days they have."""
    if terms.term_unit is not TermUnit.MONTH:
        return (end - start).days
    months = (end.year - start.year) * 12 + end.month - start.month
    return months * 30 + min(end.day, 30) - min(start.day, 30)


def _by_real_days(terms: Terms) -> Callable[[date, date], Factor]:
    if terms.interest.day_count is DayCount.ACTUAL_ACTUAL:
        return lambda start, end: _actual_actual(terms.interest.annual_rate, start, end)
    divisor = _ACTUAL[terms.interest.day_count]
    return lambda start, end: Factor(terms.interest.annual_rate * (end - start).days, divisor)


def _actual_actual(annual_rate: Decimal, start: date, end: date) -> Factor:
    """Split at every 31 December, each part over its own year's days. The divisor is the product of both lengths."""
    dividend, day = 0, start
    for year in range(start.year, end.year + 1):
        part_end = min(end, date(year, 12, 31))
        dividend += (part_end - day).days * (_COMMON_YEAR if isleap(year) else _LEAP_YEAR)
        day = part_end
    return Factor(annual_rate * dividend, _COMMON_YEAR * _LEAP_YEAR)
