from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.subscriptions import Frequency, newest_due, next_due, period_of

DAILY, WEEKLY, MONTHLY = Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
terms = st.one_of(
    st.just((DAILY, 1)),
    st.tuples(st.just(WEEKLY), st.integers(1, 7)),
    st.tuples(st.just(MONTHLY), st.integers(1, 28)),
)


@pytest.mark.parametrize(
    ("frequency", "day", "today", "newest", "following"),
    [
        (DAILY, 1, "2026-03-11", "2026-03-11", "2026-03-12"),
        (WEEKLY, 3, "2026-03-11", "2026-03-11", "2026-03-18"),
        (WEEKLY, 4, "2026-03-11", "2026-03-05", "2026-03-12"),
        (MONTHLY, 1, "2026-03-11", "2026-03-01", "2026-04-01"),
        (MONTHLY, 28, "2026-03-11", "2026-02-28", "2026-03-28"),
        (MONTHLY, 15, "2026-01-11", "2025-12-15", "2026-01-15"),
    ],
)
def test_when_it_is_due(frequency, day, today, newest, following):
    today = date.fromisoformat(today)
    assert newest_due(frequency, day, today).isoformat() == newest
    assert next_due(frequency, day, today).isoformat() == following


@given(terms, days)
def test_there_is_one_day_due_between_today_and_the_next(when, today):
    frequency, day = when
    newest, following = newest_due(frequency, day, today), next_due(frequency, day, today)
    assert newest <= today < following
    assert newest_due(frequency, day, following - timedelta(days=1)) == newest
    assert newest_due(frequency, day, following) == following


@pytest.mark.parametrize(
    ("frequency", "due_on", "looks_ahead", "first", "last"),
    [
        (DAILY, "2026-03-11", False, "2026-03-10", "2026-03-10"),
        (WEEKLY, "2026-03-11", False, "2026-03-04", "2026-03-10"),
        (MONTHLY, "2026-03-11", False, "2026-02-01", "2026-02-28"),
        (MONTHLY, "2026-01-01", False, "2025-12-01", "2025-12-31"),
        (DAILY, "2026-03-11", True, "2026-03-11", "2026-03-11"),
        (WEEKLY, "2026-03-11", True, "2026-03-11", "2026-03-17"),
        (MONTHLY, "2026-12-05", True, "2026-12-01", "2026-12-31"),
    ],
)
def test_what_it_is_about(frequency, due_on, looks_ahead, first, last):
    found = period_of(frequency, date.fromisoformat(due_on), looks_ahead=looks_ahead)
    assert [day.isoformat() for day in found] == [first, last]


@given(terms, days)
def test_nothing_is_left_out_between_two_of_them(when, today):
    frequency, day = when
    first, second = newest_due(frequency, day, today), next_due(frequency, day, today)
    assert period_of(frequency, second, looks_ahead=False)[0] == period_of(frequency, first, looks_ahead=False)[
        1
    ] + timedelta(days=1)
