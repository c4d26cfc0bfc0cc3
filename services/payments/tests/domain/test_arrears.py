from datetime import date
from decimal import Decimal

import pytest

from services.payments.domain.arrears import days_in_arrears, is_overdue, status_shown
from services.payments.domain.instalment import InstalmentStatus, instalment_status

DUE = date(2026, 2, 10)
DAY_AFTER = date(2026, 2, 11)


def test_an_instalment_is_overdue_from_the_day_after_its_due_day() -> None:
    assert not is_overdue(InstalmentStatus.PENDING, DUE, on=DUE)
    assert is_overdue(InstalmentStatus.PENDING, DUE, on=DAY_AFTER)


def test_a_paid_instalment_is_never_overdue() -> None:
    assert not is_overdue(InstalmentStatus.PAID, DUE, on=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("unpaid", "days"),
    [
        pytest.param([], 0, id="nothing unpaid"),
        pytest.param([date(2026, 3, 10)], 0, id="not due yet"),
        pytest.param([DAY_AFTER], 0, id="due today"),
        pytest.param([date(2026, 3, 10), DUE, date(2026, 1, 10)], 32, id="from the oldest"),
    ],
)
def test_arrears_count_from_the_oldest_unpaid_due_date(unpaid: list[date], days: int) -> None:
    assert days_in_arrears(unpaid, on=DAY_AFTER) == days


@pytest.mark.parametrize(
    ("stored", "on", "shown"),
    [
        (InstalmentStatus.PENDING, DUE, InstalmentStatus.PENDING),
        (InstalmentStatus.PENDING, DAY_AFTER, InstalmentStatus.OVERDUE),
        (InstalmentStatus.PARTIAL, DAY_AFTER, InstalmentStatus.PARTIAL),
        (InstalmentStatus.PAID, DAY_AFTER, InstalmentStatus.PAID),
    ],
)
def test_an_unpaid_late_instalment_is_shown_as_overdue(
    stored: InstalmentStatus, on: date, shown: InstalmentStatus
) -> None:
    assert status_shown(stored, DUE, on=on) is shown


@pytest.mark.parametrize(
    ("paid", "status"), [("0", "PENDING"), ("0.01", "PARTIAL"), ("99.99", "PARTIAL"), ("100", "PAID")]
)
def test_an_instalment_is_paid_when_it_is_covered(paid: str, status: str) -> None:
    assert instalment_status(due=Decimal(100), paid=Decimal(paid)) == status
