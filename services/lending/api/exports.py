"""The list of loans as a file."""

from datetime import date
from typing import Any

from flask import Blueprint
from sqlalchemy import Connection

from services.lending.api.bodies import LoanExportQuery, filters_of
from services.lending.queries.loan_list import every_loan, loan_page
from services.lending.shapes.exports import table_of_loans
from shared.context import Actor
from shared.directory.scope import unions_seen
from shared.files.table import Table
from shared.institution import letterhead
from shared.jobs.lists import ListExport, ListExports
from shared.web.exports import exported_list

exports = Blueprint("exports", __name__)


def _table(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> Table:
    """All loans that the filters of the list leave, as a file: whose they are, their terms, what is paid and what is
    still owed."""
    return table_of_loans(every_loan(connection, actor, filters_of(filters, today)), letterhead(connection))


def _count(connection: Connection, actor: Actor, filters: dict[str, Any], today: date) -> int:
    return loan_page(connection, actor, filters_of(filters, today), limit=1, offset=0)[1]


LOANS = ListExport(
    name="loans", title="Loans", query=LoanExportQuery, action="LOANS_EXPORTED", entity_name="Loan", table=_table,
    count=_count,
)  # fmt: skip
EXPORTS = ListExports((LOANS,), unions_seen)

exports.add_url_rule("/loans/export", view_func=exported_list(LOANS, "Export loans", name="export_loans"))
