"""What stands in the way of deleting a loan type."""

from functools import partial
from uuid import UUID

from flask import Blueprint, Response

from services.lending.domain.loan_type import check_loan_type_may_go
from services.lending.queries.loan_types import loan_type_by_id, unfinished_loans
from services.lending.usecases.loan_types import LoanTypeNotFound
from shared.context import Role
from shared.directory.dependencies import Dependencies, Dependency, Kind, verdict
from shared.web.auth import requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading

deletions = Blueprint("deletions", __name__, url_prefix="/backup/dependencies")


@deletions.get("/loanType/<uuid:loan_type_id>")
@requires(Role.ADMIN)
@documented("Ask whether a loan type can be deleted", name="get_dependencies_of_loan_type", answer=Dependencies)
def get_dependencies_of_loan_type(loan_type_id: UUID) -> Response:
    """What depends on a product: loans of it that are still being decided on or repaid."""
    with reading() as connection:
        if loan_type_by_id(connection, loan_type_id) is None:
            raise LoanTypeNotFound("Loan type not found")
        loans = unfinished_loans(connection, loan_type_id)
    message = f"{loans} loan(s) of it are still being decided on or repaid"
    suggestion = "Stop offering it until they have ended, or give loans not yet paid out another type."
    found = verdict(partial(check_loan_type_may_go, loans), Dependency(Kind.LOANS, loans, message, suggestion))
    return success(Dependencies.of(found), "Dependencies retrieved successfully")
