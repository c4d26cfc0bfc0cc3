"""The catalogue of reports, and each of them."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from services.reporting import shapes
from services.reporting.api.bodies import ReportFilters
from services.reporting.queries.names import asked_names
from services.reporting.reports.definition import Asked, Definition, Parameter
from services.reporting.usecases.catalogue import asked_of, find_report, reports_for_all
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

reports = Blueprint("reports", __name__, url_prefix="/supervisor-reports")


@reports.get("/catalogue")
@requires()
@documented("List the reports", name="list_reports", answer=shapes.ReportDefinition, many=True)
def get_catalogue() -> Response:
    """Every report there is: what it is for, what it can be asked for, its columns, and the formula of its figures with
    the source."""
    shown = [shapes.ReportDefinition.of(definition) for definition in reports_for_all()]
    return success(shown, "Reports retrieved successfully")


@reports.get("/<name>")
@requires()
@documented(
    "Read a report",
    name="read_report",
    query=ReportFilters,
    answer=shapes.Report,
    paged=True,
)
def get_report(name: str) -> Response:
    """The rows, totals and series of a report, with its definition and what it was asked for. An officer sees their own
    figures, a supervisor those of their team, an admin everybody's; filters narrow that.

    Without `asOf` it is as of today, without a period the month so far; each report says which of both it takes.
    Pagination counts the rows; totals and series are those of all rows.
    """
    report, filters = find_report(name), load_query(ReportFilters)
    with reading() as connection:
        asked = asked_of(connection, current_actor(), report.definition, filters, today=today())
        page = page_request()
        asked = replace(asked, limit=page.limit, offset=page.offset)
        result = report.read(connection, asked)
        parameters = _parameters(report.definition, asked) | asked_names(connection, _ids(asked))
    answer = shapes.Report.of(result, definition=report.definition, parameters=parameters)
    return success(answer, f"{report.definition.title} retrieved successfully", page=page.of(result.total_rows))


def _ids(asked: Asked) -> dict[str, Any]:
    return {
        "officer": asked.officer_id,
        "supervisor": asked.supervisor_id,
        "union": asked.union_id,
        "loanType": asked.loan_type_id,
    }


def _parameters(definition: Definition, asked: Asked) -> dict[str, Any]:
    """What the report was asked for, with what was left out filled in."""
    days: dict[str, Any] = {}
    if Parameter.PERIOD in definition.parameters:
        days |= {"from": shapes.cell(asked.first), "to": shapes.cell(asked.last)}
    if Parameter.AS_OF in definition.parameters:
        days["asOf"] = shapes.cell(asked.as_of)
    return days | {f"{name}Id": value for name, value in _ids(asked).items() if value}
