"""What is late, what comes next, how much is done."""

from datetime import date
from decimal import Decimal

import pytest

from services.lending.domain.progress import (
    Arrears,
    Debt,
    InstalmentStatus,
    arrears,
    completion,
    is_overdue,
    next_due,
    status_on,
)

MARCH, APRIL, MAY = (Debt(date(2026, month, 11), Decimal(100)) for month in (3, 4, 5))


def test_a_debt_is_late_from_the_day_after_its_due_date() -> None:
    assert arrears([MARCH, APRIL], date(2026, 3, 11)) == Arrears(Decimal(0), 0, 0)
    assert arrears([MARCH, APRIL], date(2026, 3, 12)) == Arrears(Decimal(100), 1, 1)


def test_days_count_from_the_oldest_debt() -> None:
    assert arrears([APRIL, MARCH, MAY], date(2026, 4, 21)) == Arrears(Decimal(200), 2, 41)


@pytest.mark.parametrize(
    ("today", "debt"), [(date(2026, 3, 11), MARCH), (date(2026, 3, 12), APRIL), (date(2026, 6, 1), None)]
)
def test_next_due_is_what_is_not_late_yet(today: date, debt: Debt | None) -> None:
    assert next_due([MAY, MARCH, APRIL], today) == debt


@pytest.mark.parametrize(
    ("paid", "expected", "percent"), [("0", "100", "0"), ("1", "3", "33.33"), ("100", "100", "100"), ("0", "0", "0")]
)
def test_completion_is_a_percentage_with_two_places(paid: str, expected: str, percent: str) -> None:
    assert completion(Decimal(paid), Decimal(expected)) == Decimal(percent)


@pytest.mark.parametrize(
    ("status", "today", "shown", "late"),
    [
        (InstalmentStatus.PENDING, date(2026, 3, 11), "PENDING", False),
        (InstalmentStatus.PENDING, date(2026, 3, 12), "OVERDUE", True),
        (InstalmentStatus.PARTIAL, date(2026, 3, 12), "PARTIAL", True),
        (InstalmentStatus.PAID, date(2026, 3, 12), "PAID", False),
    ],
)
def test_an_unpaid_instalment_is_overdue_after_its_day(
    status: InstalmentStatus, today: date, shown: str, late: bool
) -> None:
    assert status_on(status, date(2026, 3, 11), today=today) == shown
    assert is_overdue(status, date(2026, 3, 11), today=today) is late
