"""The catalogue of reports, and each of them, on screen and as a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.reporting.api.bodies import ReportFilters
from services.reporting.queries.names import asked_names
from services.reporting.reports.definition import Asked, Definition, Parameter, Report
from services.reporting.reports.printed import file_name
from services.reporting.shapes import catalogue as shapes
from services.reporting.usecases.catalogue import asked_of, check_taken, find_report, reports_for_all
from services.reporting.usecases.report_files import report_table
from shared.clock import now
from shared.files.errors import TooManyRows
from shared.files.formats import FileFormat
from shared.postgres.errors import took_too_long
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import page_request, success
from shared.web.exports import EXPORT_MEDIA_TYPES, audit_export, download, head_of_file
from shared.web.schema import documented, load_query
from shared.web.transactions import in_transaction, snapshot

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
    other_media_types=EXPORT_MEDIA_TYPES,
)
def get_report(name: str) -> Response:
    """The rows, totals and series of a report, with its definition and what it was asked for. An officer sees their own
    figures, a supervisor those of their team, an admin everybody's; filters narrow that, and one that the report does
    not take is refused.

    Without `asOf` it is as of today, without a period the month so far; each report says which of both it takes.
    Pagination counts the rows; totals and series are those of all rows. With `format` it is a file of all rows, which
    has the definition, what it was asked for, by whom and when printed on it.
    """
    report, filters = find_report(name), load_query(ReportFilters)
    check_taken(report.definition, request.args)
    file_format = filters.pop("format", None)
    return _page(report, filters) if file_format is None else _file(report, filters, file_format)


class ReportTakesLong(TooManyRows):
    """The report takes longer than anybody should wait for it; a job makes it."""


@contextmanager
def _while_one_waits() -> Iterator[Connection]:
    """As `snapshot`, with as long for each statement as somebody waits before a screen. Raises ReportTakesLong."""
    seconds: float = current_app.extensions["mp"].settings.screen_seconds
    try:
        with snapshot() as connection:
            connection.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
            yield connection
    except DBAPIError as error:
        if not took_too_long(error):
            raise
        raise ReportTakesLong(
            f"This takes longer than {seconds:g} seconds. Please narrow the period or the filters, or have it made by "
            "POST /api/reports/jobs, which takes its time."
        ) from error


def _page(report: Report, filters: dict[str, Any]) -> Response:
    page, definition = page_request(), report.definition
    with _while_one_waits() as connection:
        asked = asked_of(connection, current_actor(), definition, filters, today=today())
        result = report.read(connection, replace(asked, limit=page.limit, offset=page.offset))
        parameters = _parameters(definition, asked) | asked_names(connection, asked.narrowed_to)
    shown = shapes.Report.of(result, definition=definition, parameters=parameters)
    return success(shown, f"{definition.title} retrieved successfully", page=page.of(result.total_rows))


def _file(report: Report, filters: dict[str, Any], file_format: FileFormat) -> Response:
    actor, most_rows = current_actor(), current_app.extensions["mp"].settings.export_rows
    with _while_one_waits() as connection:
        asked = asked_of(connection, actor, report.definition, filters, today=today())
        if request.method == "HEAD":
            return head_of_file(file_format.media_type, f"{file_name(report.definition, asked)}.{file_format}")
        name, table = report_table(connection, actor, report, asked, most_rows=most_rows, at=now(), zone=company_zone())
    # The rows are at hand, so that nothing is held up while they are written.
    rows, answer = download(table, file_format, name, job="/reports/jobs")
    in_transaction(lambda uow: audit_export(uow, action="REPORT_EXPORTED", entity_name="Report", count=rows))
    return answer


def _parameters(definition: Definition, asked: Asked) -> dict[str, Any]:
    """What the report was asked for, with what was left out filled in."""
    days: dict[str, Any] = {}
    if Parameter.PERIOD in definition.parameters:
        days |= {"from": shapes.cell(asked.first), "to": shapes.cell(asked.last)}
    if Parameter.AS_OF in definition.parameters:
        days["asOf"] = shapes.cell(asked.as_of)
    return days | {f"{name}Id": value for name, value in asked.narrowed_to.items() if value}
