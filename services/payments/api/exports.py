"""The lists of payments as tables to be saved."""

from datetime import date
from typing import Any

from flask import Blueprint
from sqlalchemy import Connection

from services.payments.api.bodies.exports import RepaymentExportQuery, ScheduleExportQuery
from services.payments.queries.exports import every_instalment, every_repayment
from services.payments.queries.repayments import count_repayments
from services.payments.queries.schedules import count_instalments
from services.payments.shapes.exports import table_of_instalments, table_of_repayments
from shared.context import Actor
from shared.directory.scope import unions_seen
from shared.files.table import Table
from shared.institution import letterhead
from shared.jobs.lists import ListExport, ListExports
from shared.web.exports import exported_list

exports = Blueprint("exports", __name__)


def _repayments(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> Table:
    """All repayments that the filters of the list leave, as a file: who paid, on which loan, and what of it went to
    penalty, fee, interest and principal."""
    return table_of_repayments(every_repayment(connection, actor, filters), letterhead(connection))


def _instalments(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> Table:
    """All instalments that the filters of the list leave, as a file: what falls due when, what of it is paid, and how
    long it is overdue."""
    rows = every_instalment(connection, actor, filters, today=today)
    return table_of_instalments(rows, letterhead(connection), today=today)


def _count_repayments(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> int:
    return count_repayments(connection, actor, filters)


REPAYMENTS = ListExport(
    name="repayments", title="Repayments", query=RepaymentExportQuery, action="REPAYMENTS_EXPORTED",
    entity_name="Repayment", table=_repayments, count=_count_repayments,
)  # fmt: skip
SCHEDULES = ListExport(
    name="schedules", title="Instalments", query=ScheduleExportQuery, action="SCHEDULES_EXPORTED",
    entity_name="RepaymentScheduleItem", table=_instalments, count=count_instalments,
)  # fmt: skip
EXPORTS = ListExports((REPAYMENTS, SCHEDULES), unions_seen)

for _export, _summary, _name in (
    (REPAYMENTS, "Export repayments", "export_repayments"),
    (SCHEDULES, "Export instalments", "export_instalments"),
):
    exports.add_url_rule(f"/{_export.name}/export", view_func=exported_list(_export, _summary, name=_name))
