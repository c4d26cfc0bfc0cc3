"""Loan types."""

from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response

from services.lending.api.bodies import LoanTypeBody, LoanTypeChangeBody, LoanTypeFilters
from services.lending.domain.conditions import OVERRIDABLE, Conditions
from services.lending.domain.loan_type import Limits
from services.lending.models import LoanType
from services.lending.queries.loan_types import (
    Filters,
    loan_type_by_id,
    loan_type_page,
    loan_type_total,
    loans_of_types,
)
from services.lending.shapes import loan_types as shapes
from services.lending.usecases.loan_types import (
    LoanTypeNotFound,
    Product,
    create_loan_type,
    delete_loan_type,
    edit_loan_type,
    toggle_loan_type,
)
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

loan_types = Blueprint("loan_types", __name__, url_prefix="/loan-types")


@loan_types.get("")
@requires()
@documented(
    "List loan types", name="list_loan_types", query=LoanTypeFilters, answer=shapes.LoanType, many=True, paged=True
)
def get_loan_types() -> Response:
    """The products, the newest first, with how many loans were made from each."""
    filters, page = cast(Filters, load_query(LoanTypeFilters)), page_request()
    with reading() as connection:
        rows = loan_type_page(connection, filters, limit=page.limit, offset=page.offset)
        total = loan_type_total(connection, filters)
        loans = loans_of_types(connection, [row.id for row in rows])
    answer = [shapes.LoanType.of(row, loans=loans.get(row.id, 0)) for row in rows]
    return success(answer, "Loan types retrieved successfully", page=page.of(total))


@loan_types.get("/<uuid:loan_type_id>")
@requires()
@documented("Show a loan type", name="get_loan_type", answer=shapes.LoanType)
def get_loan_type(loan_type_id: UUID) -> Response:
    """A product with its limits and its conditions."""
    with reading() as connection:
        row = loan_type_by_id(connection, loan_type_id)
        if row is None:
            raise LoanTypeNotFound("Loan type not found")
        loans = loans_of_types(connection, [row.id])
    return success(shapes.LoanType.of(row, loans=loans.get(row.id, 0)), "Loan type retrieved successfully")


@loan_types.post("")
@requires(Role.ADMIN)
@documented("Offer a new loan type", name="create_loan_type", body=LoanTypeBody, answer=shapes.LoanType, status=201)
@idempotent
def post_loan_type(uow: UnitOfWork) -> Response:
    """Offer a new product. What it does not say of its conditions is as if there were no interest and no fee."""
    body = load(LoanTypeBody)
    conditions = Conditions().changed({name: body.pop(name) for name in OVERRIDABLE if name in body})
    limits = Limits(**{name: body.pop(name) for name in Limits.__slots__})
    loan_type = create_loan_type(uow, Product(conditions=conditions, limits=limits, **body), at=now())
    return success(shapes.LoanType.of(loan_type, loans=0), "Loan type created successfully", status=201)


@loan_types.put("/<uuid:loan_type_id>")
@requires(Role.ADMIN)
@documented(
    "Change a loan type; loans made from it stay as they are",
    name="update_loan_type",
    body=LoanTypeChangeBody,
    answer=shapes.LoanType,
)
@transactional
def put_loan_type(uow: UnitOfWork, loan_type_id: UUID) -> Response:
    """Change a product: what is absent stays. Loans that were made from it keep the conditions they were made on."""
    loan_type = edit_loan_type(uow, loan_type_id=loan_type_id, changes=load(LoanTypeChangeBody), at=now())
    return success(_row(uow, loan_type), "Loan type updated successfully")


@loan_types.put("/<uuid:loan_type_id>/toggle-status")
@requires(Role.ADMIN)
@documented("Stop offering a loan type, or offer it again", name="toggle_loan_type", answer=shapes.LoanType)
@transactional
def put_toggle_status(uow: UnitOfWork, loan_type_id: UUID) -> Response:
    """Stop offering a product for new loans, or offer it again."""
    loan_type = toggle_loan_type(uow, loan_type_id=loan_type_id, at=now())
    word = "activated" if loan_type.is_active else "deactivated"
    return success(_row(uow, loan_type), f"Loan type {word} successfully")


@loan_types.delete("/<uuid:loan_type_id>")
@requires(Role.ADMIN)
@documented("Drop a loan type of which every loan has ended", name="delete_loan_type")
@transactional
def remove_loan_type(uow: UnitOfWork, loan_type_id: UUID) -> Response:
    """Delete a product of which every loan has ended."""
    delete_loan_type(uow, loan_type_id=loan_type_id, at=now())
    return success(None, "Loan type deleted successfully")


def _row(uow: UnitOfWork, loan_type: LoanType) -> dict[str, Any]:
    loans = loans_of_types(uow.connection, [loan_type.id])
    return shapes.LoanType.of(loan_type, loans=loans.get(loan_type.id, 0))
