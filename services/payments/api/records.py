"""How members pay: what a decision on a new loan goes by, beside the application itself."""

from uuid import UUID

from flask import Blueprint, Response

from services.payments.domain.account import RUNNING
from services.payments.domain.punctuality import punctuality
from services.payments.models.rows import OwedLine
from services.payments.queries.records import lines_due, marks_of_member
from services.payments.queries.statements import loans_of_member, member_in_scope
from services.payments.shapes.records import MemberRecord, PaidLoan
from shared.errors import NotFound
from shared.money import ZERO
from shared.web.auth import current_actor, requires
from shared.web.calendar import today
from shared.web.envelope import success
from shared.web.schema import documented
from shared.web.transactions import reading

records = Blueprint("records", __name__, url_prefix="/union-members/<uuid:member_id>/record")


class MemberNotFound(NotFound):
    """No such member, or not one this actor may see."""


@records.get("")
@requires()
@documented("Show how a member pays", name="get_member_record", answer=MemberRecord)
def get_record(member_id: UUID) -> Response:
    """What a member owes and has applied for, how punctual they are, whether they come to the meetings, and all their
    loans, the newest first. With the application, its documents and the member it is what a decision needs."""
    on = today()
    with reading() as connection:
        if member_in_scope(connection, current_actor(), member_id) is None:
            raise MemberNotFound("Union member not found")
        loans = loans_of_member(connection, current_actor(), member_id)
        lines = lines_due(connection, loans.keys(), on)
        marks = marks_of_member(connection, member_id)

    def overdue(owed: OwedLine) -> bool:
        return owed.due_on < on and owed.covered_on is None

    paid_loans = [
        PaidLoan(
            loan,
            punctuality(lines[loan_id], today=on),
            sum((line.owed for line in lines[loan_id] if overdue(line) and loan.status in RUNNING), ZERO),
        )
        for loan_id, loan in reversed(loans.items())
    ]
    answer = MemberRecord.of(
        None,
        member_id=member_id,
        on=on,
        punctuality=punctuality((line for of_loan in lines.values() for line in of_loan), today=on),
        marks=marks,
        paid_loans=paid_loans,
    )
    return success(answer, "Record retrieved successfully.")
