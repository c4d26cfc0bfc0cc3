"""What the officers of a team did, by the audit trail."""

from datetime import datetime, time, timedelta
from typing import Any

import orjson
from flask import Blueprint, Response

from services.reporting.api.bodies import ActivityFilters
from services.reporting.domain.activity import MOST_DAYS
from services.reporting.queries.staff import team_of
from services.reporting.shapes.activity import Activity
from services.reporting.usecases.activity import read_activity
from shared.context import Role
from shared.fields import refuse
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

DEFAULT_DAYS = 30

activity = Blueprint("activity", __name__, url_prefix="/supervisor-reports")


@activity.get("/activity")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Show what officers did", name="get_activity", query=ActivityFilters, answer=Activity, enveloped=False)
def get_activity() -> Response:
    """What the credit officers of a team did, by the audit trail: how often each did what, and how much there was on
    each day. A supervisor sees their own team; an admin all officers, or the team of `supervisorId`. The last 30 days
    unless asked otherwise, at most 366.

    The fields are at the top of the answer, and once more under `data`.
    """
    filters = load_query(ActivityFilters)
    start, end = _period(filters)
    with reading() as connection:
        _, team = team_of(connection, current_actor(), filters.get("supervisor_id"))
        found = read_activity(connection, supervisor_id=team, start=start, end=end, zone=company_zone())
    answer = Activity.of(found, message="Activity retrieved successfully")
    return Response(orjson.dumps(answer), mimetype="application/json")


def _period(filters: dict[str, Any]) -> tuple[datetime, datetime]:
    """The period asked for, with what was left out filled in."""
    zone = company_zone()
    end = filters.get("end") or datetime.combine(today(), time.max, zone)
    first = end.astimezone(zone).date() - timedelta(days=DEFAULT_DAYS - 1)
    start = filters.get("start") or datetime.combine(first, time(), zone)
    if end < start:
        raise refuse("periodEnd", "Must not be before periodStart.")
    if (end.astimezone(zone).date() - start.astimezone(zone).date()).days >= MOST_DAYS:
        raise refuse("periodEnd", f"Must be within {MOST_DAYS} days of periodStart.")
    return start, end
