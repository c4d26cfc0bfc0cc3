"""What payments knows of a loan beyond its schedule: its charges, and what settles it."""

from uuid import UUID

from flask import Blueprint, Response

from services.payments.api.bodies.loans import NewChargeBody, SettlementFilters, WaiverBody
from services.payments.api.books import books
from services.payments.domain.account import PAYABLE, LoanNotPayable, LoanStatus
from services.payments.domain.settlement import settlement
from services.payments.domain.value_date import check_value_date
from services.payments.models.rows import LoanInFull
from services.payments.queries.charges import charges_of_loan
from services.payments.queries.ledger import standings_of
from services.payments.queries.loans import loan_in_scope
from services.payments.shapes.loans import Charge, Settlement
from services.payments.steps.repayments import LoanNotFound
from services.payments.usecases.charges import add_charge, waive_charge
from shared.clock import business_date, now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading

loans = Blueprint("loans", __name__, url_prefix="/loans/<uuid:loan_id>")


@loans.get("/settlement")
@requires()
@documented("Show what settles a loan on a day", name="get_loan_settlement", query=SettlementFilters, answer=Settlement)
def get_settlement(loan_id: UUID) -> Response:
    """What pays a loan off on a day: all principal, fees and penalties, and interest as far as it is owed that day.
    `rebate` is the interest that need not be paid then."""
    on = load_query(SettlementFilters).get("on") or today()
    with reading() as connection:
        loan = _found(loan_in_scope(connection, current_actor(), loan_id))
        standings = standings_of(connection, [loan_id])[loan_id]
    if not standings or loan.status not in PAYABLE | {LoanStatus.COMPLETED}:
        raise LoanNotPayable("Only active or approved loans can be settled")
    check_value_date(on, books(), today=today(), not_before=loan.disbursed_on, field="on")
    closing = settlement(standings, loan.interest_rule, on=on)
    return success(Settlement.of(closing, account=loan), "Settlement amount calculated successfully.")


@loans.get("/charges")
@requires()
@documented("List the charges of a loan", name="list_loan_charges", answer=Charge, many=True)
def get_charges(loan_id: UUID) -> Response:
    """Fees, penalties and rebates beside what was agreed, those that were given up included."""
    with reading() as connection:
        _found(loan_in_scope(connection, current_actor(), loan_id))
        rows = charges_of_loan(connection, loan_id)
    return success([Charge.of(row) for row in rows], "Charges retrieved successfully.")


@loans.post("/charges")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Add a fee or a penalty to a loan", name="add_loan_charge", body=NewChargeBody, answer=Charge, status=201)
@idempotent
def post_charge(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Add a fee or a penalty to a running loan; it is put on the first instalment due from its day on."""
    body, at = load(NewChargeBody), now()
    day = business_date(company_zone().key, at)
    charge = add_charge(
        uow,
        by=current_actor(),
        loan_id=loan_id,
        kind=body["kind"],
        amount=body["amount"],
        due_on=body.get("due_on") or day,
        note=body.get("note"),
        at=at,
        business_date=day,
        books=books(),
    )
    return success(Charge.of(charge), "Charge added successfully.", status=201)


@loans.post("/charges/<uuid:charge_id>/waive")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Waive a charge", name="waive_loan_charge", body=WaiverBody, answer=Charge)
@idempotent
def post_waiver(uow: UnitOfWork, loan_id: UUID, charge_id: UUID) -> Response:
    """Give up a fee or a penalty. What was paid on it goes to what else is owed."""
    at = now()
    charge = waive_charge(
        uow,
        by=current_actor(),
        loan_id=loan_id,
        charge_id=charge_id,
        at=at,
        business_date=business_date(company_zone().key, at),
        **load(WaiverBody),
    )
    return success(Charge.of(charge), "Charge waived successfully.")


def _found(loan: LoanInFull | None) -> LoanInFull:
    if loan is None:
        raise LoanNotFound("Loan not found")
    return loan
