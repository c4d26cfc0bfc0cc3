"""Interest factors: worked ones, and what holds for all of them."""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.lending.domain.dates import due_dates
from services.lending.domain.factors import Factor, period_factors, sum_of
from services.lending.domain.rounding import EXACT
from services.lending.domain.terms import DayCount, TermUnit
from services.lending.tests.terms import terms_of


def factors(
    day_count: DayCount, start: date, unit: TermUnit, step: int = 1, first: date | None = None, count: int = 1
) -> list[Fraction]:
    """The factors of a rate of 100 %."""
    terms = terms_of(
        principal=Decimal(1000),
        annual_rate=Decimal(1),
        term_count=count,
        term_unit=unit,
        repay_every=step,
        day_count=day_count,
        first_due_on=first,
    )
    made = period_factors(terms, start, due_dates(terms, start))
    return [Fraction(factor.dividend) / factor.divisor for factor in made]


@pytest.mark.parametrize(
    ("day_count", "start", "unit", "step", "expected"),
    [
        pytest.param(DayCount.EQUAL_PERIODS, date(2026, 2, 1), TermUnit.MONTH, 1, Fraction(1, 12), id="a month"),
        pytest.param(DayCount.EQUAL_PERIODS, date(2026, 2, 1), TermUnit.WEEK, 2, Fraction(2, 52), id="two weeks"),
        pytest.param(DayCount.EQUAL_PERIODS, date(2026, 2, 1), TermUnit.DAY, 15, Fraction(15, 365), id="15 days"),
        pytest.param(DayCount.THIRTY_360, date(2026, 1, 31), TermUnit.MONTH, 1, Fraction(30, 360), id="any month"),
        pytest.param(DayCount.THIRTY_360, date(2026, 1, 29), TermUnit.WEEK, 2, Fraction(14, 360), id="weeks are weeks"),
        pytest.param(DayCount.THIRTY_360, date(2025, 2, 15), TermUnit.DAY, 15, Fraction(15, 360), id="days are days"),
        pytest.param(DayCount.ACTUAL_360, date(2026, 1, 1), TermUnit.MONTH, 1, Fraction(31, 360), id="January / 360"),
        pytest.param(DayCount.ACTUAL_364, date(2026, 1, 1), TermUnit.WEEK, 1, Fraction(7, 364), id="a week / 364"),
        pytest.param(DayCount.ACTUAL_365, date(2024, 2, 1), TermUnit.MONTH, 1, Fraction(29, 365), id="29 days / 365"),
        pytest.param(DayCount.ACTUAL_ACTUAL, date(2024, 2, 1), TermUnit.MONTH, 1, Fraction(29, 366), id="a leap year"),
        pytest.param(
            DayCount.ACTUAL_ACTUAL,
            date(2023, 12, 15),
            TermUnit.MONTH,
            1,
            Fraction(16, 365) + Fraction(15, 366),
            id="split at 31 December",
        ),
        pytest.param(
            DayCount.ACTUAL_ACTUAL,
            date(2023, 6, 30),
            TermUnit.MONTH,
            24,
            Fraction(184, 365) + 1 + Fraction(181, 365),
            id="over a whole leap year",
        ),
    ],
)
def test_a_period_charges_its_part_of_the_annual_rate(
    day_count: DayCount, start: date, unit: TermUnit, step: int, expected: Fraction
) -> None:
    assert factors(day_count, start, unit, step) == [expected]


@pytest.mark.parametrize(
    ("day_count", "first", "expected"),
    [
        pytest.param(DayCount.EQUAL_PERIODS, date(2026, 1, 16), Fraction(15, 31 * 12), id="half a month"),
        pytest.param(DayCount.EQUAL_PERIODS, date(2026, 2, 15), Fraction(45, 31 * 12), id="a month and a half"),
        pytest.param(DayCount.EQUAL_PERIODS, date(2026, 2, 1), Fraction(1, 12), id="a month after all"),
        pytest.param(DayCount.THIRTY_360, date(2026, 2, 15), Fraction(44, 360), id="months of 30 days"),
        pytest.param(DayCount.ACTUAL_365, date(2026, 2, 15), Fraction(45, 365), id="real days"),
    ],
)
def test_a_first_period_of_another_length_charges_in_proportion(
    day_count: DayCount, first: date, expected: Fraction
) -> None:
    made = factors(day_count, date(2026, 1, 1), TermUnit.MONTH, first=first, count=2)
    assert made[0] == expected
    assert made[1] == factors(day_count, first, TermUnit.MONTH)[0]


def test_7_days_of_365_are_not_a_52nd() -> None:
    with localcontext(EXACT):
        weekly = [Factor(Decimal("0.24") * 7, 365), Factor(Decimal("0.24"), 52)]
        assert [factor.of(Decimal(10000)).quantize(Decimal("0.01")) for factor in weekly] == [
            Decimal("46.03"),
            Decimal("46.15"),
        ]


@given(
    parts=some.lists(
        some.tuples(some.decimals(0, 800, places=6), some.sampled_from([12, 52, 360, 365, 365 * 366])), min_size=1
    )
)
def test_a_sum_of_factors_is_exact(parts: list[tuple[Decimal, int]]) -> None:
    with localcontext(EXACT):
        total = sum_of([Factor(*part) for part in parts])
    assert Fraction(total.dividend) / total.divisor == sum(Fraction(part) / divisor for part, divisor in parts)
