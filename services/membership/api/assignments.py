"""The history of assignments."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app

from services.membership import shapes
from services.membership.api.bodies import AssignmentFilters
from services.membership.queries.assignments import assignments_page
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

DEFAULT_LIMIT = 100

assignments = Blueprint("assignments", __name__, url_prefix="/assignment-history")


@assignments.get("")
@requires()
@documented(
    "List who was responsible before",
    name="list_assignments",
    query=AssignmentFilters,
    answer=shapes.Assignment,
    many=True,
    paged=True,
)
def get_assignments() -> Response:
    """When unions got another officer (MANAGER_ASSIGNMENT) and members another union (USER_ASSIGNMENT), the newest
    first. 100 to a page unless `limit` says otherwise."""
    filters, page = load_query(AssignmentFilters), page_request(default_limit=DEFAULT_LIMIT, unpaged=False)
    if date_from := filters.pop("date_from", None):
        filters["at_from"] = _start_of(date_from)
    if date_to := filters.pop("date_to", None):
        filters["at_before"] = _start_of(date_to + timedelta(days=1))
    with reading() as connection:
        rows, total = assignments_page(
            connection, seen_by=current_actor(), limit=page.limit, offset=page.offset, **filters
        )
    return success([shapes.Assignment.of(row) for row in rows], "Assignment history retrieved", page=page.of(total))


def _start_of(day: date) -> datetime:
    """The first instant of a day of the company."""
    return datetime.combine(day, time(), ZoneInfo(current_app.extensions["mp"].settings.company_time_zone))
