"""How a member pays. Loans here have three weekly instalments of 100.00, the first long ago."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.payments.tests.conftest import Loan, member_event, weekly
from services.payments.tests.usecases.test_closing import at
from shared.clock import business_date, now
from shared.ids import new_id
from shared.testing import SignedIn

TODAY = business_date("Africa/Lagos", now())
WEEK = timedelta(weeks=1)


@pytest.fixture
def show(client: FlaskClient, officer: SignedIn) -> Callable[..., Any]:
    def show(member_id: UUID, *, by: SignedIn = officer) -> Any:
        return client.get(f"/union-members/{member_id}/record", headers=by.headers)

    return show


@pytest.fixture
def loan(a_loan: Any) -> Loan:
    made: Loan = a_loan(lines=weekly(3, "100.00", start=TODAY - 3 * WEEK))
    return made


def paid_on(day: date) -> dict[str, Any]:
    return {"paid_on": day, "paid_at": at(day)}


def test_a_record_says_what_is_owed_and_how_it_was_paid(
    show: Any, loan: Loan, pay: Any, a_loan: Any, client: FlaskClient, officer: SignedIn, statements: list[str]
) -> None:
    pay(loan, "100.00", **paid_on(TODAY - 2 * WEEK))
    applied = a_loan(
        union_id=loan.union_id, member_id=loan.member_id, status="PENDING_APPROVAL", lines=[], loan_number="LN00000002"
    )
    sheet = {"unionId": str(loan.union_id), "cashHandedOver": 0, "lines": [{"loanId": str(loan.id), "absent": True}]}
    assert client.post("/repayments/collection-sheet", json=sheet, headers=officer.headers).status_code == 201
    show(loan.member_id)
    statements.clear()
    record = show(loan.member_id).json["data"]
    assert len(statements) <= 5
    assert record["exposure"] == {
        "runningLoans": 1, "outstanding": "200.00", "outstandingPrincipal": "200.00", "arrears": "100.00",
        "appliedFor": "50000.00",
    }  # fmt: skip
    assert record["punctuality"] == {
        "instalmentsDue": 2, "paidOnTime": 1, "paidLate": 0, "unpaid": 1, "onTimePercent": 50.0, "longestDaysLate": 7,
    }  # fmt: skip
    assert record["attendance"] == {
        "meetings": 1, "paid": 0, "present": 0, "absent": 1, "since": TODAY.isoformat(),
        "lastAbsentOn": TODAY.isoformat(),
    }  # fmt: skip
    assert {line["loanId"] for line in record["loans"]} == {str(loan.id), str(applied.id)}
    running = next(line for line in record["loans"] if line["loanId"] == str(loan.id))
    assert (running["arrears"], running["punctuality"]["unpaid"], running["paid"]) == ("100.00", 1, "100.00")


def test_what_was_paid_late_stays_late_once_it_is_paid(show: Any, loan: Loan, pay: Any) -> None:
    pay(loan, "300.00", **paid_on(TODAY - WEEK))
    record = show(loan.member_id).json["data"]
    counted = record["punctuality"]
    assert (counted["paidOnTime"], counted["paidLate"], counted["longestDaysLate"]) == (2, 1, 7)
    assert record["exposure"]["outstanding"] == "0.00"


def test_a_member_without_loans_has_an_empty_record(show: Any, a_union: Any, hear: Any) -> None:
    member_id = new_id()
    hear(member_event(member_id, a_union()))
    record = show(member_id).json["data"]
    assert (record["loans"], record["punctuality"]["onTimePercent"], record["attendance"]["since"]) == ([], None, None)


def test_records_are_for_those_who_may_see_the_member(
    show: Any, loan: Loan, other_officer: SignedIn, supervisor: SignedIn, admin: SignedIn
) -> None:
    seen = [show(loan.member_id, by=by).status_code for by in (other_officer, supervisor, admin)]
    assert seen == [404, 200, 200]
    assert show(new_id()).status_code == 404
