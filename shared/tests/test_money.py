from decimal import Decimal

import pytest

from shared.money import round_money


@pytest.mark.parametrize(("amount", "rounded"), [("1.005", "1.01"), ("1.004", "1.00"), ("2.675", "2.68")])
def test_half_a_kobo_rounds_up(amount, rounded):
    assert round_money(Decimal(amount)) == Decimal(rounded)
