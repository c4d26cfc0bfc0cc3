"""The day a payment counts for."""

from datetime import UTC, date, datetime, time, tzinfo


def value_date(paid_at: datetime, zone: tzinfo) -> date:
    """The calendar day of a payment in the company's time zone.

    Midnight UTC sharp is how a bare date is written as an instant, and means that day in whatever zone.
    """
    in_utc = paid_at.astimezone(UTC)
    return in_utc.date() if in_utc.time() == time() else paid_at.astimezone(zone).date()
