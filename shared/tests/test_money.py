from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import round_money, split_evenly

AMOUNTS = st.decimals(min_value="0.01", max_value="99999999.99", places=2)


@pytest.mark.parametrize(("amount", "rounded"), [("1.005", "1.01"), ("1.004", "1.00"), ("2.675", "2.68")])
def test_half_a_kobo_rounds_up(amount, rounded):
    assert round_money(Decimal(amount)) == Decimal(rounded)


def test_the_last_part_takes_the_remainder():
    assert split_evenly(Decimal(50000), 12) == (Decimal("4166.67"),) * 11 + (Decimal("4166.63"),)
    assert split_evenly(Decimal(10000), 30) == (Decimal("333.33"),) * 29 + (Decimal("333.43"),)


def test_parts_are_rounded_down_when_the_last_would_be_nothing():
    assert split_evenly(Decimal("0.05"), 3) == (Decimal("0.02"), Decimal("0.02"), Decimal("0.01"))
    assert min(split_evenly(Decimal("0.08"), 5)) > 0


@given(AMOUNTS, st.integers(1, 400))
def test_the_parts_sum_to_the_whole(total, count):
    parts = split_evenly(total, count)
    assert sum(parts) == total
    assert len(parts) == count
    assert min(parts) >= 0


def test_nothing_is_not_split_into_no_parts():
    with pytest.raises(ValueError, match="at least one"):
        split_evenly(Decimal(1), 0)
