"""What stands in the way of deleting a union or a member."""

from functools import partial
from uuid import UUID

from flask import Blueprint, Response

from services.membership.domain.deletion import check_member_may_go, check_union_may_go
from services.membership.queries.loans import open_loan_count
from services.membership.queries.members import member_detail
from services.membership.queries.unions import union_detail
from shared.context import Role
from shared.directory.dependencies import Dependencies, Dependency, Kind, verdict
from shared.web.auth import current_actor, requires
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading

deletions = Blueprint("deletions", __name__, url_prefix="/backup/dependencies")


@deletions.get("/union/<uuid:union_id>")
@requires(Role.ADMIN)
@documented("Ask whether a union can be deleted", name="get_dependencies_of_union", answer=Dependencies)
def get_dependencies_of_union(union_id: UUID) -> Response:
    """What depends on a union: members, and loans, those that have ended included."""
    with reading() as connection:
        union = union_detail(connection, union_id, seen_by=current_actor())
    members, loans = union.member_count, union.loan_count
    found = verdict(
        partial(check_union_may_go, members, loans),
        Dependency(Kind.MEMBERS, members, f"{members} member(s) are in it", "Move its members to another union."),
        Dependency(
            Kind.LOANS,
            loans,
            f"{loans} loan(s) were made in it",
            "Loans go along with their members; those of members who were deleted keep the union in the books.",
        ),
    )
    return success(Dependencies.of(found), "Dependencies retrieved successfully")


@deletions.get("/unionMember/<uuid:member_id>")
@requires(Role.ADMIN)
@documented("Ask whether a member can be deleted", name="get_dependencies_of_member", answer=Dependencies)
def get_dependencies_of_member(member_id: UUID) -> Response:
    """What depends on a member: loans that are still to be decided or repaid."""
    with reading() as connection:
        member_detail(connection, member_id, seen_by=current_actor())
        loans = open_loan_count(connection, member_id)
    found = verdict(
        partial(check_member_may_go, loans),
        Dependency(
            Kind.LOANS,
            loans,
            f"{loans} loan(s) are still to be decided or repaid",
            "Delete what was not paid out, and wait until the rest is repaid or written off.",
        ),
    )
    return success(Dependencies.of(found), "Dependencies retrieved successfully")
