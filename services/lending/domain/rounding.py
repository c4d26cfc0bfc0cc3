"""Rounding that is asked for by name: to the smallest unit of money, or to a multiple of it."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal

from shared.money import CENT

# Every amount of a schedule is reckoned with 50 digits and rounded once, where it is stored or shown.
EXACT = Context(prec=50)


@dataclass(frozen=True, slots=True)
class Grain:
    """What amounts are rounded to: multiples of `step`, by a rounding of the decimal module (`ROUND_HALF_UP`)."""

    step: Decimal
    rounding: str

    def nearest(self, amount: Decimal) -> Decimal:
        """The multiple this amount is rounded to."""
        return self._multiple(amount, self.rounding)

    def below(self, amount: Decimal) -> Decimal:
        """The last multiple that is not above this amount."""
        return self._multiple(amount, ROUND_DOWN)

    def _multiple(self, amount: Decimal, rounding: str) -> Decimal:
        if self.step == CENT:
            return amount.quantize(CENT, rounding=rounding)
        return ((amount / self.step).quantize(Decimal(1), rounding=rounding) * self.step).quantize(CENT)

    def split(self, total: Decimal, count: int) -> tuple[Decimal, ...]:
        """Equal rounded parts that sum to `total`; the last takes the remainder.

        Rounds down instead where rounding would leave nothing for the last: 0.06 in 4 is 3 x 0.01 and 0.03.
        """
        part = self.nearest(total / count)
        if total - part * (count - 1) <= 0:
            part = self.below(total / count)
        return (part,) * (count - 1) + (total - part * (count - 1),)
