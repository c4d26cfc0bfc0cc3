"""The lists of payments as tables to be saved."""

from flask import Blueprint, Response

from services.payments.api.bodies.exports import RepaymentExportQuery, ScheduleExportQuery
from services.payments.queries.exports import every_instalment, every_repayment
from services.payments.shapes.exports import table_of_instalments, table_of_repayments
from shared.db import UnitOfWork
from shared.institution import letterhead
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.exports import EXPORT_MEDIA_TYPES, audit_export, download
from shared.web.schema import documented, load_query
from shared.web.transactions import streaming, transactional

exports = Blueprint("exports", __name__)


@exports.get("/repayments/export")
@requires()
@documented(
    "Export repayments",
    name="export_repayments",
    query=RepaymentExportQuery,
    enveloped=False,
    media_type=EXPORT_MEDIA_TYPES[0],
    other_media_types=EXPORT_MEDIA_TYPES[1:],
)
@transactional
def export_repayments(uow: UnitOfWork) -> Response:
    """All repayments that the filters of the list leave, as a file: who paid, on which loan, and what of it went to
    penalty, fee, interest and principal."""
    filters = load_query(RepaymentExportQuery)
    file_format = filters.pop("format")
    with streaming() as connection:
        rows = every_repayment(connection, current_actor(), filters)
        exported, answer = download(table_of_repayments(rows, letterhead(connection)), file_format, "repayments")
    audit_export(uow, action="REPAYMENTS_EXPORTED", entity_name="Repayment", count=exported)
    return answer


@exports.get("/schedules/export")
@requires()
@documented(
    "Export instalments",
    name="export_instalments",
    query=ScheduleExportQuery,
    enveloped=False,
    media_type=EXPORT_MEDIA_TYPES[0],
    other_media_types=EXPORT_MEDIA_TYPES[1:],
)
@transactional
def export_schedules(uow: UnitOfWork) -> Response:
    """All instalments that the filters of the list leave, as a file: what falls due when, what of it is paid, and how
    long it is overdue."""
    filters, day = load_query(ScheduleExportQuery), today()
    file_format = filters.pop("format")
    with streaming() as connection:
        rows = every_instalment(connection, current_actor(), filters, today=day)
        table = table_of_instalments(rows, letterhead(connection), today=day)
        exported, answer = download(table, file_format, "schedules")
    audit_export(uow, action="SCHEDULES_EXPORTED", entity_name="RepaymentScheduleItem", count=exported)
    return answer
