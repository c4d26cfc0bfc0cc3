"""Chance that comes out the same every time, and the time in which a book grows."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from random import Random
from uuid import UUID

OPENING, WORKING_HOURS = time(8), 8


class Chance(Random):
    """Random choices that depend on the number, or a text, and nothing else."""

    def __init__(self, number: int | str) -> None:
        super().__init__(number)
        self.number = number

    def identifier(self, at: datetime) -> UUID:
        """A version 7 UUID as it would have been made at that moment (see `shared.ids`)."""
        milliseconds = int(at.timestamp() * 1000)
        high, low = self.getrandbits(12), self.getrandbits(62)
        return UUID(int=(milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)

    def amount(self, smallest: int, largest: int, step: int) -> Decimal:
        """An amount between the two, a whole number of steps."""
        return Decimal(self.randrange(smallest, largest + 1, step)).quantize(Decimal("0.01"))

    def phone(self) -> str:
        """A mobile telephone number."""
        return f"080{self.randrange(10**8):08}"


def whole_hundreds(amount: Decimal) -> Decimal:
    """The amount without what is below a hundred."""
    return (amount / 100).quantize(Decimal(1), rounding=ROUND_DOWN) * 100 + Decimal("0.00")


class Calendar:
    """The days in which the book grew: positions from 0 to 1 are moments in office hours, later ones later."""

    def __init__(self, last_day: date, days: int = 300) -> None:
        self._first_day, self._days = last_day - timedelta(days=days - 1), days

    def moment(self, position: float) -> datetime:
        """The moment at a position."""
        days, part = divmod(min(position, 0.999_999) * self._days, 1)
        return self.in_working_hours(self._first_day + timedelta(days=days), part)

    def in_working_hours(self, day: date, part: float) -> datetime:
        """The moment when this part of the working day is over, to the second."""
        opening = datetime.combine(day, OPENING, UTC)
        return opening + timedelta(seconds=int(part * WORKING_HOURS * 3600))
