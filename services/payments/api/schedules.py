"""Schedules: instalments over many loans, and all of one loan. Both names of the contract lead here."""

from uuid import UUID

from flask import Blueprint, Response

from services.payments.api.bodies.schedules import ScheduleFilters
from services.payments.domain.account import PAYABLE
from services.payments.domain.settlement import collectable, settlement
from services.payments.queries.ledger import standing
from services.payments.queries.loans import loan_in_scope, loan_type_by_id, loans_in_full
from services.payments.queries.schedules import allocations_by_instalment, instalments_page, schedule_of
from services.payments.shapes.loans import LoanOfScheduleRow
from services.payments.shapes.schedules import LoanSchedule, ScheduleRow
from services.payments.steps.repayments import LoanNotFound
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

schedules = Blueprint("schedules", __name__)


@schedules.get("/schedules", endpoint="list")
@schedules.get("/repayments/schedules", endpoint="list_of_repayments")
@requires()
@documented(
    "List instalments", name="list_instalments", query=ScheduleFilters, answer=ScheduleRow, many=True, paged=True
)
def get_schedules() -> Response:
    """Instalments of the loans one may see, the earliest due first, each with its loan."""
    filters, page, day = load_query(ScheduleFilters), page_request(), today()
    with reading() as connection:
        rows, total = instalments_page(
            connection, current_actor(), filters, today=day, limit=page.limit, offset=page.offset
        )
        loans = loans_in_full(connection, (row.loan_id for row in rows))
    # A loan is written once, however many of its instalments are on the page.
    written = {loan_id: LoanOfScheduleRow.of(loan) for loan_id, loan in loans.items()}
    answer = [ScheduleRow.of(row, today=day, loans=written) for row in rows]
    return success(answer, "Repayment schedules retrieved successfully.", page=page.of(total))


@schedules.get("/schedules/<uuid:loan_id>", endpoint="of_loan")
@schedules.get("/repayments/schedules/<uuid:loan_id>", endpoint="of_loan_of_repayments")
@requires()
@documented("Show a loan's schedule", name="get_payment_schedule", answer=LoanSchedule)
def get_schedule(loan_id: UUID) -> Response:
    """A loan with its instalments and what was paid on each, and what is due today, overdue, and needed to settle
    it."""
    with reading() as connection:
        loan = loan_in_scope(connection, current_actor(), loan_id)
        if loan is None:
            raise LoanNotFound("Loan not found")
        instalments = schedule_of(connection, loan_id)
        allocations = allocations_by_instalment(connection, loan_id)
        loan_type = loan_type_by_id(connection, loan.loan_type_id) if loan.loan_type_id else None
    day, is_payable = today(), loan.status in PAYABLE
    standings = [standing(row) for row in instalments if is_payable]
    answer = LoanSchedule.of(
        None,
        loan=loan,
        loan_type=loan_type,
        instalments=instalments,
        allocations=allocations,
        today=day,
        collectable=collectable(standings, today=day),
        settlement=settlement(standings, loan.interest_rule, on=day).total,
    )
    return success(answer, "Loan schedule retrieved successfully.")
