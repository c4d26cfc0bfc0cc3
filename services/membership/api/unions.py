"""Unions."""

from uuid import UUID

from flask import Blueprint, Response

from services.membership import shapes
from services.membership.api.bodies import AssignmentBody, NewUnionBody, UnionChangesBody, UnionQuery
from services.membership.queries.unions import union_detail, union_ids, unions_page
from services.membership.usecases.unions import assign_union, create_union, delete_union, update_union
from shared.clock import now
from shared.context import Role
from shared.db import UnitOfWork
from shared.shapes import identifier
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load, load_query
from shared.web.transactions import idempotent, reading, transactional

unions = Blueprint("unions", __name__, url_prefix="/unions")


@unions.get("")
@requires()
@documented("List unions", name="list_unions", query=UnionQuery, answer=shapes.UnionRow, many=True, paged=True)
def get_unions() -> Response:
    """The unions whoever asks may see: an admin all, a supervisor those of their officers, an officer their own. The
    newest first, unless `order` says otherwise."""
    filters, page = load_query(UnionQuery), page_request()
    with reading() as connection:
        rows, total = unions_page(connection, seen_by=current_actor(), limit=page.limit, offset=page.offset, **filters)
    return success([shapes.UnionRow.of(row) for row in rows], "Unions retrieved successfully", page=page.of(total))


@unions.get("/ids")
@requires()
@documented("List the ids of unions", name="list_union_ids", answer=identifier(), many=True)
def get_union_ids() -> Response:
    """The ids of all unions whoever asks may see, and nothing else: what the stream of changes goes by."""
    with reading() as connection:
        ids = union_ids(connection, seen_by=current_actor())
    return success(ids, "Ids of unions retrieved successfully")


@unions.get("/<uuid:union_id>")
@requires()
@documented("Show a union", name="get_union", answer=shapes.UnionDetail)
def get_union(union_id: UUID) -> Response:
    """A union with its officer and the officer's supervisor."""
    with reading() as connection:
        row = union_detail(connection, union_id, seen_by=current_actor())
    return success(shapes.UnionDetail.of(row), "Union retrieved successfully")


@unions.post("")
@requires(Role.ADMIN, Role.SUPERVISOR)
@documented("Found a union", name="create_union", body=NewUnionBody, answer=shapes.UnionRow, status=201)
@idempotent
def post_union(uow: UnitOfWork) -> Response:
    """Found a union and put a credit officer in charge; a supervisor chooses among their own."""
    actor = current_actor()
    union = create_union(uow, by=actor, at=now(), **load(NewUnionBody))
    row = union_detail(uow.connection, union.id, seen_by=actor)
    return success(shapes.UnionRow.of(row), "Union created successfully", status=201)


@unions.put("/<uuid:union_id>")
@requires(Role.ADMIN)
@documented("Change a union", name="update_union", body=UnionChangesBody, answer=shapes.UnionRow)
@transactional
def put_union(uow: UnitOfWork, union_id: UUID) -> Response:
    """Change name, place or officer: what is absent stays. Another officer takes over the members and loans too."""
    actor = current_actor()
    update_union(uow, union_id=union_id, by=actor, at=now(), **load(UnionChangesBody))
    row = union_detail(uow.connection, union_id, seen_by=actor)
    return success(shapes.UnionRow.of(row), "Union updated successfully")


@unions.delete("/<uuid:union_id>")
@requires(Role.ADMIN)
@documented("Delete a union that has neither members nor loans", name="delete_union")
@transactional
def delete_one(uow: UnitOfWork, union_id: UUID) -> Response:
    """Delete a union that has neither members nor loans."""
    delete_union(uow, union_id=union_id, by=current_actor(), at=now())
    return success(None, "Union deleted successfully")


@unions.post("/<uuid:union_id>/assign")
@requires(Role.ADMIN)
@documented(
    "Give a union to another credit officer", name="assign_union", body=AssignmentBody, answer=shapes.UnionDetail
)
@idempotent
def post_assignment(uow: UnitOfWork, union_id: UUID) -> Response:
    """Put another credit officer in charge. Members and loans go along, and the former officer no longer sees them from
    the next request on."""
    actor = current_actor()
    assign_union(uow, union_id=union_id, by=actor, at=now(), **load(AssignmentBody))
    row = union_detail(uow.connection, union_id, seen_by=actor)
    return success(shapes.UnionDetail.of(row), "Union assigned successfully")
