"""The scale of a chart: round figures at its side, and how high each value reaches."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_MOST_STEPS = 5
_ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
# From where on a figure is written in short, in what, and how that is called.
_SHORT = ((10**9, 10**9, "bn"), (10**6, 10**6, "m"), (10**4, 10**3, "k"))


@dataclass(frozen=True, slots=True)
class Scale:
    """From `bottom` to `top` in steps, which are 1, 2, 2.5 or 5 times a power of ten."""

    bottom: Decimal
    top: Decimal
    step: Decimal

    def level(self, value: Decimal | int) -> float:
        """How high a value is drawn: 0 at the bottom, 1 at the top. A place on paper, no amount any more."""
        return float((value - self.bottom) / (self.top - self.bottom))

    def ticks(self) -> list[tuple[str, float]]:
        """The figures at the side from the bottom up, each with its level."""
        steps = int((self.top - self.bottom) / self.step)
        values = [self.bottom + self.step * number for number in range(steps + 1)]
        return [(_figure(value), self.level(value)) for value in values]


def scale_of(values: Iterable[Decimal | int | None]) -> Scale:
    """The scale that has all these values and zero, in at most five steps where all have one sign."""
    given = [Decimal(value) for value in values if value is not None]
    lowest, highest = min([*given, Decimal(0)]), max([*given, Decimal(0)])
    if lowest == highest:
        highest = Decimal(1)
    step = _step((highest - lowest) / _MOST_STEPS)
    bottom = (lowest / step).to_integral_value(ROUND_FLOOR) * step
    return Scale(bottom, (highest / step).to_integral_value(ROUND_CEILING) * step, step)


def _step(least: Decimal) -> Decimal:
    power = Decimal(1).scaleb(least.adjusted())
    return next(power * each for each in _ROUND if power * each >= least)


def _figure(value: Decimal) -> str:
    """`250k` for 250,000; below ten thousand the figure itself."""
    for least, unit, name in _SHORT:
        if abs(value) >= least:
            return f"{(value / unit).normalize():f}{name}"
    return f"{value.normalize():,f}"
