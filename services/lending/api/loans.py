"""Loans: applying, deciding, disbursing, changing, and reading."""

from uuid import UUID

from flask import Blueprint, Response, current_app
from sqlalchemy import Connection

from services.lending.api.bodies import (
    ApplicationBody,
    ApprovalBody,
    AssignmentBody,
    DeletionBody,
    DisbursementBody,
    LoanChangeBody,
    LoanQuery,
    NotesBody,
    RejectionBody,
    StatusBody,
    filters_of,
)
from services.lending.domain.application import Application
from services.lending.domain.dates import base_day
from services.lending.domain.loan import WITH_ACCOUNT, LoanAction, roles_for
from services.lending.domain.progress import standing
from services.lending.models import Loan
from services.lending.queries.documents import LOAN_RECORDS
from services.lending.queries.loan_detail import instalments_of, loan_detail, repayments_of
from services.lending.queries.loan_list import loan_page
from services.lending.queries.loan_stats import loans_by_status
from services.lending.settings import Settings
from services.lending.shapes import loans as shapes
from services.lending.steps.transition import LoanNotFound
from services.lending.usecases.amendment import Change, delete_loan, edit_loan
from services.lending.usecases.application import (
    approve_loan,
    check_assignment,
    create_loan,
    reject_loan,
    submit_loan,
    undo_approval,
)
from services.lending.usecases.status import change_status, disburse_loan, undo_disbursement
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.documents.records import documents_of
from shared.shapes import Json
from shared.storage.downloads import file_url
from shared.web.auth import current_actor, requires
from shared.web.calendar import company_zone, today
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

loans = Blueprint("loans", __name__, url_prefix="/loans")


@loans.get("")
@requires()
@documented("List loans", name="list_loans", query=LoanQuery, answer=shapes.LoanRow, many=True, paged=True)
def get_loans() -> Response:
    """The loans whoever asks may see: an admin all, a supervisor those of their officers' unions, an officer those of
    their own. The newest first, unless `order` says otherwise."""
    query, page, actor = load_query(LoanQuery), page_request(), current_actor()
    order = query.pop("order")
    filters = filters_of(query, today())
    with reading() as connection:
        rows, total = loan_page(connection, actor, filters, limit=page.limit, offset=page.offset, order=order)
    return success([shapes.LoanRow.of(row) for row in rows], "Loans retrieved successfully", page=page.of(total))


@loans.get("/stats")
@requires()
@documented("Count loans and the money in them", name="get_loan_stats", answer=shapes.LoanStats)
def get_stats() -> Response:
    """How many of the loans one may see are in each status, and the money in them."""
    with reading() as connection:
        sums = loans_by_status(connection, current_actor(), today())
    return success(shapes.LoanStats.of(sums=sums), "Loan statistics retrieved successfully")


@loans.get("/<uuid:loan_id>")
@requires()
@documented("Show a loan", name="get_loan", answer=shapes.LoanDetail)
def get_loan(loan_id: UUID) -> Response:
    """A loan with member, union, product, documents and guarantors; from the approval on with schedule and
    repayments."""
    with reading() as connection:
        return success(_detail(connection, loan_id), "Loan retrieved successfully")


@loans.get("/<uuid:loan_id>/summary")
@requires()
@documented("Show how a loan stands today", name="get_loan_summary", answer=shapes.LoanSummary)
def get_summary(loan_id: UUID) -> Response:
    """What is expected, paid, outstanding and overdue today."""
    with reading() as connection:
        row = loan_detail(connection, current_actor(), loan_id)
        if row is None:
            raise LoanNotFound("Loan not found")
        instalments = instalments_of(connection, loan_id)
    answer = shapes.LoanSummary.of(row, standing=standing(row, instalments, today()))
    return success(answer, "Loan summary retrieved successfully")


@loans.post("")
@requires(Role.ADMIN, Role.CREDIT_OFFICER)
@documented("Apply for a loan", name="create_loan", body=ApplicationBody, answer=shapes.LoanDetail, status=201)
@idempotent
def post_loan(uow: UnitOfWork) -> Response:
    """Apply for a loan for a member who has none running.

    Conditions come from the loan type; those it allows can be set here, and without a loan type all. Whether the
    application is submitted at once, kept as a draft, or (by an admin) approved and made active follows from `submit`
    and from the configuration. The officer is always the union's.
    """
    application = Application(**load(ApplicationBody))
    loan = create_loan(
        uow,
        application,
        flow=_settings().loan_create_flow,
        by=current_actor(),
        at=now(),
        today=today(),
        books_open_from=_settings().books_open_from,
    )
    return _changed(uow, loan, "Loan created successfully", status=201)


@loans.patch("/<uuid:loan_id>/submit")
@requires(*roles_for(LoanAction.SUBMIT))
@documented(
    "Submit a draft for approval", name="submit_loan", body=NotesBody, optional_body=True, answer=shapes.LoanDetail
)
@transactional
def patch_submit(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Ask for a decision: DRAFT becomes PENDING_APPROVAL."""
    body = load(NotesBody, optional=True)
    loan = submit_loan(uow, loan_id=loan_id, by=current_actor(), at=now(), **body)
    return _changed(uow, loan, "Loan submitted for approval")


@loans.patch("/<uuid:loan_id>/approve")
@requires(*roles_for(LoanAction.APPROVE))
@documented(
    "Approve a submitted loan", name="approve_loan", body=ApprovalBody, optional_body=True, answer=shapes.LoanDetail
)
@transactional
def patch_approve(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Approve what was asked for, or less with a reason in `notes`: PENDING_APPROVAL becomes APPROVED, and there is a
    provisional schedule. An admin may approve a draft too."""
    body = load(ApprovalBody, optional=True)
    loan = approve_loan(uow, loan_id=loan_id, by=current_actor(), at=now(), **body)
    return _changed(uow, loan, "Loan approved successfully")


@loans.patch("/<uuid:loan_id>/undo-approval")
@requires(*roles_for(LoanAction.UNDO_APPROVAL))
@documented(
    "Undo the approval of a loan on which nothing is paid",
    name="undo_approval",
    body=NotesBody,
    optional_body=True,
    answer=shapes.LoanDetail,
)
@transactional
def patch_undo_approval(uow: UnitOfWork, loan_id: UUID) -> Response:
    """APPROVED becomes PENDING_APPROVAL again, while nothing is paid."""
    body = load(NotesBody, optional=True)
    loan = undo_approval(uow, loan_id=loan_id, by=current_actor(), at=now(), **body)
    return _changed(uow, loan, "Approval undone")


@loans.patch("/<uuid:loan_id>/reject")
@requires(*roles_for(LoanAction.REJECT))
@documented("Turn a loan down", name="reject_loan", body=RejectionBody, answer=shapes.LoanDetail)
@transactional
def patch_reject(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Turn an application down: it becomes CANCELED. The reason is required."""
    loan = reject_loan(uow, loan_id=loan_id, by=current_actor(), at=now(), **load(RejectionBody))
    return _changed(uow, loan, "Loan rejected")


@loans.put("/<uuid:loan_id>/status")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Bring a loan into a status", name="set_loan_status", body=StatusBody, answer=shapes.LoanDetail)
@transactional
def put_status(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Take the step that leads from the present status to this one, if there is one: approve, cancel, complete,
    default, reactivate, write off. A write-off records the reason in `notes`, where there is one."""
    body = load(StatusBody)
    loan = change_status(uow, loan_id=loan_id, by=current_actor(), at=now(), today=today(), **body)
    return _changed(uow, loan, "Loan status updated successfully")


@loans.post("/<uuid:loan_id>/disburse")
@requires(*roles_for(LoanAction.DISBURSE))
@documented(
    "Disburse an approved loan",
    name="disburse_loan",
    body=DisbursementBody,
    optional_body=True,
    answer=shapes.LoanDetail,
)
@idempotent
def post_disburse(uow: UnitOfWork, loan_id: UUID) -> Response:
    """The money is handed over: APPROVED becomes ACTIVE, and the schedule is counted from that day. `disbursedAmount`
    is the principal less the fee, where the fee is deducted.

    Not for a day of closed books.
    """
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
        books_open_from=_settings().books_open_from,
        **body,
    )
    return _changed(uow, loan, "Loan disbursed successfully")


@loans.patch("/<uuid:loan_id>/undo-disbursement")
@requires(*roles_for(LoanAction.UNDO_DISBURSEMENT))
@documented(
    "Undo the disbursement of a loan on which nothing is paid",
    name="undo_disbursement",
    body=NotesBody,
    optional_body=True,
    answer=shapes.LoanDetail,
)
@transactional
def patch_undo_disbursement(uow: UnitOfWork, loan_id: UUID) -> Response:
    """ACTIVE becomes APPROVED again, while nothing is paid."""
    body = load(NotesBody, optional=True)
    loan = undo_disbursement(uow, loan_id=loan_id, by=current_actor(), at=now(), **body)
    return _changed(uow, loan, "Disbursement undone")


@loans.put("/<uuid:loan_id>")
@requires(Role.ADMIN, Role.CREDIT_OFFICER)
@documented("Change what a loan was agreed on", name="update_loan", body=LoanChangeBody, answer=shapes.LoanDetail)
@transactional
def put_loan(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Change what was agreed: what is absent stays. The schedule is made again where it depends on it; what is paid
    stays paid. An officer can do so only until the decision.

    `expectedUpdatedAt` refuses the change (409 `changed-meanwhile`) when somebody else changed the loan since.
    """
    loan = edit_loan(uow, Change(**load(LoanChangeBody)), loan_id=loan_id, by=current_actor(), at=now())
    return _changed(uow, loan, "Loan updated successfully")


@loans.delete("/<uuid:loan_id>")
@requires(Role.ADMIN, Role.CREDIT_OFFICER)
@documented("Take away a loan on which nothing was paid", name="delete_loan", body=DeletionBody, optional_body=True)
@transactional
def remove_loan(uow: UnitOfWork, loan_id: UUID) -> Response:
    """Take a loan away on which nothing was paid. An officer can do so only until the decision."""
    delete_loan(uow, loan_id=loan_id, by=current_actor(), at=now(), **load(DeletionBody, optional=True))
    return success(None, "Loan deleted successfully")


@loans.post("/<uuid:loan_id>/assign")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "Confirm the officer of a loan, who is always the union's",
    name="assign_loan",
    body=AssignmentBody,
    answer=shapes.LoanDetail,
)
def post_assign(loan_id: UUID) -> Response:
    """For an older page: accepts the officer of the loan's union, and nobody else. Nothing changes."""
    officer_id = load(AssignmentBody)["officer_id"]
    with reading() as connection:
        loan = _detail(connection, loan_id)
    check_assignment(officer_id, loan["assignedOfficerId"])
    return success(loan, "The loan is assigned to the officer of its union")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["mp"].settings
    return settings


def _changed(uow: UnitOfWork, loan: Loan, message: str, *, status: int = 200) -> Response:
    """The answer after a change of a loan: all of it."""
    uow.session.flush()
    return success(_detail(uow.connection, loan.id), message, status=status)


def _detail(connection: Connection, loan_id: UUID) -> Json:
    """The loan with all that is shown with it. Raises LoanNotFound, also when the actor may not see it."""
    row = loan_detail(connection, current_actor(), loan_id)
    if row is None:
        raise LoanNotFound("Loan not found")
    # Nothing is asked for what the row says that the loan has none of, as most loans have none of some of it.
    documents = documents_of(connection, LOAN_RECORDS, loan_id) if row.document_count else ()
    instalments = repayments = None
    if row.status in WITH_ACCOUNT:
        instalments = instalments_of(connection, loan_id) if row.instalment_count else ()
        repayments = repayments_of(connection, loan_id) if row.repayment_count else ()
    return shapes.LoanDetail.of(
        row,
        documents=documents,
        instalments=instalments,
        repayments=repayments,
        reversals={entry.reversal_of_id: entry.id for entry in repayments or () if entry.reversal_of_id},
        today=today(),
        url_of=file_url,
    )
