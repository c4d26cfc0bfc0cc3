"""Amounts of money: `Decimal` with two places. No float ever comes near them."""

from decimal import ROUND_HALF_UP, Decimal

NAIRA = "₦"
CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_money(amount: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to two places, half away from zero unless `rounding` says otherwise."""
    return amount.quantize(CENT, rounding=rounding)


def in_naira(amount: Decimal) -> str:
    """An amount as people read it in a sentence, to two places: `₦50,000.00`, `-₦12.50`."""
    return f"{'-' if amount < 0 else ''}{NAIRA}{abs(amount):,.2f}"
