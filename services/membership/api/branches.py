"""Branches: what the web client's form for changing a loan calls unions."""

from flask import Blueprint, Response

from services.membership import shapes
from services.membership.api.bodies import UnionFilters
from services.membership.queries.unions import unions_page
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented, load_query
from shared.web.transactions import reading

branches = Blueprint("branches", __name__, url_prefix="/branches")


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
