"""Schedules: worked numbers, and what holds for all of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.lending.domain.schedule import flat_interest, flat_schedule
from services.lending.domain.terms import InvalidTerms, Terms, TermUnit, base_day, due_dates

LAGOS, NEW_YORK = ZoneInfo("Africa/Lagos"), ZoneInfo("America/New_York")
TERMS = some.builds(
    Terms,
    principal=some.decimals(100, 10_000_000, places=2),
    annual_rate=some.decimals(0, 1, places=4),
    term_count=some.integers(1, 400),
    term_unit=some.sampled_from(TermUnit),
)
DAYS = some.dates(date(1990, 1, 1), date(2100, 1, 1))


def terms(principal: str, count: int, unit: TermUnit = TermUnit.MONTH, rate: str = "0") -> Terms:
    return Terms(Decimal(principal), Decimal(rate), count, unit)


@pytest.mark.parametrize(
    ("principal", "count", "each", "last"),
    [
        pytest.param("50000", 12, "4166.67", "4166.63", id="rounded up, less at the end"),
        pytest.param("10000", 30, "333.33", "333.43", id="rounded down, more at the end"),
        pytest.param("100", 4, "25.00", "25.00", id="even"),
        pytest.param("0.06", 4, "0.01", "0.03", id="rounded down because nothing would be left for the last"),
    ],
)
def test_the_last_instalment_takes_the_remainder(principal: str, count: int, each: str, last: str) -> None:
    parts = [line.principal for line in flat_schedule(terms(principal, count), date(2026, 3, 11))]
    assert parts == [Decimal(each)] * (count - 1) + [Decimal(last)]


@pytest.mark.parametrize(
    ("unit", "count", "interest"),
    [
        pytest.param(TermUnit.MONTH, 12, "2400.00", id="a month is a twelfth of a year"),
        pytest.param(TermUnit.WEEK, 1, "46.15", id="a week is a 52nd"),
        pytest.param(TermUnit.DAY, 7, "46.03", id="a day is a 365th"),
    ],
)
def test_flat_interest_is_of_the_whole_principal_for_the_whole_term(unit: TermUnit, count: int, interest: str) -> None:
    assert flat_interest(terms("10000", count, unit, rate="0.24")) == Decimal(interest)


def test_interest_is_rounded_once_and_spread_like_the_principal() -> None:
    lines = flat_schedule(terms("1000", 3, rate="0.10"), date(2026, 1, 31))
    assert [(line.principal, line.interest, line.total) for line in lines] == [
        (Decimal("333.33"), Decimal("8.33"), Decimal("341.66")),
        (Decimal("333.33"), Decimal("8.33"), Decimal("341.66")),
        (Decimal("333.34"), Decimal("8.34"), Decimal("341.68")),
    ]


def test_months_are_counted_from_the_base_day_and_never_drift() -> None:
    assert due_dates(date(2026, 1, 31), 4, TermUnit.MONTH) == (
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
    )


def test_a_leap_year_has_its_29th_of_february() -> None:
    assert due_dates(date(2027, 12, 31), 2, TermUnit.MONTH)[-1] == date(2028, 2, 29)


def test_days_and_weeks_are_of_even_length() -> None:
    assert due_dates(date(2026, 3, 11), 2, TermUnit.WEEK) == (date(2026, 3, 18), date(2026, 3, 25))
    assert due_dates(date(2026, 3, 11), 2, TermUnit.DAY) == (date(2026, 3, 12), date(2026, 3, 13))


@pytest.mark.parametrize("unit", list(TermUnit))
def test_a_term_beyond_the_calendar_is_refused(unit: TermUnit) -> None:
    with pytest.raises(InvalidTerms, match="after the year 9999"):
        due_dates(date(9999, 12, 31), 2, unit)


@pytest.mark.parametrize("count", [0, -1, 3651])
def test_a_term_has_at_least_one_instalment_and_an_end(count: int) -> None:
    with pytest.raises(InvalidTerms):
        terms("50000", count)


@pytest.mark.parametrize("principal", ["0", "-5", "0.02"])
def test_a_principal_that_leaves_an_instalment_without_a_cent_is_refused(principal: str) -> None:
    with pytest.raises(InvalidTerms, match="too small"):
        terms(principal, 3)


def test_more_interest_than_can_be_recorded_is_refused() -> None:
    with pytest.raises(InvalidTerms, match="largest amount"):
        flat_interest(terms("999999999999", 3650, rate="1"))


@given(agreed=TERMS, day=DAYS)
def test_the_parts_sum_to_the_whole_and_none_is_negative(agreed: Terms, day: date) -> None:
    lines = flat_schedule(agreed, day)
    assert sum(line.principal for line in lines) == agreed.principal
    assert sum(line.interest for line in lines) == flat_interest(agreed)
    assert all(line.principal > 0 and line.interest >= 0 for line in lines)
    assert [line.sequence for line in lines] == list(range(1, agreed.term_count + 1))


@given(day=DAYS, count=some.integers(1, 400), unit=some.sampled_from(TermUnit))
def test_due_dates_strictly_increase_from_the_base_day(day: date, count: int, unit: TermUnit) -> None:
    dates = [day, *due_dates(day, count, unit)]
    assert all(earlier < later for earlier, later in pairwise(dates))


@given(day=DAYS, count=some.integers(1, 400))
def test_a_month_step_keeps_the_day_or_takes_the_last_of_a_shorter_month(day: date, count: int) -> None:
    for due_on in due_dates(day, count, TermUnit.MONTH):
        ends_the_month = (due_on + timedelta(days=1)).day == 1
        assert due_on.day == day.day or (due_on.day < day.day and ends_the_month)


@pytest.mark.parametrize("zone", [LAGOS, NEW_YORK])
def test_a_bare_day_is_that_day_in_whatever_zone(zone: ZoneInfo) -> None:
    assert base_day(datetime(2026, 3, 11, tzinfo=UTC), zone) == date(2026, 3, 11)


def test_an_instant_is_the_day_it_is_then_in_the_companys_zone() -> None:
    assert base_day(datetime(2026, 3, 11, 23, 30, tzinfo=UTC), LAGOS) == date(2026, 3, 12)
    assert base_day(datetime(2026, 3, 11, 3, 30, tzinfo=UTC), NEW_YORK) == date(2026, 3, 10)
