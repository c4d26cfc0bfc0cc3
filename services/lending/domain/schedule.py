"""How a loan is repaid: its instalments, made once from the terms, never by hand."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.lending.domain.terms import LARGEST_AMOUNT, PERIODS_PER_YEAR, InvalidTerms, Terms, due_dates
from shared.money import round_money, split_evenly


@dataclass(frozen=True, slots=True)
class Instalment:
    """One line of a schedule; `sequence` counts from 1."""

    sequence: int
    due_on: date
    principal: Decimal
    interest: Decimal

    @property
    def total(self) -> Decimal:
        """Everything due on that day."""
        return self.principal + self.interest


def flat_interest(terms: Terms) -> Decimal:
    """The interest of the whole term on the whole principal, rounded half-up once.

    50000.00 at 24 % over 12 months is 12000.00; 10000.00 at 24 % for one week is 46.15 (52 weeks make a year).
    Raises InvalidTerms when principal and interest exceed what can be recorded.
    """
    periods = terms.principal * terms.annual_rate * terms.term_count
    interest = round_money(periods / PERIODS_PER_YEAR[terms.term_unit])
    if terms.principal + interest > LARGEST_AMOUNT:
        raise InvalidTerms("Principal and interest exceed the largest amount that can be recorded.")
    return interest


def flat_schedule(terms: Terms, base_day: date) -> tuple[Instalment, ...]:
    """Spread principal and flat interest evenly; the last instalment takes the rounding remainder of both.

    Due dates count from `base_day`. 50000.00 over 12 is 11 x 4166.67 and 4166.63. Raises InvalidTerms.
    """
    count = terms.term_count
    dates = due_dates(base_day, count, terms.term_unit)
    columns = zip(dates, split_evenly(terms.principal, count), split_evenly(flat_interest(terms), count), strict=True)
    return tuple(Instalment(sequence, *column) for sequence, column in enumerate(columns, start=1))
