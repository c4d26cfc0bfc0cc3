from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.charges import with_charges
from services.payments.domain.facts import Charge, ChargeKind
from services.payments.domain.instalment import Instalment
from services.payments.domain.replay import replay
from services.payments.domain.settlement import InterestRule, collectable, settlement
from services.payments.tests.domain.test_replay import a_repayment

START = date(2026, 3, 1)
BY_DAY = InterestRule(by_day=True, started_on=START)
ALL_OF_IT = InterestRule(by_day=False, started_on=START)
SCHEDULE = [
    Instalment(n, START + timedelta(days=30 * n), interest=Decimal(interest), principal=Decimal(100), fee=Decimal(fee))
    for n, interest, fee in ((1, 30, 5), (2, 20, 0), (3, 10, 0))
]


@pytest.mark.parametrize(
    ("day", "interest", "rebate"),
    [
        pytest.param(0, 0, 60, id="on the first day nothing is earned"),
        pytest.param(10, 10, 50, id="a third of the first period"),
        pytest.param(30, 30, 30, id="on the due day all of it"),
        pytest.param(31, Decimal("30.67"), Decimal("29.33"), id="one day into the second, rounded"),
        pytest.param(90, 60, 0, id="at the end everything"),
        pytest.param(400, 60, 0, id="and no more after it"),
    ],
)
def test_interest_is_earned_day_by_day(day: int, interest: Decimal, rebate: Decimal) -> None:
    closing = settlement(replay(SCHEDULE, []).standings, BY_DAY, on=START + timedelta(days=day))
    assert (closing.interest, closing.rebate, closing.principal, closing.fee) == (interest, rebate, 300, 5)
    assert closing.total == 305 + interest


def test_where_it_is_not_all_interest_is_owed_on_any_day() -> None:
    closing = settlement(replay(SCHEDULE, []).standings, ALL_OF_IT, on=START)
    assert (closing.total, closing.rebate) == (Decimal(365), Decimal(0))


def test_interest_paid_in_advance_is_not_given_back() -> None:
    standings = replay(SCHEDULE, [a_repayment(1, 135), a_repayment(2, 15)]).standings
    closing = settlement(standings, BY_DAY, on=START + timedelta(days=15))
    assert (closing.interest, closing.principal, closing.rebate) == (Decimal(0), Decimal(200), Decimal(15))


def test_interest_held_back_is_earned_from_the_day_it_began() -> None:
    later = [Instalment(n, START + timedelta(days=30 * n), Decimal(n // 3 * 90), Decimal(100)) for n in (1, 2, 3)]
    closing = settlement(replay(later, []).standings, BY_DAY, on=START + timedelta(days=45))
    assert closing.interest == Decimal(45)


@given(
    st.integers(0, 120),
    st.lists(st.decimals(min_value="0.01", max_value="60", places=2), max_size=4),
    st.integers(0, 30),
)
def test_paying_what_settles_a_loan_leaves_nothing_owed(day: int, paid: list[Decimal], fee: int) -> None:
    on = START + timedelta(days=day)
    charges = [Charge(ChargeKind.FEE, START + timedelta(days=40 + fee), Decimal(1 + fee))]
    history = [a_repayment(number, amount, paid_on=START) for number, amount in enumerate(paid, start=1)]
    closing = settlement(replay(with_charges(SCHEDULE, charges), history).standings, BY_DAY, on=on)
    last = a_repayment(99, closing.total, paid_on=on)
    rebate = [Charge(ChargeKind.INTEREST_REBATE, on, closing.rebate)] if closing.rebate else []
    after = replay(with_charges(SCHEDULE, charges + rebate), [*history, last])
    assert (after.outstanding, after.overpaid) == (Decimal(0), Decimal(0))


def test_what_is_due_today_and_what_is_overdue_are_told_apart() -> None:
    standings = replay(SCHEDULE, [a_repayment(1, 100)]).standings
    second = START + timedelta(days=60)
    assert collectable(standings, today=second) == collectable(standings[:2], today=second)
    now_due = collectable(standings, today=second)
    assert (now_due.due_today, now_due.arrears) == (Decimal(120), Decimal(35))
