"""What sign-ins and activity come to over a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from shared.money import round_money

# How exactly it is known when somebody was last active.
ACTIVITY_STEP = timedelta(minutes=1)


class Period(StrEnum):
    """How far a summary looks back."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def length(self) -> timedelta:
        """A month is 30 days."""
        return timedelta(days={"day": 1, "week": 7, "month": 30}[self.value])


def is_stale(last_activity_at: datetime | None, now: datetime) -> bool:
    """Whether it is time to note again that somebody is active."""
    return last_activity_at is None or now - last_activity_at > ACTIVITY_STEP


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many sign-ins went well, and how many did not."""

    successful: int
    failed: int

    @property
    def total(self) -> int:
        return self.successful + self.failed

    @property
    def success_rate(self) -> Decimal:
        """In percent."""
        return percentage(self.successful, self.total)


def percentage(part: int, whole: int) -> Decimal:
    """`part` in percent of `whole`, with two decimals; 0 of nothing."""
    return round_money(Decimal(100 * part) / whole) if whole else Decimal(0)
