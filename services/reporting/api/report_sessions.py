"""Reports that are generated and kept. The web client reads these answers without an envelope."""

from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, Response
from sqlalchemy import Connection

from services.reporting.api.bodies import GenerateBody, SessionFilters
from services.reporting.domain.calendar import Period, days_of
from services.reporting.domain.sessions import ReportType, default_title
from services.reporting.queries.sessions import session_detail, sessions_page
from services.reporting.queries.staff import team_of
from services.reporting.shapes.dashboard import DashboardFields
from services.reporting.shapes.sessions import ReportSession, ReportSessions
from services.reporting.usecases.dashboard import read_dashboard
from services.reporting.usecases.sessions import Generated, delete_report, keep_report
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import RuleViolated
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

DEFAULT_LIMIT = 10


class PeriodInFuture(RuleViolated):
    """The period has not begun: there is nothing to report of it yet."""


report_sessions = Blueprint("report_sessions", __name__, url_prefix="/supervisor-reports")


@report_sessions.post("/generate")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Generate a report that is kept",
    name="generate_report",
    body=GenerateBody,
    answer=ReportSession,
    enveloped=False,
    status=201,
)
@idempotent
def post_report(uow: UnitOfWork) -> Response:
    """Keep the dashboard of a period as it is now, under a title. A supervisor does so for their own team; an admin for
    the whole institution, or for the team of `supervisorId`, whose supervisor then has the report too. At most 100 in
    24 hours. A period that has begun may end later.

    The fields are at the top of the answer, and once more under `data`.
    """
    body, actor = load(GenerateBody), current_actor()
    report_type, period = ReportType(body["report_type"]), Period(body["start"], body["end"])
    if body["start"] > now():
        raise PeriodInFuture("This period has not begun yet", field="periodStart")
    person, team = team_of(uow.connection, actor, body.get("supervisor_id"))
    dashboard = read_dashboard(uow.connection, supervisor_id=team, period=period, zone=company_zone(), today=today())
    report = Generated(
        supervisor_id=person.id,
        report_type=report_type,
        title=body.get("title") or _title(report_type, period),
        period=period,
        officers=len(dashboard.officers),
        figures=dashboard.summary,
        shown=_as_kept(DashboardFields.of(dashboard, person=person)),
    )
    session_id = keep_report(uow, report, by=actor, at=now())
    answer = _detail(uow.connection, session_id, "Report generated successfully")
    return Response(orjson.dumps(answer), 201, mimetype="application/json")


@report_sessions.get("/sessions")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List the reports that are kept",
    name="list_report_sessions",
    query=SessionFilters,
    answer=ReportSessions,
    enveloped=False,
    paged=True,
)
def get_sessions() -> Response:
    """Reports that were generated, the newest first: a supervisor's own, for an admin all. 10 to a page unless `limit`
    says otherwise."""
    filters, page = load_query(SessionFilters), page_request(default_limit=DEFAULT_LIMIT, unpaged=False)
    actor = current_actor()
    chosen = filters.get("supervisor_id") if actor.role is Role.ADMIN else None
    with reading() as connection:
        rows, total = sessions_page(
            connection, seen_by=actor, supervisor_id=chosen, limit=page.limit, offset=page.offset
        )
    pagination, message = page.of(total).dump(), "Report sessions retrieved successfully"
    answer = ReportSessions.of(rows=rows, pagination=pagination, message=message)
    return Response(orjson.dumps(answer), mimetype="application/json")


@report_sessions.get("/sessions/<uuid:session_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Show a report that is kept", name="get_report_session", answer=ReportSession, enveloped=False)
def get_session(session_id: UUID) -> Response:
    """A report as it was generated: one's own, for an admin anybody's. The fields are at the top of the answer, and
    once more under `data`."""
    with reading() as connection:
        answer = _detail(connection, session_id, "Report session retrieved successfully")
    return Response(orjson.dumps(answer), mimetype="application/json")


@report_sessions.delete("/sessions/<uuid:session_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Delete a report that is kept", name="delete_report_session")
@transactional
def delete_session(uow: UnitOfWork, session_id: UUID) -> Response:
    """Delete a report: one's own, an admin anybody's."""
    delete_report(uow, session_id, by=current_actor())
    return success(None, "Report session deleted successfully")


def _detail(connection: Connection, session_id: UUID, message: str) -> dict[str, Any]:
    row = session_detail(connection, session_id, seen_by=current_actor())
    return ReportSession.of(row, message=message)


def _title(report_type: ReportType, period: Period) -> str:
    days = days_of(period, company_zone())
    if days.first is None or days.last is None:
        raise ValueError("A report that is kept has a beginning and an end.")
    return default_title(report_type, days.first, days.last)


def _as_kept(shown: dict[str, Any]) -> dict[str, Any]:
    """What is shown as the JSON that it is shown as."""
    kept: dict[str, Any] = orjson.loads(orjson.dumps(shown))
    return kept
