"""A loan as the answers of writes show it."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import Connection

from services.lending.api import output
from services.lending.api.documents import documents_on_wire
from services.lending.api.institution import today
from services.lending.domain.loan import WITH_ACCOUNT
from services.lending.models import Loan
from services.lending.queries.loan_detail import instalments_of, loan_detail, repayments_of
from services.lending.steps.transition import LoanNotFound
from shared.db import UnitOfWork
from shared.web.auth import current_actor
from shared.web.envelope import success


def changed(uow: UnitOfWork, loan: Loan, message: str, *, status: int = 200) -> Response:
    """The answer after a change of a loan: all of it."""
    uow.session.flush()
    return success(shown(uow.connection, loan.id), message, status=status)


def shown(connection: Connection, loan_id: UUID) -> dict[str, Any]:
    """The loan with all that is shown with it. Raises LoanNotFound, also when the actor may not see it."""
    row = loan_detail(connection, current_actor(), loan_id)
    if row is None:
        raise LoanNotFound("Loan not found")
    # Nothing is asked for what the loan is known to be without, as most loans are without some of it.
    documents = documents_on_wire(connection, loan_id) if row.document_count else output.NO_DOCUMENTS
    if row.status not in WITH_ACCOUNT:
        return output.loan_detail(row, documents, None, None, today())
    instalments = instalments_of(connection, loan_id) if row.instalment_count else ()
    repayments = repayments_of(connection, loan_id) if row.repayment_count else ()
    return output.loan_detail(row, documents, instalments, repayments, today())
