"""The day a payment counts for, and which days it may be dated."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from shared.errors import RuleViolated


class DateOutOfBounds(RuleViolated):
    """The books are not open for this day, or the loan did not exist yet."""


@dataclass(frozen=True, slots=True)
class Books:
    """The days money may be dated: not before `open_from`, if that is set, nor more than `future_days` ahead."""

    open_from: date | None = None
    future_days: int = 366


def value_date(paid_at: datetime, zone: tzinfo) -> date:
    """The calendar day of a payment in the company's time zone.

    Midnight UTC sharp is how a bare date is written as an instant, and means that day in whatever zone.
    """
    in_utc = paid_at.astimezone(UTC)
    return in_utc.date() if in_utc.time() == time() else paid_at.astimezone(zone).date()


def check_value_date(day: date, books: Books, *, today: date, not_before: date | None, field: str) -> None:
    """Raises DateOutOfBounds, which names the `field`, unless the books are open for the day and it is not before the
    loan's own first day, `not_before`, where that is known."""
    if books.open_from and day < books.open_from:
        raise DateOutOfBounds(f"The books are closed before {books.open_from}.", field=field)
    if day > today + timedelta(days=books.future_days):
        raise DateOutOfBounds(f"The date cannot be more than {books.future_days} days ahead.", field=field)
    if not_before and day < not_before:
        raise DateOutOfBounds(f"The date cannot be before the loan was disbursed, on {not_before}.", field=field)
