"""Shares in per cent."""

from decimal import Decimal

from shared.money import ZERO, round_money


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """The part in per cent of the whole, with two places; None where there is no whole to divide by.

    5000.00 of 40000.00 is 12.50.
    """
    return round_money(Decimal(part) / whole * 100) if whole else None


def percent_or_zero(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """`percent`, and 0 of nothing."""
    return percent(part, whole) or ZERO
