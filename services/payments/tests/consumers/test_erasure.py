from collections.abc import Callable

from sqlalchemy import select

from services.payments.models.ledger import repayments
from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import Loan, an_event, member_event
from shared.db import Sessions
from shared.directory.tables import directory_member


def test_what_was_written_about_payments_of_who_was_erased_goes_and_the_money_stays(
    sessions: Sessions,
    a_loan: Callable[..., Loan],
    pay: Callable[..., Recorded],
    hear: Callable[..., None],
) -> None:
    canary, other = a_loan(), a_loan()
    for loan in (canary, other):
        pay(loan, "10.00", notes="Brought by the canary", reference="TXN1")
    blank = member_event(canary.member_id, canary.union_id, version=9, first_name="Erased", last_name="Erased")
    hear(an_event("membership.member.erased.v1", canary.member_id, 9, blank.data | {"details": {}}))
    with sessions() as session:
        rows = session.execute(select(repayments.c.loan_id, repayments.c.amount, repayments.c.notes)).all()
        assert {row.loan_id: row.notes for row in rows} == {canary.id: None, other.id: "Brought by the canary"}
        assert {str(row.amount) for row in rows} == {"10.00"}
        member = session.execute(select(directory_member).where(directory_member.c.id == canary.member_id)).one()
    assert (member.first_name, member.email, member.details, member.is_deleted) == ("Erased", None, {}, True)
