"""Branches: what older pages of the web client call unions. A branch is a union in every respect; its `manager` is the
credit officer, its `customers` are the members."""

from uuid import UUID

from flask import Blueprint, Response

from services.membership import shapes
from services.membership.api.bodies import BranchChangesBody, NewBranchBody, UnionFilters
from services.membership.api.older_words import in_words_of_branches
from services.membership.queries.unions import union_detail, unions_page
from services.membership.usecases.unions import create_union, delete_union, update_union
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.errors import Conflict, DomainError
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

branches = Blueprint("branches", __name__, url_prefix="/branches")


class SwitchingOffNotSupported(Conflict):
    """A union is there or it is deleted; it cannot be switched off meanwhile."""


@branches.get("")
@requires()
@documented(
    "List unions as branches", name="list_branches", query=UnionFilters, answer=shapes.BranchRow, many=True, paged=True
)
def get_branches() -> Response:
    """What `GET /unions` lists, in the words of an older page: the officer is the `manager`, members are
    `customers`."""
    filters, page = load_query(UnionFilters), page_request()
    with reading() as connection:
        rows, total = unions_page(connection, seen_by=current_actor(), limit=page.limit, offset=page.offset, **filters)
    return success([shapes.BranchRow.of(row) for row in rows], "Branches retrieved successfully", page=page.of(total))


@branches.post("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Found a union as a branch", name="create_branch", body=NewBranchBody, answer=shapes.BranchRow, status=201)
@idempotent
def post_branch(uow: UnitOfWork) -> Response:
    """What `POST /unions` does, in the words of an older page: the `managerId` is the credit officer, and required."""
    union = create_union(uow, by=current_actor(), at=now(), **load(NewBranchBody))
    return _changed(uow, union.id, "Branch created successfully", status=201)


@branches.put("/<uuid:union_id>")
@requires(Role.ADMIN)
@documented("Change a union as a branch", name="update_branch", body=BranchChangesBody, answer=shapes.BranchRow)
@transactional
def put_branch(uow: UnitOfWork, union_id: UUID) -> Response:
    """What `PUT /unions/{union_id}` does: what is absent stays. Another `managerId` takes over members and loans."""
    update_union(uow, union_id=union_id, by=current_actor(), at=now(), **load(BranchChangesBody))
    return _changed(uow, union_id, "Branch updated successfully")


@branches.delete("/<uuid:union_id>")
@requires(Role.ADMIN)
@documented("Delete a union as a branch", name="delete_branch")
@transactional
def delete_one(uow: UnitOfWork, union_id: UUID) -> Response:
    """What `DELETE /unions/{union_id}` does: it must have neither members nor loans."""
    delete_union(uow, union_id=union_id, by=current_actor(), at=now())
    return success(None, "Branch deleted successfully")


@branches.patch("/<uuid:union_id>/toggle-status")
@requires(Role.ADMIN)
@documented("Refuse to switch a branch off", name="toggle_branch_status", status=None)
def patch_status(union_id: UUID) -> Response:
    """Always refused: a union cannot be switched off. For an older page, which offers it."""
    with reading() as connection:
        union_detail(connection, union_id, seen_by=current_actor())
    raise SwitchingOffNotSupported("Switching a branch on or off is not supported.")


branches.register_error_handler(DomainError, in_words_of_branches(officer="managerId"))


def _changed(uow: UnitOfWork, union_id: UUID, message: str, *, status: int = 200) -> Response:
    row = union_detail(uow.connection, union_id, seen_by=current_actor())
    return success(shapes.BranchRow.of(row), message, status=status)
