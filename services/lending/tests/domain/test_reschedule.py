"""Cutting a schedule at a day and going on by other terms."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lending.domain.reschedule import NothingToReschedule, continued, lines_that_stay
from services.lending.domain.schedule import make_schedule
from services.lending.domain.terms import InvalidTerms, TermUnit
from services.lending.tests.terms import terms_of

BASE = date(2026, 1, 31)
YEAR = terms_of(principal=Decimal(50000), annual_rate=Decimal("0.24"), term_count=12, term_unit=TermUnit.MONTH)


def test_lines_due_before_the_day_stay_and_the_rest_of_the_principal_is_spread_anew() -> None:
    schedule = make_schedule(YEAR, BASE)
    stay, principal = lines_that_stay(schedule, date(2026, 4, 30))
    assert [line.due_on for line in stay] == [date(2026, 2, 28), date(2026, 3, 31)]
    assert principal == Decimal("41666.66")
    weekly = terms_of(principal=principal, annual_rate=Decimal(0), term_count=20, term_unit=TermUnit.WEEK)
    lines = continued(weekly, date(2026, 4, 30), after=len(stay))
    assert (lines[0].sequence, lines[-1].sequence, lines[0].due_on) == (3, 22, date(2026, 5, 7))


def test_after_the_last_due_date_there_is_nothing_to_reschedule() -> None:
    with pytest.raises(NothingToReschedule, match="2027-02-01"):
        lines_that_stay(make_schedule(YEAR, BASE), date(2027, 2, 1))


def test_a_schedule_does_not_grow_beyond_the_longest() -> None:
    with pytest.raises(InvalidTerms) as refused:
        continued(
            terms_of(principal=Decimal(50000), annual_rate=Decimal(0), term_count=3649, term_unit=TermUnit.DAY),
            BASE,
            after=2,
        )
    assert refused.value.field == "term_count"


@given(
    count=st.integers(1, 40),
    cents=st.integers(100, 10**8),
    days=st.integers(0, 1200),
    new_count=st.integers(1, 40),
    rate=st.integers(0, 200),
)
def test_the_principal_stays_whole_and_dates_go_on_rising(
    count: int, cents: int, days: int, new_count: int, rate: int
) -> None:
    terms = terms_of(
        principal=Decimal(cents) / 100, annual_rate=Decimal(rate) / 100, term_count=count, term_unit=TermUnit.MONTH
    )
    from_on = BASE + timedelta(days=days)
    try:
        stay, principal = lines_that_stay(make_schedule(terms, BASE), from_on)
        new_terms = terms_of(
            principal=principal, annual_rate=Decimal(rate) / 100, term_count=new_count, term_unit=TermUnit.WEEK
        )
    except (NothingToReschedule, InvalidTerms):
        return
    lines = [*stay, *continued(new_terms, from_on, after=len(stay))]
    assert sum(line.principal for line in lines) == terms.principal
    assert [line.sequence for line in lines] == list(range(1, len(lines) + 1))
    assert all(before.due_on < after.due_on for before, after in pairwise(lines))
