"""Amounts of money: `Decimal` with two places. No float ever comes near them."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_money(amount: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to two places, half away from zero unless `rounding` says otherwise."""
    return amount.quantize(CENT, rounding=rounding)
