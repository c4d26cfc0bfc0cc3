"""What the officers of a team did."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.reporting.domain.activity import Activity, activity
from services.reporting.queries.activity import action_counts
from services.reporting.queries.staff import officers_of


def read_activity(
    connection: Connection, *, supervisor_id: UUID | None, start: datetime, end: datetime, zone: ZoneInfo
) -> Activity:
    """What a supervisor's officers, or all officers when None, did from `start` to `end`, both included, by the days of
    a time zone."""
    officers = [(officer.id, officer.name) for officer in officers_of(connection, supervisor_id)]
    counts, by_day = action_counts(connection, [officer_id for officer_id, _ in officers], start, end, zone)
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    return activity(officers, counts, by_day, first, last)
