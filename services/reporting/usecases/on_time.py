"""Sums by day and union of what first fell due and what was paid of it by its day: few rows for a dashboard to add up.

Such a sum follows from facts that count from its day or before. So it is final when the day is over, until something is
recorded later that counts from then: that leaves a note (`steps.late_facts`), and sums from there on are made anew.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from services.reporting.domain.calendar import end_of_month
from services.reporting.queries import on_time_days
from shared.clock import business_date

ONE_DAY = timedelta(days=1)
SETTLING = timedelta(minutes=15)
"""How long after midnight a day is over: what began to be recorded before midnight leaves no note, and has ended."""


def last_closed_day(zone: str, at: datetime) -> date:
    """The last day that is over, of the institution's time zone."""
    return business_date(zone, at - SETTLING) - ONE_DAY


def make_next_sums(connection: Connection, *, last: date) -> date | None:
    """Make the sums of the oldest days that have none, or not the right ones, at most those of one month; returns the
    last of them, None when all until `last` are made or somebody else is making them."""
    if not on_time_days.begin(connection):
        return None
    noted, made = on_time_days.take_notes(connection), on_time_days.made_until(connection)
    if made is None or (noted is not None and noted <= made):
        first_due = on_time_days.first_due_day(connection)
        if first_due is None:
            return None
        made = (noted if made is not None and noted is not None and noted > first_due else first_due) - ONE_DAY
        on_time_days.set_made_until(connection, made)
    if made >= last:
        return None
    first = made + ONE_DAY
    until = min(end_of_month(first), last)
    on_time_days.make(connection, first, until)
    on_time_days.set_made_until(connection, until)
    return until
