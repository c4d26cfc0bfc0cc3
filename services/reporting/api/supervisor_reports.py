"""The dashboard of supervisors and what belongs to it. The web client reads these answers without an envelope."""

import orjson
from flask import Blueprint, Response

from services.reporting import shapes
from services.reporting.api.bodies import DashboardFilters, OfficerFilters
from services.reporting.domain.calendar import Period
from services.reporting.queries.staff import officers_of, team_of
from services.reporting.usecases.dashboard import read_dashboard
from shared.context import Role
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

supervisor_reports = Blueprint("supervisor_reports", __name__, url_prefix="/supervisor-reports")


@supervisor_reports.get("/dashboard")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Show the dashboard of a supervisor",
    name="get_dashboard",
    query=DashboardFilters,
    answer=shapes.Dashboard,
    enveloped=False,
)
def get_dashboard() -> Response:
    """A team's unions, members, loans and money, by officer, by status and by month. A supervisor sees their own team;
    an admin the whole institution, or the team of `supervisorId`.

    With a period, loans are those made in it, and what was collected in it stands beside them, whenever its loans were
    made. The fields are at the top of the answer, and once more under `data`.
    """
    filters = load_query(DashboardFilters)
    with reading() as connection:
        person, team = team_of(connection, current_actor(), filters.get("supervisor_id"))
        period = Period(filters.get("start"), filters.get("end"))
        dashboard = read_dashboard(connection, supervisor_id=team, period=period, zone=company_zone(), today=today())
    answer = shapes.Dashboard.of(dashboard, person=person, message="Dashboard retrieved successfully")
    return Response(orjson.dumps(answer), mimetype="application/json")


@supervisor_reports.get("/officers")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List the officers of a supervisor",
    name="list_officers",
    query=OfficerFilters,
    answer=shapes.Officer,
    many=True,
    enveloped=False,
)
def get_officers() -> Response:
    """The credit officers of a team with their sign-ins and unions. The answer is the bare list, without an
    envelope."""
    filters = load_query(OfficerFilters)
    with reading() as connection:
        _, team = team_of(connection, current_actor(), filters.get("supervisor_id"))
        officers = officers_of(connection, team)
    return Response(orjson.dumps([shapes.Officer.of(row) for row in officers]), mimetype="application/json")
