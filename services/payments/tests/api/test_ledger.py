"""Reversals, charges and settlements as clients see them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import Loan, account_of, repayments_of, weekly
from shared.clock import business_date
from shared.db import Sessions
from shared.ids import new_id
from shared.testing import SignedIn

Make, Pay, Post = Callable[..., Loan], Callable[..., Recorded], Callable[..., Any]
TODAY = business_date("Africa/Lagos")
DECLINING = {"terms": {"interest_method": "DECLINING_BALANCE"}, "disbursed_on": TODAY - timedelta(days=10)}


@pytest.fixture
def post(client: FlaskClient, admin: SignedIn) -> Post:
    def post(path: str, body: dict[str, Any], *, by: SignedIn = admin, **headers: str) -> Any:
        return client.post(path, json=body, headers=by.headers | headers)

    return post


@pytest.fixture
def reversible(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service as started with PAYMENTS_ALLOW_REPAYMENT_REVERSAL."""
    extension = app.extensions["mp"]
    settings = replace(extension.settings, allow_repayment_reversal=True)
    monkeypatch.setitem(app.extensions, "mp", replace(extension, settings=settings))


@pytest.mark.usefixtures("reversible")
def test_a_reversal_is_answered_and_listed_beside_what_it_reversed(
    client: FlaskClient, a_loan: Make, pay: Pay, post: Post, admin: SignedIn
) -> None:
    loan = a_loan()
    paid = pay(loan, "150.00").repayment
    answer = post(f"/repayments/{paid.id}/reverse", {"reason": " Wrong member "})
    assert answer.status_code == 201
    reversal = answer.json["data"]
    assert (reversal["amount"], reversal["kind"], reversal["notes"]) == ("-150.00", "REVERSAL", "Wrong member")
    listed = client.get(f"/repayments?loanId={loan.id}", headers=admin.headers).json["data"]
    rows = {row["id"]: row for row in listed}
    assert rows[reversal["id"]]["reversalOfId"] == str(paid.id)
    original = rows[str(paid.id)]
    assert (original["amount"], original["reversedById"], original["allocations"]) == ("150.00", reversal["id"], [])
    summary = client.get(f"/repayments/summary?loanId={loan.id}", headers=admin.headers).json["data"]
    assert summary["totalAmount"] == "0.00"


@pytest.mark.usefixtures("reversible")
def test_a_reversal_sent_twice_under_one_key_is_one(sessions: Sessions, a_loan: Make, pay: Pay, post: Post) -> None:
    loan = a_loan()
    path = f"/repayments/{pay(loan, '150.00').repayment.id}/reverse"
    first, again = (post(path, {"reason": "A mistake"}, **{"Idempotency-Key": "r-1"}) for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)
    assert post(path, {"reason": "A mistake"}).status_code == 409
    assert post(f"/repayments/{first.json['data']['id']}/reverse", {"reason": "Again"}).status_code == 409
    assert len(repayments_of(sessions, loan.id)) == 2


def test_reversing_is_for_admins_where_it_is_switched_on(
    a_loan: Make, pay: Pay, post: Post, officer: SignedIn, supervisor: SignedIn
) -> None:
    path = f"/repayments/{pay(a_loan(), '150.00').repayment.id}/reverse"
    assert [post(path, {"reason": "No"}, by=who).status_code for who in (officer, supervisor)] == [403, 403]
    switched_off = post(path, {"reason": "No"})
    assert (switched_off.status_code, switched_off.json["code"]) == (403, "reversals-are-off")


@pytest.mark.usefixtures("reversible")
@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}, {"reason": None}, {"reason": "x" * 501}])
def test_a_reversal_needs_a_reason(a_loan: Make, pay: Pay, post: Post, body: dict[str, Any]) -> None:
    answer = post(f"/repayments/{pay(a_loan(), '150.00').repayment.id}/reverse", body)
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (400, ["reason"])


def test_charges_are_added_listed_and_waived(
    client: FlaskClient, a_loan: Make, post: Post, supervisor: SignedIn, officer: SignedIn
) -> None:
    path = f"/loans/{a_loan().id}/charges"
    body = {"kind": "FEE", "amount": "12.50", "dueOn": "2026-03-20", "note": "Passbook"}
    added = post(path, body, by=supervisor)
    assert added.status_code == 201
    charge = added.json["data"]
    assert (charge["kind"], charge["amount"], charge["dueOn"]) == ("FEE", "12.50", "2026-03-20")
    assert charge["createdByUserId"] == str(supervisor.id)
    assert post(f"{path}/{charge['id']}/waive", {"reason": "Lost"}, by=supervisor).json["data"]["status"] == "WAIVED"
    assert post(f"{path}/{charge['id']}/waive", {"reason": "Lost"}, by=supervisor).status_code == 409
    listed = client.get(path, headers=officer.headers).json["data"]
    assert [(row["waiverReason"], row["waivedByUserId"]) for row in listed] == [("Lost", str(supervisor.id))]


def test_a_charge_without_a_day_is_due_today(a_loan: Make, post: Post) -> None:
    loan = a_loan(facts={"disbursed_on": TODAY})
    charge = post(f"/loans/{loan.id}/charges", {"kind": "PENALTY", "amount": 5}).json["data"]
    assert charge["dueOn"] == str(TODAY)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("kind", wrong) for wrong in ("INTEREST_REBATE", "fee", None, 1)),
        *(("amount", wrong) for wrong in (0, -1, "1.005", None)),
        ("dueOn", "2026-02-30"),
        ("dueOn", "2026-03-01"),
    ],
)
def test_a_wrong_charge_is_refused_by_field(
    sessions: Sessions, a_loan: Make, post: Post, field: str, wrong: Any
) -> None:
    loan = a_loan()
    answer = post(f"/loans/{loan.id}/charges", {"kind": "FEE", "amount": 5} | {field: wrong})
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (400, [field])
    assert account_of(sessions, loan.id)["version"] == 0


def test_officers_do_not_charge_and_strangers_see_nothing(
    client: FlaskClient, a_loan: Make, post: Post, officer: SignedIn, other_officer: SignedIn
) -> None:
    loan = a_loan()
    assert post(f"/loans/{loan.id}/charges", {"kind": "FEE", "amount": 5}, by=officer).status_code == 403
    for part in ("charges", "settlement"):
        hidden = client.get(f"/loans/{loan.id}/{part}", headers=other_officer.headers)
        absent = client.get(f"/loans/{new_id()}/{part}", headers=officer.headers)
        assert (hidden.status_code, hidden.json["message"]) == (404, "Loan not found")
        assert absent.json["message"] == hidden.json["message"]


def test_what_settles_a_loan_is_answered_by_part_and_paying_it_closes_the_loan(
    client: FlaskClient, a_loan: Make, post: Post, officer: SignedIn
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "14.00", start=DECLINING["disbursed_on"]), facts=DECLINING)
    path = f"/loans/{loan.id}/settlement"
    later = client.get(f"{path}?on={TODAY + timedelta(days=60)}", headers=officer.headers).json["data"]
    assert (later["amount"], later["rebate"]) == ("342.00", "0.00")
    closing = client.get(path, headers=officer.headers).json["data"]
    assert (closing["amount"], closing["interest"], closing["rebate"]) == ("320.00", "20.00", "22.00")
    paid = post("/repayments", {"loanId": str(loan.id), "amount": closing["amount"], "method": "CASH"}, by=officer)
    receipt = paid.json["data"]["receipt"]
    assert (receipt["number"], receipt["loanStatus"]) == ("LN00000001-0001", "COMPLETED")
    assert (receipt["interest"], receipt["principal"], receipt["outstanding"]) == ("20.00", "300.00", "0.00")
    (rebate,) = client.get(f"/loans/{loan.id}/charges", headers=officer.headers).json["data"]
    assert (rebate["kind"], rebate["repaymentId"]) == ("INTEREST_REBATE", paid.json["data"]["id"])


@pytest.mark.parametrize("day", ["2026-03-10", "2999-01-01", "soon"])
def test_a_loan_is_not_settled_on_a_day_out_of_bounds(
    client: FlaskClient, a_loan: Make, admin: SignedIn, day: str
) -> None:
    answer = client.get(f"/loans/{a_loan().id}/settlement?on={day}", headers=admin.headers)
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (400, ["on"])


def test_of_a_canceled_loan_nothing_can_be_collected(client: FlaskClient, a_loan: Make, admin: SignedIn) -> None:
    loan = a_loan(status="CANCELED")
    assert client.get(f"/loans/{loan.id}/settlement", headers=admin.headers).status_code == 409
    data = client.get(f"/schedules/{loan.id}", headers=admin.headers).json["data"]
    assert (data["dueToday"], data["arrears"], data["settlement"]) == ("0.00", "0.00", "0.00")


def test_a_schedule_offers_what_can_be_collected(
    client: FlaskClient, a_loan: Make, pay: Pay, officer: SignedIn
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "5.00", start=TODAY - timedelta(weeks=2)))
    pay(loan, "30.00")
    data = client.get(f"/repayments/schedules/{loan.id}", headers=officer.headers).json["data"]
    assert (data["dueToday"], data["arrears"], data["settlement"]) == ("105.00", "75.00", "285.00")


@pytest.mark.parametrize(
    ("paid_at", "said"),
    [("2026-03-10", "before the loan was disbursed"), ("2999-01-01", "days ahead")],
)
def test_a_payment_dated_out_of_bounds_is_refused(a_loan: Make, post: Post, paid_at: str, said: str) -> None:
    body = {"loanId": str(a_loan().id), "amount": 5, "method": "CASH", "paidAt": paid_at}
    answer = post("/repayments", body)
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (400, ["paidAt"])
    assert said in answer.json["message"]


def test_money_on_a_written_off_loan_is_a_recovery(a_loan: Make, post: Post) -> None:
    loan = a_loan(status="WRITTEN_OFF")
    answer = post("/repayments", {"loanId": str(loan.id), "amount": 5, "method": "CASH"})
    assert (answer.status_code, answer.json["data"]["kind"]) == (201, "RECOVERY")
    assert answer.json["data"]["loan"]["status"] == "WRITTEN_OFF"


def test_a_deleted_loan_is_gone_unless_it_has_money(
    client: FlaskClient, a_loan: Make, pay: Pay, post: Post, admin: SignedIn, hear: Callable[..., None]
) -> None:
    empty, paid = a_loan(), a_loan()
    pay(paid, "5.00")
    for loan in (empty, paid):
        hear(loan.event("deleted", version=5, lines=[]))
    shown = [client.get(f"/repayments/schedules/{loan.id}", headers=admin.headers) for loan in (empty, paid)]
    assert [answer.status_code for answer in shown] == [404, 200]
    refused = post("/repayments", {"loanId": str(empty.id), "amount": 5, "method": "CASH"})
    assert refused.status_code == 404
    assert client.get("/schedules", headers=admin.headers).json["pagination"]["total"] == 3
    assert Decimal(shown[1].json["data"]["settlement"]) == Decimal(295)


def test_a_schedule_that_was_taken_back_is_gone_unless_money_came_on_it(
    sessions: Sessions, a_loan: Make, pay: Pay, hear: Callable[..., None]
) -> None:
    empty, paid = a_loan(), a_loan()
    pay(paid, "5.00")
    facts = {"schedule_version": 2, "schedule": []}
    for loan in (empty, paid):
        hear(loan.event("disbursement_undone", status="APPROVED", version=5, lines=[], facts=facts))
    states = [account_of(sessions, loan.id) for loan in (empty, paid)]
    assert [(row["status"], row["outstanding"]) for row in states] == [("APPROVED", 0), ("ACTIVE", Decimal(295))]
    assert date(2026, 3, 11) == states[1]["last_paid_on"]
