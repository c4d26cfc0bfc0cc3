"""The figures of unions, which older pages call branches, in calendar periods up to today."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response

from services.reporting.api.bodies import AnalyticsFilters, ComparisonBody
from services.reporting.domain.analytics import Branch, PeriodType
from services.reporting.shapes.analytics import BranchAnalytics, SystemAnalytics
from services.reporting.usecases.analytics import Analysed, compare_branches, read_branches, read_system
from shared.context import Role
from shared.shapes import Json
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import reading

analytics = Blueprint("analytics", __name__, url_prefix="/analytics")


@analytics.get("/branch")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Show the figures of each union",
    name="list_branch_analytics",
    query=AnalyticsFilters,
    answer=BranchAnalytics,
    many=True,
)
def get_branches() -> Response:
    """The figures of every union one may see, by name: an admin all, a supervisor those of their officers. Members and
    loans are those of now; revenue and sign-ins are those of the calendar day, week, month, quarter and year so far."""
    period = load_query(AnalyticsFilters)["period"]
    with reading() as connection:
        analysed, branches = read_branches(connection, current_actor(), period, today=today(), zone=company_zone())
    return success(_shown(analysed, branches), "Branch analytics retrieved successfully")


@analytics.get("/system")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Show the figures of all unions together",
    name="get_system_analytics",
    query=AnalyticsFilters,
    answer=SystemAnalytics,
)
def get_system() -> Response:
    """The figures of all unions one may see, together and one by one."""
    period = load_query(AnalyticsFilters)["period"]
    with reading() as connection:
        analysed, system = read_system(connection, current_actor(), period, today=today(), zone=company_zone())
    return success(SystemAnalytics.of(system, analysed=analysed), "System analytics retrieved successfully")


@analytics.post("/branch/<uuid:union_id>/generate")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Show the figures of one union",
    name="generate_branch_analytics",
    body=AnalyticsFilters,
    optional_body=True,
    answer=BranchAnalytics,
)
def post_branch(union_id: UUID) -> Response:
    """The figures of one union as they are now. Nothing is kept: they are computed whenever they are asked for."""
    period = load(AnalyticsFilters, optional=True)["period"]
    analysed, branches = _compared(period, [union_id])
    return success(_shown(analysed, branches)[0], "Branch analytics generated successfully")


@analytics.post("/comparison")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Compare unions by their figures", name="compare_branches", body=ComparisonBody, answer=BranchAnalytics, many=True
)
def post_comparison() -> Response:
    """The figures of up to 50 unions, in the order they are named in."""
    body = load(ComparisonBody)
    analysed, branches = _compared(body["period"], body["union_ids"])
    return success(_shown(analysed, branches), "Branch comparison retrieved successfully")


def _compared(period: PeriodType, union_ids: Sequence[UUID]) -> tuple[Analysed, Sequence[Branch]]:
    with reading() as connection:
        return compare_branches(connection, current_actor(), period, union_ids, today=today(), zone=company_zone())


def _shown(analysed: Analysed, branches: Sequence[Branch]) -> list[Json]:
    return [BranchAnalytics.of(branch, analysed=analysed) for branch in branches]
