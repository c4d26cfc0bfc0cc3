"""Amounts of money: `Decimal` with two places. No float ever comes near them."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_money(amount: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to two places, half away from zero unless told otherwise."""
    return amount.quantize(CENT, rounding=rounding)


def split_evenly(total: Decimal, count: int, rounding: str = ROUND_HALF_UP) -> tuple[Decimal, ...]:
    """Split into `count` rounded parts that sum to `total`; the last part takes the remainder.

    Rounds the equal parts down when rounding as asked would leave the last part at or below zero.
    10000.00 in 30 gives 29 x 333.33 and 333.43. A total of zero gives zeros. Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError("An amount is split into at least one part.")
    part = round_money(total / count, rounding)
    last = total - part * (count - 1)
    if last <= 0 < total:
        part = round_money(total / count, ROUND_DOWN)
        last = total - part * (count - 1)
    return (part,) * (count - 1) + (round_money(last, rounding),)
