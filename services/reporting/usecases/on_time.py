"""Sums by day, union and loan type of what fell due, what was paid of it by its day, and what came in, for reports and
the dashboard to add up instead of facts.

Such a sum follows from facts that count from its day or before. So it is final when the day is over, until something is
recorded later that counts from then: that leaves a note (`steps.late_facts`), and the sums of its unions are made anew
from there on.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from services.reporting.domain.calendar import end_of_month
from services.reporting.queries import on_time_days
from services.reporting.queries.on_time_days import Note
from shared.clock import business_date

ONE_DAY = timedelta(days=1)
SETTLING = timedelta(minutes=15)
"""How long after midnight a day is over: what began to be recorded before midnight leaves no note, and has ended."""
MOST_UNIONS = 500
"""Sums of more unions than these are made anew for all of them at once."""


def last_closed_day(zone: str, at: datetime) -> date:
    """The last day that is over, of the institution's time zone."""
    return business_date(zone, at - SETTLING) - ONE_DAY


def make_next_sums(connection: Connection, *, last: date) -> date | None:
    """Make the sums of the oldest days that have none, or not the right ones, at most those of one month, and before
    that those of single unions, at once; returns the last day made, None when all until `last` are made or somebody
    else is making them."""
    if not on_time_days.begin(connection):
        return None
    notes, made = on_time_days.take_notes(connection), on_time_days.made_until(connection)
    if made is not None and made >= last and not notes:
        return None
    first_day = on_time_days.first_day(connection)
    on_time_days.forget_before(connection, first_day)
    if first_day is None:
        return None
    if made is None:
        # Days to come are not made, though nothing may fall due on them as far as anybody knows.
        made, remade = min(first_day - ONE_DAY, last), False
    else:
        made, remade = _make_anew(connection, notes, first_day, made)
    if made >= last:
        on_time_days.set_made_until(connection, made)
        return made if remade else None
    first = max(made + ONE_DAY, first_day)
    until = min(end_of_month(first), last)
    if until >= first:
        on_time_days.make(connection, first, until)
    on_time_days.set_made_until(connection, max(until, made))
    return until if until >= first else None


def _make_anew(connection: Connection, notes: list[Note], first_day: date, made: date) -> tuple[date, bool]:
    """Make the sums of noted unions anew until the day on which those of all end, which are to be made from there on;
    returns that day, and whether any were."""
    of_unions = [note for note in notes if note.unions is not None and note.day <= made]
    unions = {union_id for note in of_unions for union_id in note.unions or ()}
    of_all = [note for note in notes if note.unions is None] + (of_unions if len(unions) > MOST_UNIONS else [])
    end = min([made, *(max(note.day, first_day) - ONE_DAY for note in of_all)])
    first = max(first_day, min((note.day for note in of_unions), default=first_day))
    if not unions or len(unions) > MOST_UNIONS or first > end:
        return end, False
    on_time_days.make(connection, first, end, sorted(unions))
    return end, True
