"""The lists of payments as tables to be saved."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Connection

from services.payments.api.bodies.exports import RepaymentExportQuery, ScheduleExportQuery
from services.payments.queries.exports import every_instalment, every_repayment
from services.payments.shapes.exports import table_of_instalments, table_of_repayments
from shared.files.table import Table
from shared.institution import letterhead
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.exports import exported_list

exports = Blueprint("exports", __name__)


@exports.get("/repayments/export")
@requires()
@exported_list(
    "Export repayments",
    name="export_repayments",
    query=RepaymentExportQuery,
    file_name="repayments",
    action="REPAYMENTS_EXPORTED",
    entity_name="Repayment",
)
def export_repayments(connection: Connection, filters: dict[str, Any]) -> Table:
    """All repayments that the filters of the list leave, as a file: who paid, on which loan, and what of it went to
    penalty, fee, interest and principal."""
    return table_of_repayments(every_repayment(connection, current_actor(), filters), letterhead(connection))


@exports.get("/schedules/export")
@requires()
@exported_list(
    "Export instalments",
    name="export_instalments",
    query=ScheduleExportQuery,
    file_name="schedules",
    action="SCHEDULES_EXPORTED",
    entity_name="RepaymentScheduleItem",
)
def export_schedules(connection: Connection, filters: dict[str, Any]) -> Table:
    """All instalments that the filters of the list leave, as a file: what falls due when, what of it is paid, and how
    long it is overdue."""
    day = today()
    rows = every_instalment(connection, current_actor(), filters, today=day)
    return table_of_instalments(rows, letterhead(connection), today=day)
