"""What lending knows of a union: its loans, and the money in them."""

from uuid import UUID

from flask import Blueprint, Response

from services.lending.queries.loan_stats import union_stats
from services.lending.shapes.loans import UnionStats
from shared.errors import NotFound
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading

unions = Blueprint("unions", __name__, url_prefix="/unions")


class UnionNotFound(NotFound):
    """No such union, or not for this actor to see."""


@unions.get("/<uuid:union_id>/stats")
@requires()
@documented("Show how a union stands", name="get_union_stats", answer=UnionStats)
def get_stats(union_id: UUID) -> Response:
    """Members, loans and money of one union."""
    with reading() as connection:
        row = union_stats(connection, current_actor(), union_id)
    if row is None:
        raise UnionNotFound("Union not found")
    return success(UnionStats.of(row), "Union statistics retrieved successfully")
