"""Unions as branches, as far as their loans are shown. Membership answers what is written of them."""

from uuid import UUID

from flask import Blueprint, Response

from services.lending.queries.loan_list import loan_page
from services.lending.queries.loan_stats import union_stats
from services.lending.queries.unions import members_of_union, union_with_officer
from services.lending.shapes.branches import BranchDetail, BranchStats
from shared.errors import NotFound
from shared.web.auth import current_actor, requires
from shared.web.envelope import MAX_LIMIT, success
from shared.web.schema import documented
from shared.web.transactions import reading

branches = Blueprint("branches", __name__, url_prefix="/branches")


class BranchNotFound(NotFound):
    """No such union, or not for this actor to see."""


@branches.get("/<uuid:union_id>")
@requires()
@documented("Show a union as a branch", name="get_branch", answer=BranchDetail)
def get_branch(union_id: UUID) -> Response:
    """A union in the words of an older page, with its officer, its members and their loans: the newest 1000 of
    each."""
    actor = current_actor()
    with reading() as connection:
        row = union_with_officer(connection, actor, union_id)
        if row is None:
            raise BranchNotFound("Branch not found")
        members = members_of_union(connection, union_id, limit=MAX_LIMIT)
        loans, _ = loan_page(connection, actor, {"union_id": union_id}, limit=MAX_LIMIT, offset=0)
    detail = BranchDetail.of(row, staff=[row], members=members, loans=loans)
    return success(detail, "Branch retrieved successfully")


@branches.get("/<uuid:union_id>/stats")
@requires()
@documented("Count what a branch has", name="get_branch_stats", answer=BranchStats)
def get_stats(union_id: UUID) -> Response:
    """Staff, members and loans of one union, in the words of an older page."""
    with reading() as connection:
        row = union_stats(connection, current_actor(), union_id)
    if row is None:
        raise BranchNotFound("Branch not found")
    return success(BranchStats.of(row), "Branch statistics retrieved successfully")
