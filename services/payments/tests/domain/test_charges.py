from datetime import date
from decimal import Decimal

import pytest

from services.payments.domain.charges import with_charges
from services.payments.domain.facts import Charge, ChargeKind
from services.payments.domain.instalment import Instalment

DOWN_PAYMENT = Instalment(1, date(2026, 3, 1), interest=Decimal(0), principal=Decimal(50), takes_charges=False)
MARCH = Instalment(2, date(2026, 3, 31), interest=Decimal(5), principal=Decimal(100))
APRIL = Instalment(3, date(2026, 4, 30), interest=Decimal(5), principal=Decimal(100))


def a_fee(day: date, amount: int = 20, *, is_waived: bool = False) -> Charge:
    return Charge(ChargeKind.FEE, day, Decimal(amount), is_waived=is_waived)


@pytest.mark.parametrize(
    ("day", "sequence"),
    [
        pytest.param(date(2026, 3, 1), 2, id="the first ordinary instalment includes its own start"),
        pytest.param(date(2026, 3, 31), 2, id="the due day belongs to the instalment"),
        pytest.param(date(2026, 4, 1), 3, id="the day after it to the next"),
        pytest.param(date(2026, 5, 1), 4, id="after the last due day there is a line of its own"),
    ],
)
def test_a_charge_belongs_to_the_instalment_whose_period_holds_its_day(day: date, sequence: int) -> None:
    due = with_charges([APRIL, MARCH, DOWN_PAYMENT], [a_fee(day)])
    assert {line.sequence: line.fee for line in due if line.fee} == {sequence: Decimal(20)}


def test_charges_after_the_last_due_day_share_a_line_due_with_the_last_of_them() -> None:
    *_, line = with_charges([MARCH, APRIL], [a_fee(date(2026, 5, 20)), a_fee(date(2026, 5, 2), 5)])
    assert (line.sequence, line.due_on, line.fee, line.is_charge_line) == (4, date(2026, 5, 20), Decimal(25), True)


def test_a_waived_charge_is_not_asked_for_and_its_line_stays() -> None:
    *_, line = with_charges([MARCH, APRIL], [a_fee(date(2026, 5, 2), is_waived=True)])
    assert (line.is_charge_line, line.total) == (True, Decimal(0))


def test_interest_given_up_is_that_of_the_latest_instalments() -> None:
    rebate = Charge(ChargeKind.INTEREST_REBATE, date(2026, 3, 20), Decimal(7))
    due = with_charges([MARCH, APRIL], [rebate, a_fee(date(2026, 5, 2))])
    assert [line.interest for line in due] == [Decimal(3), Decimal(0), Decimal(0)]


def test_without_a_schedule_there_is_nothing_to_put_a_charge_on() -> None:
    assert with_charges([], [a_fee(date(2026, 3, 1))]) == ()
