"""Spans of time: the period of a report, and calendar months, each named by its first day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time with both ends included; an end that is None is open."""

    start: datetime | None = None
    end: datetime | None = None


ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class Days:
    """A span of the institution's days with both ends included; an end that is None is open."""

    first: date | None = None
    last: date | None = None


def days_of(period: Period, zone: ZoneInfo) -> Days:
    """The days on which a period begins and ends in a time zone."""
    first, last = (end.astimezone(zone).date() if end else None for end in (period.start, period.end))
    return Days(first, last)


def last_months(today: date, count: int) -> tuple[date, ...]:
    """The month of `today` and those before it, `count` in all, the oldest first."""
    newest = today.year * 12 + today.month - 1
    return tuple(date(number // 12, number % 12 + 1, 1) for number in range(newest - count + 1, newest + 1))


def label(month: date) -> str:
    """`Jan 2026`, whatever the language of the machine."""
    return f"{_NAMES[month.month - 1]} {month.year}"


def end_of_month(day: date) -> date:
    """The last day of the month a day lies in."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def months_between(first: date, last: date) -> int:
    """How many months after the one of `first` that of `last` is: 1 from January to February."""
    return (last.year - first.year) * 12 + last.month - first.month


def whole_months(days: Days, newest: date | None) -> Days | None:
    """The first days of the first and the last month, where days cover whole months as far as there is something, which
    is until the day `newest`; None where they cut a month, or there is nothing."""
    first, last = days.first, days.last or newest
    if first is None or last is None or newest is None or last < first or first.day != 1:
        return None
    return Days(first, last.replace(day=1)) if last >= newest or last == end_of_month(last) else None
