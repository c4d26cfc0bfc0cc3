"""The days a loan is due."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.lending.domain.conventions import MissingDay
from services.lending.domain.dates import base_day, due_dates
from services.lending.domain.terms import InvalidTerms, Terms, TermUnit
from services.lending.tests.terms import terms_of

LAGOS, NEW_YORK = ZoneInfo("Africa/Lagos"), ZoneInfo("America/New_York")
DAYS = some.dates(date(1990, 1, 1), date(2100, 1, 1))


def every(count: int, unit: TermUnit, step: int = 1) -> Terms:
    return terms_of(
        principal=Decimal(50000), annual_rate=Decimal(0), term_count=count, term_unit=unit, repay_every=step
    )


def test_months_are_counted_from_the_base_day_and_never_drift() -> None:
    assert due_dates(every(4, TermUnit.MONTH), date(2026, 1, 31)) == (
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
    )


def test_a_leap_year_has_its_29th_of_february() -> None:
    assert due_dates(every(2, TermUnit.MONTH), date(2027, 12, 31))[-1] == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("unit", "step", "days"),
    [
        pytest.param(TermUnit.DAY, 15, [date(2026, 3, 26), date(2026, 4, 10)], id="every 15 days"),
        pytest.param(TermUnit.WEEK, 2, [date(2026, 3, 25), date(2026, 4, 8)], id="every other week"),
        pytest.param(TermUnit.MONTH, 3, [date(2026, 6, 11), date(2026, 9, 11)], id="every quarter"),
    ],
)
def test_an_instalment_is_due_every_so_many_units(unit: TermUnit, step: int, days: list[date]) -> None:
    assert due_dates(every(2, unit, step), date(2026, 3, 11)) == tuple(days)


def test_an_agreed_first_due_date_is_what_the_others_are_counted_from() -> None:
    terms = replace(every(3, TermUnit.MONTH), first_due_on=date(2026, 1, 31))
    assert due_dates(terms, date(2026, 1, 10)) == (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))


@pytest.mark.parametrize("first_due_on", [date(2026, 3, 10), date(2026, 3, 11)])
def test_nothing_is_due_on_the_base_day_or_before(first_due_on: date) -> None:
    terms = replace(every(3, TermUnit.MONTH), first_due_on=first_due_on)
    with pytest.raises(InvalidTerms, match="after 2026-03-11") as refused:
        due_dates(terms, date(2026, 3, 11))
    assert refused.value.field == "first_due_on"


@pytest.mark.parametrize("unit", list(TermUnit))
def test_a_term_beyond_the_calendar_is_refused(unit: TermUnit) -> None:
    with pytest.raises(InvalidTerms, match="after the year 9999"):
        due_dates(every(2, unit), date(9999, 12, 31))


def test_a_lender_may_let_a_missing_day_roll_into_the_next_month() -> None:
    rolled = due_dates(every(3, TermUnit.MONTH), date(2025, 1, 31), MissingDay.ROLL)
    assert rolled == (date(2025, 3, 1), date(2025, 3, 31), date(2025, 5, 1))


@given(day=DAYS, count=some.integers(1, 400), unit=some.sampled_from(TermUnit), step=some.integers(1, 12))
def test_due_dates_strictly_increase_from_the_base_day(day: date, count: int, unit: TermUnit, step: int) -> None:
    dates = [day, *due_dates(every(count, unit, step), day)]
    assert all(earlier < later for earlier, later in pairwise(dates))


@given(day=DAYS, count=some.integers(1, 400), step=some.integers(1, 12))
def test_a_month_step_keeps_the_day_or_takes_the_last_of_a_shorter_month(day: date, count: int, step: int) -> None:
    for due_on in due_dates(every(count, TermUnit.MONTH, step), day):
        ends_the_month = (due_on + timedelta(days=1)).day == 1
        assert due_on.day == day.day or (due_on.day < day.day and ends_the_month)


@pytest.mark.parametrize("zone", [LAGOS, NEW_YORK])
def test_a_bare_day_is_that_day_in_whatever_zone(zone: ZoneInfo) -> None:
    assert base_day(datetime(2026, 3, 11, tzinfo=UTC), zone) == date(2026, 3, 11)


def test_an_instant_is_the_day_it_is_then_in_the_companys_zone() -> None:
    assert base_day(datetime(2026, 3, 11, 23, 30, tzinfo=UTC), LAGOS) == date(2026, 3, 12)
    assert base_day(datetime(2026, 3, 11, 3, 30, tzinfo=UTC), NEW_YORK) == date(2026, 3, 10)
