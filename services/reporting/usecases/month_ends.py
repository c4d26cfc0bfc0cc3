"""Freezing the positions at the ends of months, so that what was reported of them stays."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from services.reporting.domain.calendar import end_of_month
from services.reporting.queries import month_ends

DAYS_TO_RECORD = 1
"""How long what happened on the last day of a month may be recorded and still be in its figures."""


def freeze_next_month(connection: Connection, *, today: date, at: datetime) -> date | None:
    """Keep the positions at the oldest end of a month that is not kept yet; returns it, None when there is none.

    They are those that were recorded until the day after, whenever this is done: what is caught up after a week, or
    made anew from the events, is the same. Nothing is kept while the history of the loans is not filled in.
    """
    if not month_ends.begin(connection):
        return None
    first, kept = month_ends.first_disbursement(connection), month_ends.kept(connection)
    if first is None:
        return None
    last_day = today - timedelta(days=1 + DAYS_TO_RECORD)
    day = next((day for day in _month_ends(first, last_day) if day not in kept), None)
    if day is not None:
        month_ends.keep(connection, day, recorded_until=day + timedelta(days=DAYS_TO_RECORD), at=at)
    return day


def _month_ends(first: date, last: date) -> Iterator[date]:
    """The last days of months from that of `first` on until `last`."""
    day = end_of_month(first)
    while day <= last:
        yield day
        day = end_of_month(day + timedelta(days=1))
