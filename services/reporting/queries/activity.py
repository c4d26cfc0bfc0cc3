"""What officers did, by the audit trail."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Connection, Uuid, bindparam, text

from services.reporting.domain.activity import ActionCount

# One walk along the entries of these officers for both ways to count them.
_COUNTS = text(
    """
    SELECT actor_id, action, day, count(*) AS entries, max(occurred_at) AS last_at
      FROM (SELECT actor_id, action, occurred_at, (occurred_at AT TIME ZONE :zone)::date AS day FROM audit_entries
             WHERE actor_id = ANY(:officers) AND occurred_at >= :start AND occurred_at <= :end) AS entry
     GROUP BY GROUPING SETS ((actor_id, action), (day))
    """
).bindparams(bindparam("officers", type_=ARRAY(Uuid)))


def action_counts(
    connection: Connection, officers: Collection[UUID], start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[list[ActionCount], Mapping[date, int]]:
    """How many entries these officers left from `start` to `end`, both included: by officer and action, and by day of
    a time zone."""
    values = {"officers": list(officers), "start": start, "end": end, "zone": zone.key}
    rows = connection.execute(_COUNTS, values).all()
    by_officer = [
        ActionCount(row.actor_id, row.action, row.entries, row.last_at) for row in rows if row.actor_id is not None
    ]
    return by_officer, {row.day: row.entries for row in rows if row.day is not None}
