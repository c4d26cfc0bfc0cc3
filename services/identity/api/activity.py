"""The sign-in history of staff, and how active they are."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy import Connection

from services.identity import shapes
from services.identity.api.authority import note_activity
from services.identity.api.bodies.activity import HistoryFilters, PeriodQuery
from services.identity.domain.activity import Period
from services.identity.queries import activity
from services.identity.queries.accounts import user_row
from shared.clock import now
from shared.context import Role
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

user_activity = Blueprint("user_activity", __name__, url_prefix="/user-activity")


@user_activity.post("/update")
@requires()
@documented("Say that one is active", name="note_own_activity", answer=shapes.Done)
def post_update() -> Response:
    """Note that one is working, at most once a minute. Any other request notes it too."""
    note_activity()
    return success(shapes.Done.of(), "Activity updated")


@user_activity.get("/login-history")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List sign-ins and failed attempts", name="list_sign_ins", query=HistoryFilters, answer=shapes.History, paged=True
)
def get_login_history() -> Response:
    """Sign-ins and failed attempts of the staff one may see, the newest first. 10 to a page unless `limit` says
    otherwise.

    The list stands twice in `data`, under the names of two pages.
    """
    filters, page = _history_filters(), page_request(default_limit=10, unpaged=False)
    with reading() as connection:
        rows, total = activity.sign_in_page(connection, current_actor(), filters, limit=page.limit, offset=page.offset)
    # The staff page reads `records`; other clients of the old system `loginHistory`.
    data = shapes.History.of(page.of(total), sign_ins=rows)
    return success(data, "Login history retrieved successfully", page=page.of(total))


def _history_filters() -> dict[str, Any]:
    filters = load_query(HistoryFilters)
    if activity_type := filters.pop("activity_type", None):
        filters["is_failure"] = activity_type == "failure"
    return filters


@user_activity.get("/user/<uuid:user_id>/summary")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Sum up the sign-ins of a member of staff", name="get_user_sign_ins", query=PeriodQuery, answer=shapes.UserSummary
)
def get_user_summary(user_id: UUID) -> Response:
    """How often somebody signed in, or failed to, in the last day, week or month."""
    period: Period = load_query(PeriodQuery)["period"]
    with reading() as connection:
        user_row(connection, user_id, current_actor())
        attempts = activity.attempts_since(connection, now() - period.length, [user_id])
        last = activity.last_sign_in(connection, user_id)
    data = shapes.UserSummary.of(attempts, period=period, last=last)
    return success(data, "User activity retrieved successfully")


@user_activity.get("/union/<uuid:union_id>/summary")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Sum up the sign-ins of those in charge of a union",
    name="get_union_sign_ins",
    query=PeriodQuery,
    answer=shapes.GroupSummary,
)
def get_union_summary(union_id: UUID) -> Response:
    """How often those in charge of a union, its officer and their supervisor, signed in or failed to."""
    period: Period = load_query(PeriodQuery)["period"]
    with reading() as connection:
        in_charge = activity.staff_of_union(connection, union_id, current_actor())
        return success(_group_summary(connection, period, now(), in_charge), "Union activity retrieved successfully")


@user_activity.get("/system/summary")
@requires(Role.ADMIN)
@documented("Sum up the sign-ins of all staff", name="get_all_sign_ins", query=PeriodQuery, answer=shapes.GroupSummary)
def get_system_summary() -> Response:
    """How often all staff together signed in, or failed to, and how many of them were active."""
    period: Period = load_query(PeriodQuery)["period"]
    with reading() as connection:
        return success(_group_summary(connection, period, now()), "System activity retrieved successfully")


def _group_summary(
    connection: Connection, period: Period, at: datetime, user_ids: Collection[UUID] | None = None
) -> dict[str, Any]:
    since = at - period.length
    users, active_users = activity.staff_count(connection, since, user_ids)
    attempts = activity.attempts_since(connection, since, user_ids)
    return shapes.GroupSummary.of(attempts, period=period, users=users, active_users=active_users)
