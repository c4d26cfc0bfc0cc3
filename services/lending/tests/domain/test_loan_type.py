"""Limits of a loan type, and loans held against them."""

from decimal import Decimal

import pytest

from services.lending.domain.loan_type import InvalidLimits, Limits, OutsideLimits, check_limits
from services.lending.domain.terms import Terms, TermUnit
from services.lending.tests.terms import terms_of

LIMITS = Limits(Decimal(10000), Decimal(50000), TermUnit.MONTH, 3, 12)


def loan(principal: int = 20000, count: int = 6, unit: TermUnit = TermUnit.MONTH) -> Terms:
    return terms_of(principal=Decimal(principal), annual_rate=Decimal(0), term_count=count, term_unit=unit)


@pytest.mark.parametrize(
    "inside", [loan(), loan(principal=10000), loan(principal=50000), loan(count=3), loan(count=12)]
)
def test_the_limits_themselves_are_allowed(inside: Terms) -> None:
    check_limits(inside, LIMITS)


@pytest.mark.parametrize(
    ("outside", "message"),
    [
        (loan(principal=9999), "Principal amount must be between 10000.00 and 50000.00"),
        (loan(principal=50001), "Principal amount must be between 10000.00 and 50000.00"),
        (loan(count=2), "The term must be between 3 and 12"),
        (loan(count=13), "The term must be between 3 and 12"),
        (loan(unit=TermUnit.WEEK), "The term unit of this loan type is MONTH"),
    ],
)
def test_a_loan_outside_is_refused_with_the_limit(outside: Terms, message: str) -> None:
    with pytest.raises(OutsideLimits, match=message):
        check_limits(outside, LIMITS)


@pytest.mark.parametrize(
    ("min_amount", "max_amount", "min_term", "max_term"),
    [(100, 100, 1, 12), (200, 100, 1, 12), (0, 1, 0, 1), (0, 1, 5, 4)],
)
def test_limits_nothing_fits_into_are_refused(min_amount: int, max_amount: int, min_term: int, max_term: int) -> None:
    with pytest.raises(InvalidLimits):
        Limits(Decimal(min_amount), Decimal(max_amount), TermUnit.DAY, min_term, max_term)
