"""Loans: applying, deciding, disbursing, and reading."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy import Connection

from services.lending.api import output
from services.lending.api.answers import LoanDetailAnswer, LoanRowAnswer, LoanSummaryAnswer, PaidScheduleItemAnswer
from services.lending.api.institution import company_zone, create_flow, start_of, today
from services.lending.api.schemas import (
    ApplicationBody,
    DisbursementBody,
    LoanFilters,
    NotesBody,
    RejectionBody,
    StatusBody,
)
from services.lending.domain.application import Application
from services.lending.domain.loan import WITH_ACCOUNT, LoanStatus
from services.lending.domain.terms import base_day
from services.lending.models import Loan
from services.lending.queries.loan_detail import instalments_of, loan_detail, repayments_of, seen_schedule
from services.lending.queries.loan_list import Wanted, loan_page
from services.lending.steps import LoanNotFound
from services.lending.usecases.application import approve_loan, create_loan, reject_loan, submit_loan
from services.lending.usecases.status import change_status, disburse_loan
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

loans = Blueprint("loans", __name__, url_prefix="/loans")

# What the web client calls these statuses.
_SYNONYMS = {"REJECTED": LoanStatus.CANCELED, "PENDING": LoanStatus.PENDING_APPROVAL}


@loans.get("")
@requires()
@documented("List loans", query=LoanFilters, answer=LoanRowAnswer, many=True, paged=True)
def get_loans() -> Response:
    wanted, page, actor = _wanted(load_query(LoanFilters)), page_request(), current_actor()
    with reading() as connection:
        rows, total = loan_page(connection, actor, wanted, limit=page.limit, offset=page.offset)
    return success([output.loan_row(row) for row in rows], "Loans retrieved successfully", page=page.of(total))


@loans.get("/<uuid:loan_id>")
@requires()
@documented("Show a loan", answer=LoanDetailAnswer)
def get_loan(loan_id: UUID) -> Response:
    with reading() as connection:
        return success(_shown(connection, loan_id), "Loan retrieved successfully")


@loans.get("/<uuid:loan_id>/schedule")
@requires()
@documented("Show the schedule of a loan", answer=PaidScheduleItemAnswer, many=True)
def get_schedule(loan_id: UUID) -> Response:
    with reading() as connection:
        instalments = seen_schedule(connection, current_actor(), loan_id)
        if instalments is None:
            raise LoanNotFound("Loan not found")
        repayments = repayments_of(connection, loan_id) if instalments else ()
    answer = output.schedule_with_allocations(instalments, repayments, today())
    return success(answer, "Loan schedule retrieved successfully")


@loans.get("/<uuid:loan_id>/summary")
@requires()
@documented("Show how a loan stands today", answer=LoanSummaryAnswer)
def get_summary(loan_id: UUID) -> Response:
    with reading() as connection:
        row = loan_detail(connection, current_actor(), loan_id)
        if row is None:
            raise LoanNotFound("Loan not found")
        instalments = instalments_of(connection, loan_id)
    return success(output.loan_summary(row, instalments, today()), "Loan summary retrieved successfully")


@loans.post("")
@requires(Role.ADMIN, Role.CREDIT_OFFICER)
@documented("Apply for a loan", body=ApplicationBody, answer=LoanDetailAnswer, status=201)
@idempotent
def post_loan(uow: UnitOfWork) -> Response:
    application = Application(**load(ApplicationBody))
    loan = create_loan(uow, application, flow=create_flow(), by=current_actor(), at=now(), today=today())
    return _changed(uow, loan, "Loan created successfully", status=201)


@loans.patch("/<uuid:loan_id>/submit")
@requires(Role.ADMIN, Role.CREDIT_OFFICER)
@documented("Submit a draft for approval", body=NotesBody, optional_body=True, answer=LoanDetailAnswer)
@transactional
def patch_submit(uow: UnitOfWork, loan_id: UUID) -> Response:
    body = load(NotesBody, optional=True)
    loan = submit_loan(uow, loan_id=loan_id, by=current_actor(), at=now(), **body)
    return _changed(uow, loan, "Loan submitted for approval")


@loans.patch("/<uuid:loan_id>/approve")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Approve a submitted loan", body=NotesBody, optional_body=True, answer=LoanDetailAnswer)
@transactional
def patch_approve(uow: UnitOfWork, loan_id: UUID) -> Response:
    body = load(NotesBody, optional=True)
    loan = approve_loan(uow, loan_id=loan_id, by=current_actor(), at=now(), **body)
    return _changed(uow, loan, "Loan approved successfully")


@loans.patch("/<uuid:loan_id>/reject")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Turn a loan down", body=RejectionBody, answer=LoanDetailAnswer)
@transactional
def patch_reject(uow: UnitOfWork, loan_id: UUID) -> Response:
    loan = reject_loan(uow, loan_id=loan_id, by=current_actor(), at=now(), **load(RejectionBody))
    return _changed(uow, loan, "Loan rejected")


@loans.put("/<uuid:loan_id>/status")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Bring a loan into a status", body=StatusBody, answer=LoanDetailAnswer)
@transactional
def put_status(uow: UnitOfWork, loan_id: UUID) -> Response:
    body = load(StatusBody)
    loan = change_status(uow, loan_id=loan_id, by=current_actor(), at=now(), today=today(), **body)
    return _changed(uow, loan, "Loan status updated successfully")


@loans.post("/<uuid:loan_id>/disburse")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Disburse an approved loan", body=DisbursementBody, optional_body=True, answer=LoanDetailAnswer)
@idempotent
def post_disburse(uow: UnitOfWork, loan_id: UUID) -> Response:
    body, at = load(DisbursementBody, optional=True), now()
    disbursed_at = body.pop("disbursed_at", at)
    disbursed_on = base_day(disbursed_at, company_zone())
    loan = disburse_loan(
        uow,
        loan_id=loan_id,
        disbursed_on=disbursed_on,
        disbursed_at=disbursed_at,
        by=current_actor(),
        at=at,
        **body,
    )
    return _changed(uow, loan, "Loan disbursed successfully")


def _changed(uow: UnitOfWork, loan: Loan, message: str, *, status: int = 200) -> Response:
    uow.session.flush()
    return success(_shown(uow.connection, loan.id), message, status=status)


def _shown(connection: Connection, loan_id: UUID) -> dict[str, Any]:
    row = loan_detail(connection, current_actor(), loan_id)
    if row is None:
        raise LoanNotFound("Loan not found")
    if row.status not in WITH_ACCOUNT:
        return output.loan_detail(row, None, None, today())
    return output.loan_detail(row, instalments_of(connection, loan_id), repayments_of(connection, loan_id), today())


def _wanted(filters: dict[str, Any]) -> Wanted:
    """The filters as the query has them; days are days of the company, and a status nobody knows finds nothing."""
    wanted = {name: value for name, value in filters.items() if value is not None}
    if date_from := wanted.pop("date_from", None):
        wanted["created_from"] = start_of(date_from)
    if date_to := wanted.pop("date_to", None):
        wanted["created_before"] = start_of(date_to + timedelta(days=1))
    status = wanted.pop("status", None)
    if status == "OVERDUE":
        wanted["overdue_on"] = today()
    elif status is not None:
        known = _SYNONYMS.get(status) or (LoanStatus(status) if status in LoanStatus.__members__ else None)
        wanted |= {"status": known} if known else {"nothing": True}
    return wanted
