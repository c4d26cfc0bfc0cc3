"""The history of assignments."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app
from marshmallow import Schema, fields, validate

from services.membership import wire
from services.membership.queries.assignments import MEMBER_MOVED, UNION_ASSIGNED, assignments_page
from shared.fields import BodySchema, Day, Text
from shared.web import shapes
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

DEFAULT_LIMIT = 100
KINDS = validate.OneOf([UNION_ASSIGNED, MEMBER_MOVED])

assignments = Blueprint("assignments", __name__, url_prefix="/assignment-history")


class AssignmentFilters(BodySchema):
    """What narrows the history; the days are both included."""

    kind = Text(data_key="type", max=40, metadata={"enum": [UNION_ASSIGNED, MEMBER_MOVED]})
    date_from = Day(data_key="dateFrom")
    date_to = Day(data_key="dateTo")
    search = Text(max=100, blank_is_none=True)


class AssignmentAnswer(Schema):
    """A union that went to another officer (MANAGER), or a member who went to another union (USER)."""

    id = shapes.identifier()
    type = fields.String(required=True, validate=KINDS)
    userId = shapes.identifier(maybe=True)
    userEmail = shapes.text(maybe=True)
    branchId = shapes.identifier(maybe=True)
    branchName = shapes.text(maybe=True)
    oldBranchId = shapes.identifier(maybe=True)
    oldBranchName = shapes.text(maybe=True)
    newBranchId = shapes.identifier(maybe=True)
    newBranchName = shapes.text(maybe=True)
    oldManagerId = shapes.identifier(maybe=True)
    oldManagerEmail = shapes.text(maybe=True)
    newManagerId = shapes.identifier(maybe=True)
    newManagerEmail = shapes.text(maybe=True)
    changedByUserId = shapes.identifier()
    changedByEmail = shapes.text(maybe=True)
    reason = shapes.text()
    timestamp = shapes.moment()


@assignments.get("")
@requires()
@documented(
    "List who was responsible before",
    name="list_assignments",
    query=AssignmentFilters,
    answer=AssignmentAnswer,
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
    return success([wire.assignment(row) for row in rows], "Assignment history retrieved", page=page.of(total))


def _start_of(day: date) -> datetime:
    """The first instant of a day of the company."""
    return datetime.combine(day, time(), ZoneInfo(current_app.extensions["mp"].settings.company_time_zone))
