"""The two times of the institution: the instant in UTC and the business date. Called by entry points only."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def business_date(zone: str, at: datetime | None = None) -> date:
    """The calendar day of the institution at an instant (default: now); `zone` as in "Africa/Lagos"."""
    return (at or now()).astimezone(ZoneInfo(zone)).date()


def midnight_utc(day: date) -> datetime:
    """How a bare calendar day is written as an instant on the wire: midnight UTC of that day."""
    return datetime.combine(day, time(), UTC)
