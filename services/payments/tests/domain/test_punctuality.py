"""Who pays on time."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.punctuality import DueLine, Punctuality, punctuality

TODAY = date(2026, 3, 25)
days = st.integers(-60, 60).map(lambda number: TODAY + timedelta(days=number))


def on(day: int) -> date:
    return date(2026, 3, day)


@pytest.mark.parametrize(
    ("due_on", "covered_on", "expected"),
    [
        (on(18), on(18), Punctuality(1, 0, 0, 0)),
        (on(18), on(11), Punctuality(1, 0, 0, 0)),
        (on(18), on(20), Punctuality(0, 1, 0, 2)),
        (on(18), None, Punctuality(0, 0, 1, 7)),
        (on(25), on(25), Punctuality(1, 0, 0, 0)),
        (on(25), None, Punctuality(0, 0, 0, 0)),
        (on(26), on(20), Punctuality(0, 0, 0, 0)),
    ],
)
def test_an_instalment_is_on_time_by_the_day_it_fell_due(
    due_on: date, covered_on: date | None, expected: Punctuality
) -> None:
    assert punctuality([DueLine(due_on, covered_on)], today=TODAY) == expected


def test_the_rate_is_that_of_what_fell_due() -> None:
    lines = [DueLine(on(18), on(18))] * 9 + [DueLine(on(18), None)]
    assert punctuality(lines, today=TODAY).on_time_rate == Decimal("0.9")
    assert punctuality([], today=TODAY).on_time_rate is None


@given(st.lists(st.builds(DueLine, days, st.none() | days), max_size=20))
def test_every_instalment_that_fell_due_is_counted_once(lines: list[DueLine]) -> None:
    counted = punctuality(lines, today=TODAY)
    fell_due = [line for line in lines if line.due_on < TODAY or (line.due_on == TODAY and line.covered_on)]
    assert counted.due == len(fell_due)
    assert (counted.longest_late_days > 0) == (counted.late + counted.unpaid > 0)
