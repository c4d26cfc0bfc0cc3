"""Transfers of unions, in the words of an older page: a `user` who is transferred to a branch gets the union."""

from uuid import UUID

from flask import Blueprint, Response

from services.membership import shapes
from services.membership.api.bodies import NewTransferBody, TransferFilters
from services.membership.api.older_words import in_words_of_branches
from services.membership.queries.transfers import transfer_detail, transfers_page
from services.membership.usecases.transfers import cancel_transfer, create_transfer, execute_transfer
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import DomainError
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading

transfers = Blueprint("transfers", __name__, url_prefix="/branch-transfers")


@transfers.get("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented(
    "List transfers of unions", name="list_transfers", query=TransferFilters, answer=shapes.Transfers, paged=True
)
def get_transfers() -> Response:
    """The transfers of all unions, the newest first; for a supervisor those from or to one of their officers."""
    filters, page = load_query(TransferFilters), page_request()
    with reading() as connection:
        rows, total = transfers_page(
            connection, seen_by=current_actor(), limit=page.limit, offset=page.offset, **filters
        )
    return success(shapes.Transfers.of(rows=rows), "Branch transfers retrieved successfully", page=page.of(total))


@transfers.get("/<uuid:transfer_id>")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Show a transfer of a union", name="get_transfer", answer=shapes.Transfer)
def get_transfer(transfer_id: UUID) -> Response:
    """One transfer; for a supervisor one from or to one of their officers."""
    with reading() as connection:
        row = transfer_detail(connection, transfer_id, seen_by=current_actor())
    return success(shapes.Transfer.of(row), "Branch transfer retrieved successfully")


@transfers.post("")
@requires(Role.ADMIN)
@documented(
    "Plan the transfer of a union", name="create_transfer", body=NewTransferBody, answer=shapes.Transfer, status=201
)
@idempotent
def post_transfer(uow: UnitOfWork) -> Response:
    """Note that the union `toBranchId` is to go to the credit officer `userId`. Nothing moves before it is carried
    out."""
    body = load(NewTransferBody)
    body["effective_on"] = body.pop("effective_on", None) or today()
    transfer = create_transfer(uow, by=current_actor(), at=now(), **body)
    return _changed(uow, transfer.id, "Branch transfer created successfully", status=201)


@transfers.post("/<uuid:transfer_id>/execute")
@requires(Role.ADMIN)
@documented("Carry out the transfer of a union", name="execute_transfer", answer=shapes.Transfer)
@idempotent
def post_execution(uow: UnitOfWork, transfer_id: UUID) -> Response:
    """What `POST /unions/{union_id}/assign` does: the officer gets the union, with its members and loans. It is counted
    how many went along; repayments belong to their loan, and none of them is changed."""
    execute_transfer(uow, transfer_id=transfer_id, by=current_actor(), at=now())
    return _changed(uow, transfer_id, "Branch transfer executed successfully")


@transfers.post("/<uuid:transfer_id>/cancel")
@requires(Role.ADMIN)
@documented("Call off the transfer of a union", name="cancel_transfer", answer=shapes.Transfer)
@idempotent
def post_cancellation(uow: UnitOfWork, transfer_id: UUID) -> Response:
    """Call a transfer off that was not carried out."""
    cancel_transfer(uow, transfer_id=transfer_id, by=current_actor(), at=now())
    return _changed(uow, transfer_id, "Branch transfer cancelled successfully")


transfers.register_error_handler(DomainError, in_words_of_branches(officer="userId"))


def _changed(uow: UnitOfWork, transfer_id: UUID, message: str, *, status: int = 200) -> Response:
    row = transfer_detail(uow.connection, transfer_id, seen_by=current_actor())
    return success(shapes.Transfer.of(row), message, status=status)
