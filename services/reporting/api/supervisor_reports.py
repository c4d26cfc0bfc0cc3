"""The dashboard of supervisors and what belongs to it. The web client reads these answers without an envelope."""

import orjson
from flask import Blueprint, Response

from services.reporting.api.bodies import DashboardQuery, OfficerFilters
from services.reporting.api.dashboard_files import dashboard_table
from services.reporting.domain.calendar import Period
from services.reporting.queries.staff import officers_of, team_of
from services.reporting.shapes.dashboard import Dashboard
from services.reporting.shapes.officers import Officer
from services.reporting.usecases.dashboard import read_dashboard
from services.reporting.usecases.report_files import print_for
from shared.clock import now
from shared.context import Role
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.exports import EXPORT_MEDIA_TYPES, audit_export, download
from shared.web.schema import documented, load_query
from shared.web.transactions import in_transaction, reading, snapshot

supervisor_reports = Blueprint("supervisor_reports", __name__, url_prefix="/supervisor-reports")


@supervisor_reports.get("/dashboard")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Show the dashboard of a supervisor",
    name="get_dashboard",
    query=DashboardQuery,
    answer=Dashboard,
    enveloped=False,
    other_media_types=EXPORT_MEDIA_TYPES,
)
def get_dashboard() -> Response:
    """A team's unions, members, loans and money, by officer, by status and by month. A supervisor sees their own team;
    an admin the whole institution, or the team of `supervisorId`.

    With a period, loans are those made in it, and what was collected in it stands beside them, whenever its loans were
    made; so does how much of what first fell due on its days before today was paid by then. The fields are at the top
    of the answer, and once more under `data`. With `format` it is a file.
    """
    filters = load_query(DashboardQuery)
    file_format = filters.get("format")
    period = Period(filters.get("start"), filters.get("end"))
    with snapshot() if file_format else reading() as connection:
        person, team = team_of(connection, current_actor(), filters.get("supervisor_id"))
        dashboard = read_dashboard(connection, supervisor_id=team, period=period, zone=company_zone(), today=today())
        if file_format is not None:
            made = print_for(connection, current_actor(), {}, at=now(), zone=company_zone())
    if file_format is None:
        answer = Dashboard.of(dashboard, person=person, message="Dashboard retrieved successfully")
        return Response(orjson.dumps(answer), mimetype="application/json")
    whose = f"Team of {person.name}" if team else "The whole institution"
    rows, file = download(dashboard_table(dashboard, whose, period, made), file_format, f"dashboard-{today()}")
    in_transaction(lambda uow: audit_export(uow, action="REPORT_EXPORTED", entity_name="Report", count=rows))
    return file


@supervisor_reports.get("/officers")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List the officers of a supervisor",
    name="list_officers",
    query=OfficerFilters,
    answer=Officer,
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
    return Response(orjson.dumps([Officer.of(row) for row in officers]), mimetype="application/json")
