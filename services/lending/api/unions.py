"""What lending knows of a union: its loans, and the money in them."""

from uuid import UUID

from flask import Blueprint, Response
from marshmallow import Schema

from services.lending.queries.loan_stats import union_stats
from shared.errors import NotFound
from shared.web import shapes
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading
from shared.wire import number

unions = Blueprint("unions", __name__, url_prefix="/unions")


class UnionNotFound(NotFound):
    """No such union, or not for this actor to see."""


class UnionStatsAnswer(Schema):
    """`totalOutstanding` is what is owed on running loans; `totalDisbursed` the principal of all that were paid out."""

    totalMembers = shapes.count()
    totalLoans = shapes.count()
    activeLoans = shapes.count()
    pendingLoans = shapes.count()
    completedLoans = shapes.count()
    totalDisbursed = shapes.number()
    totalRepaid = shapes.number()
    totalOutstanding = shapes.number()


@unions.get("/<uuid:union_id>/stats")
@requires()
@documented("Show how a union stands", name="get_union_stats", answer=UnionStatsAnswer)
def get_stats(union_id: UUID) -> Response:
    """Members, loans and money of one union."""
    with reading() as connection:
        row = union_stats(connection, current_actor(), union_id)
    if row is None:
        raise UnionNotFound("Union not found")
    stats = {
        "totalMembers": row.members,
        "totalLoans": row.loans,
        "activeLoans": row.active,
        "pendingLoans": row.pending,
        "completedLoans": row.completed,
        "totalDisbursed": number(row.disbursed),
        "totalRepaid": number(row.repaid),
        "totalOutstanding": number(row.outstanding),
    }
    return success(stats, "Union statistics retrieved successfully")
