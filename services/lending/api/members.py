"""What lending knows of a member: their loans."""

from uuid import UUID

from flask import Blueprint, Response

from services.lending.queries.loan_list import loan_page
from services.lending.queries.unions import is_member
from services.lending.shapes.loans import LoanRow
from shared.errors import NotFound
from shared.web.auth import current_actor, requires
from shared.web.envelope import page_request, success
from shared.web.schema import documented
from shared.web.transactions import reading

members = Blueprint("members", __name__, url_prefix="/union-members")


class MemberNotFound(NotFound):
    """No such member, or not for this actor to see."""


@members.get("/<uuid:member_id>/loans")
@requires()
@documented("List the loans of a member", name="list_loans_of_member", answer=LoanRow, many=True, paged=True)
def get_loans_of_member(member_id: UUID) -> Response:
    """All loans of one member, in whatever status, the newest first."""
    actor, page = current_actor(), page_request()
    with reading() as connection:
        if not is_member(connection, actor, member_id):
            raise MemberNotFound("Union member not found")
        rows, total = loan_page(connection, actor, {"member_id": member_id}, limit=page.limit, offset=page.offset)
    return success([LoanRow.of(row) for row in rows], "Loans retrieved successfully", page=page.of(total))
