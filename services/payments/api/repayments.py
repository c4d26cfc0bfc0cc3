"""Repayments: recording one, and reading what was recorded."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app

from services.payments.api.bodies.repayments import NewRepaymentBody, RepaymentFilters, ReversalBody, SummaryFilters
from services.payments.api.books import books, settings
from services.payments.domain.value_date import value_date
from services.payments.queries.loans import loan_in_scope, loans_in_short
from services.payments.queries.repayments import (
    allocations_by_repayment,
    repayment_in_scope,
    repayments_page,
    sums_by_method,
)
from services.payments.queries.schedules import instalments_by_id
from services.payments.shapes.repayments import Recorded as RecordedShape
from services.payments.shapes.repayments import Repayment, RepaymentRow, Reversal, Summary
from services.payments.steps.repayments import Payment, Recorded
from services.payments.usecases.repayments import record_repayments
from services.payments.usecases.reversal import RepaymentNotFound, reverse_repayment
from shared.clock import business_date, now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import DomainError, Forbidden
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import page_request, success
from shared.web.group_commit import GroupCommit
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, once, reading

repayments = Blueprint("repayments", __name__, url_prefix="/repayments")

RECENT = 5
GROUP_COMMIT = "payments.group_commit"
"""Where an app keeps what records payments of several requests in one transaction."""


class PaymentsArePermanent(Forbidden):
    """What was received was received."""


@repayments.post("")
@requires(Role.ADMIN, Role.CREDIT_OFFICER)
@documented(
    "Record a repayment",
    name="record_repayment",
    body=NewRepaymentBody,
    answer=RecordedShape,
    status=201,
    statuses=(200,),
)
def post_repayment() -> Response:
    """Record money received. It pays the oldest instalment first, and of each penalty, fee, interest, principal in this
    order; never more than is owed.

    `receipt` is what the member gets. With an `Idempotency-Key` a payment is recorded once, however often it is sent:
    200 says that it was there already. Payments are permanent.
    """
    payment = _payment(load(NewRepaymentBody))
    group_commit: GroupCommit[Payment] = current_app.extensions[GROUP_COMMIT]
    return group_commit.answer(payment) or once(lambda uow: _record_alone(uow, payment))


def record_group(uow: UnitOfWork, payments: Sequence[Payment]) -> list[Response | None]:
    """The answers to payments that came at the same time; None for those that are to be recorded alone."""
    outcomes = record_repayments(uow, payments, waits=False)
    recorded = (outcomes.get(payment.id) for payment in payments)
    return [_answer(outcome) if isinstance(outcome, Recorded) else None for outcome in recorded]


def _record_alone(uow: UnitOfWork, payment: Payment) -> Response:
    outcome = record_repayments(uow, [payment])[payment.id]
    if isinstance(outcome, DomainError):
        raise outcome
    return _answer(outcome)


def _payment(body: dict[str, Any]) -> Payment:
    recorded_at, zone = now(), company_zone()
    given_paid_at = body.pop("paid_at", None)
    paid_at = given_paid_at or recorded_at
    return Payment(
        by=current_actor(),
        paid_at=paid_at,
        paid_on=value_date(paid_at, zone),
        recorded_at=recorded_at,
        business_date=business_date(zone.key, recorded_at),
        is_dated=given_paid_at is not None,
        books=books(),
        **body,
    )


def _answer(recorded: Recorded) -> Response:
    answer = RecordedShape.of(recorded.repayment, account=recorded.account, allocations=recorded.allocations)
    if recorded.is_new:
        return success(answer, "Repayment recorded successfully.", status=201)
    return success(answer, "This repayment was recorded before.")


@repayments.post("/<uuid:repayment_id>/reverse")
@requires(Role.ADMIN)
@documented("Reverse a repayment", name="reverse_repayment", body=ReversalBody, answer=Reversal, status=201)
@idempotent
def post_reversal(uow: UnitOfWork, repayment_id: UUID) -> Response:
    """Take a repayment back by an entry against it; both stay visible. Only where the setting `allowRepaymentReversal`
    is on."""
    at = now()
    reversal = reverse_repayment(
        uow,
        by=current_actor(),
        repayment_id=repayment_id,
        at=at,
        business_date=business_date(company_zone().key, at),
        is_always_allowed=settings().allow_repayment_reversal,
        **load(ReversalBody),
    )
    return success(Reversal.of(reversal), "Repayment reversed successfully.", status=201)


@repayments.get("")
@requires()
@documented(
    "List repayments", name="list_repayments", query=RepaymentFilters, answer=RepaymentRow, many=True, paged=True
)
def get_repayments() -> Response:
    """Money received on the loans one may see, the latest payment first; reversals are entries of their own."""
    filters, page = load_query(RepaymentFilters), page_request()
    with reading() as connection:
        rows, total = repayments_page(connection, current_actor(), filters, limit=page.limit, offset=page.offset)
        loans = loans_in_short(connection, (row.loan_id for row in rows))
        allocations = allocations_by_repayment(connection, [row.id for row in rows])
    answer = [RepaymentRow.of(row, loans=loans, allocations=allocations) for row in rows]
    return success(answer, "Repayments retrieved successfully.", page=page.of(total))


@repayments.get("/<uuid:repayment_id>")
@requires()
@documented("Show a repayment", name="get_repayment", answer=Repayment)
def get_repayment(repayment_id: UUID) -> Response:
    """An entry with its loan and the instalments it paid."""
    actor = current_actor()
    with reading() as connection:
        row = repayment_in_scope(connection, actor, repayment_id)
        loan = row and loan_in_scope(connection, actor, row.loan_id)
        if row is None or loan is None:
            raise RepaymentNotFound("Repayment not found")
        allocations = allocations_by_repayment(connection, [repayment_id])[repayment_id]
        instalments = instalments_by_id(connection, (part.instalment_id for part in allocations))
    answer = Repayment.of(row, loan=loan, allocations=allocations, instalments=instalments, today=today())
    return success(answer, "Repayment retrieved successfully.")


@repayments.get("/summary")
@requires()
@documented("Sum up repayments", name="get_repayment_summary", query=SummaryFilters, answer=Summary)
def get_summary() -> Response:
    """How many repayments there were, their sum, the sum of each method, and the five latest."""
    filters, actor = load_query(SummaryFilters), current_actor()
    with reading() as connection:
        sums = sums_by_method(connection, actor, filters)
        recent, _ = repayments_page(connection, actor, filters, limit=RECENT, offset=0)
        loans = loans_in_short(connection, (row.loan_id for row in recent))
    answer = Summary.of(None, sums=sums, recent=recent, loans=loans)
    return success(answer, "Repayment summary retrieved successfully.")


@repayments.route("/<uuid:repayment_id>", methods=["PUT", "DELETE"])
@requires()
@documented("Refused: payments are permanent", name="refuse_repayment_change")
def refuse_change(repayment_id: UUID) -> Response:
    """Always refused with 403 `payments-are-permanent`: a wrong payment is reversed."""
    raise PaymentsArePermanent("Payments are permanent: they cannot be changed or deleted.")
