"""The calendar periods that a day lies in."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.analytics import PeriodType, starts

D = date


@pytest.mark.parametrize(
    ("today", "week", "month", "quarter", "year"),
    [
        (D(2026, 5, 14), D(2026, 5, 11), D(2026, 5, 1), D(2026, 4, 1), D(2026, 1, 1)),
        (D(2026, 1, 1), D(2025, 12, 29), D(2026, 1, 1), D(2026, 1, 1), D(2026, 1, 1)),
        (D(2026, 12, 31), D(2026, 12, 28), D(2026, 12, 1), D(2026, 10, 1), D(2026, 1, 1)),
        (D(2026, 3, 30), D(2026, 3, 30), D(2026, 3, 1), D(2026, 1, 1), D(2026, 1, 1)),
    ],
)
def test_periods_begin_on_their_first_day(today, week, month, quarter, year):
    assert [starts(today).of(period) for period in PeriodType] == [today, week, month, quarter, year]


@given(st.dates(D(1990, 1, 1), D(2100, 1, 1)))
def test_today_lies_in_each_of_its_periods_and_yesterday_of_the_first_day_does_not(today):
    for period in PeriodType:
        first = starts(today).of(period)
        assert first <= today
        assert starts(first).of(period) == first
        assert starts(first - timedelta(days=1)).of(period) < first
