"""Subscriptions: a report that is sent daily, weekly or monthly, about the day, week or month that has just ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


class Frequency(StrEnum):
    """How often a report is sent."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A report that somebody has sent. `day` is the day of the week, Monday is 1, or of the month, 28 at most; 1 where
    it is sent each day. `next_on` is when it is due next, `last_on` for which day it was last made."""

    id: UUID
    person_id: UUID
    name: str
    title: str
    format: str
    filters: Mapping[str, str]
    frequency: Frequency
    day: int
    next_on: date
    last_on: date | None = None
    created_at: datetime
    updated_at: datetime


def newest_due(frequency: Frequency, day: int, today: date) -> date:
    """The last day up to today, with today, on which it is due."""
    if frequency is Frequency.DAILY:
        return today
    if frequency is Frequency.WEEKLY:
        return today - timedelta(days=(today.isoweekday() - day) % 7)
    due = today.replace(day=day)
    return due if due <= today else _month_before(today).replace(day=day)


def next_due(frequency: Frequency, day: int, today: date) -> date:
    """The first day after today on which it is due."""
    last = newest_due(frequency, day, today)
    if frequency is Frequency.DAILY:
        return last + _DAY
    return last + _WEEK if frequency is Frequency.WEEKLY else _month_after(last).replace(day=day)


def period_of(frequency: Frequency, due_on: date, *, looks_ahead: bool) -> tuple[date, date]:
    """The days a report is about that is due then, both ends included: the day before, the seven days before, or the
    calendar month before; of a report that looks ahead the day itself, the seven days from it on, or its month."""
    if frequency is Frequency.DAILY:
        return (due_on, due_on) if looks_ahead else (due_on - _DAY, due_on - _DAY)
    if frequency is Frequency.WEEKLY:
        first = due_on if looks_ahead else due_on - _WEEK
        return first, first + _WEEK - _DAY
    first = due_on.replace(day=1) if looks_ahead else _month_before(due_on)
    return first, _month_after(first) - _DAY


def _month_before(day: date) -> date:
    return (day.replace(day=1) - _DAY).replace(day=1)


def _month_after(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
