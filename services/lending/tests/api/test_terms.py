"""Products with their terms, and loans that take them, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.lending.tests.conftest import Member
from shared.ids import new_id
from shared.testing import SignedIn

DECLINING = {
    "name": "Workshop", "minAmount": 10000, "maxAmount": 100000, "termUnit": "MONTH", "minTerm": 1, "maxTerm": 24,
    "interestRate": 24, "interestMethod": "DECLINING_BALANCE", "dayCount": "ACTUAL_365", "instalmentMultiple": 50,
    "processingFeeAmount": 100, "processingFeePercent": "1.5", "penaltyFeePerDayAmount": 20, "penaltyGraceDays": 3,
    "penaltyMode": "CHARGED", "deductFeeFromDisbursement": True, "rebateUnearnedInterest": True,
    "allowedOverrides": ["penaltyFeePerDayAmount", "firstDueDate"],
}  # fmt: skip
FORM = {"startDate": "2026-03-01", "processingFeeAmount": 0, "penaltyFeePerDayAmount": 0}


@pytest.fixture
def offered(client: FlaskClient, admin: SignedIn) -> Callable[..., dict[str, Any]]:
    """Offers a loan type."""

    def offer(**changes: Any) -> dict[str, Any]:
        answer = client.post("/loan-types", json=DECLINING | changes, headers=admin.headers)
        assert answer.status_code == 201, answer.json
        data: dict[str, Any] = answer.json["data"]
        return data

    return offer


@pytest.fixture
def applied(client: FlaskClient, a_member: Callable[..., Member]) -> Callable[..., Any]:
    """Applies for 50,000 over 12 months for a new member; returns the answer."""

    def apply(by: SignedIn | None = None, **more: Any) -> Any:
        member = a_member()
        body = {"unionMemberId": str(member.id), "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH"}
        return client.post("/loans", json=body | more, headers=(by or member.officer).headers)

    return apply


def test_a_product_carries_its_terms(client: FlaskClient, offered: Callable[..., dict[str, Any]]) -> None:
    product = offered()
    expected = {
        "interestRate": "24.00", "interestMethod": "DECLINING_BALANCE", "amortization": "EQUAL_INSTALMENTS",
        "dayCount": "ACTUAL_365", "repayEvery": 1, "principalGrace": 0, "interestGrace": 0, "rounding": "HALF_UP",
        "instalmentMultiple": "50.00", "processingFeeAmount": "100.00", "processingFeePercent": "1.50",
        "penaltyFeePerDayAmount": "20.00", "penaltyGraceDays": 3, "penaltyMode": "CHARGED",
        "deductFeeFromDisbursement": True, "rebateUnearnedInterest": True,
        "allowedOverrides": ["penaltyFeePerDayAmount", "firstDueDate"],
    }  # fmt: skip
    assert {name: product[name] for name in expected} == expected


def test_a_loan_takes_the_terms_of_its_product_and_keeps_them(
    client: FlaskClient, admin: SignedIn, offered: Callable[..., dict[str, Any]], applied: Callable[..., Any]
) -> None:
    product = offered()
    loan = applied(loanTypeId=product["id"], submit=True).json["data"]
    assert (loan["interestRate"], loan["dayCount"], loan["instalmentMultiple"]) == ("24.00", "ACTUAL_365", "50.00")
    assert (loan["processingFeeAmount"], loan["processingFeePercent"]) == ("850.00", "1.50")
    changed = client.put(
        f"/loan-types/{product['id']}", json={"interestRate": 12, "dayCount": "THIRTY_360"}, headers=admin.headers
    )
    assert changed.json["data"]["interestRate"] == "12.00"
    shown = client.get(f"/loans/{loan['id']}", headers=admin.headers).json["data"]
    assert (shown["interestRate"], shown["dayCount"], shown["totalOutstanding"]) == (
        "24.00",
        "ACTUAL_365",
        loan["totalOutstanding"],
    )


def test_a_loan_says_for_itself_only_what_its_product_allows(
    offered: Callable[..., dict[str, Any]], applied: Callable[..., Any]
) -> None:
    product = offered()
    refused = applied(loanTypeId=product["id"], interestRate=30)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "interestRate")
    shown = applied(loanTypeId=product["id"], processingFeeAmount="850.00").json["data"]
    assert shown["processingFeePercent"] == "1.50"
    loan = applied(
        loanTypeId=product["id"], penaltyFeePerDayAmount=5, firstDueDate="2026-04-20", startDate="2026-03-10"
    ).json["data"]
    assert (loan["penaltyFeePerDayAmount"], loan["firstDueDate"]) == ("5.00", "2026-04-20T00:00:00.000Z")
    assert loan["endDate"] == "2027-03-20T00:00:00.000Z"


def test_the_form_of_the_web_client_goes_through_with_a_plain_product(
    admin: SignedIn, offered: Callable[..., dict[str, Any]], applied: Callable[..., Any]
) -> None:
    plain = {name: DECLINING[name] for name in ("name", "minAmount", "maxAmount", "termUnit", "minTerm", "maxTerm")} | {
        "interestRate": 24
    }
    product = offered(**dict.fromkeys(DECLINING.keys() - plain.keys()), **plain)
    assert "processingFeeAmount" in product["allowedOverrides"]
    loan = applied(by=admin, loanTypeId=product["id"], **FORM | {"processingFeeAmount": 750}).json["data"]
    assert (loan["status"], loan["processingFeeAmount"], loan["totalOutstanding"]) == ("ACTIVE", "750.00", 62000)


def test_the_fee_is_kept_back_from_what_is_paid_out_if_the_product_says_so(
    client: FlaskClient, admin: SignedIn, offered: Callable[..., dict[str, Any]], applied: Callable[..., Any]
) -> None:
    loan = applied(loanTypeId=offered()["id"], submit=True).json["data"]
    path = f"/loans/{loan['id']}"
    assert client.patch(f"{path}/approve", headers=admin.headers).json["data"]["disbursedAmount"] is None
    disbursed = client.post(f"{path}/disburse", json={"disbursedAt": "2026-03-11"}, headers=admin.headers)
    assert disbursed.json["data"]["disbursedAmount"] == "49150.00"
    totals = [float(item["totalDue"]) for item in disbursed.json["data"]["scheduleItems"]]
    assert {total % 50 for total in totals[:-1]} == {0}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interestRate": 200.01}, "interestRate"),
        ({"interestMethod": "FLAT", "amortization": "EQUAL_PRINCIPAL"}, "amortization"),
        ({"amortization": "LEVEL_TOTAL"}, "amortization"),
        ({"dayCount": "ACTUAL_366"}, "dayCount"),
        ({"principalGrace": 24}, "principalGrace"),
        ({"interestGrace": -1}, "interestGrace"),
        ({"repayEvery": 0}, "repayEvery"),
        ({"instalmentMultiple": "0.50"}, "instalmentMultiple"),
        ({"instalmentMultiple": 200000}, "principalAmount"),
        ({"processingFeePercent": 101}, "processingFeePercent"),
        ({"penaltyMode": "SOMETIMES"}, "penaltyMode"),
        ({"allowedOverrides": ["principalAmount"]}, "allowedOverrides"),
    ],
)
def test_terms_of_which_no_loan_can_be_made_are_refused(
    client: FlaskClient, admin: SignedIn, change: dict[str, Any], field: str
) -> None:
    answer = client.post("/loan-types", json=DECLINING | change, headers=admin.headers)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"firstDueDate": "2026-03-01", "startDate": "2026-03-01"}, "firstDueDate"),
        ({"principalGrace": 12}, "principalGrace"),
        ({"amortization": "EQUAL_PRINCIPAL"}, "amortization"),
        ({"instalmentMultiple": 5000}, "principalAmount"),
        ({"processingFeeAmount": 50001, "deductFeeFromDisbursement": True}, "processingFeeAmount"),
        ({"startDate": "8999-12-31", "termCount": 3650, "repayEvery": 365}, "startDate"),
    ],
)
def test_a_loan_that_cannot_be_made_is_refused_with_the_reason(
    applied: Callable[..., Any], change: dict[str, Any], field: str
) -> None:
    answer = applied(**change)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, field), answer.json


def test_a_product_is_changed_against_what_it_keeps(
    client: FlaskClient, admin: SignedIn, officer: SignedIn, offered: Callable[..., dict[str, Any]]
) -> None:
    path = f"/loan-types/{offered()['id']}"
    refused = client.put(path, json={"maxAmount": 10000}, headers=admin.headers)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "maxAmount")
    answer = client.put(
        path, json={"instalmentMultiple": None, "isActive": False, "name": "Yard"}, headers=admin.headers
    )
    changed = answer.json["data"]
    assert (changed["instalmentMultiple"], changed["isActive"], changed["name"]) == (None, False, "Yard")
    assert changed["maxAmount"] == "100000.00"
    assert "lending.loan_type.updated.v1=" in answer.headers["X-Events"]
    assert client.put(path, json={"name": "Mine"}, headers=officer.headers).status_code == 403
    offered(name="Taken")
    taken = client.put(path, json={"name": "Taken"}, headers=admin.headers)
    assert (taken.status_code, taken.json["errors"][0]["field"]) == (409, "name")
    assert client.put(f"/loan-types/{new_id()}", json={}, headers=admin.headers).status_code == 404


def test_a_product_goes_when_its_loans_have_ended(
    client: FlaskClient,
    admin: SignedIn,
    officer: SignedIn,
    offered: Callable[..., dict[str, Any]],
    applied: Callable[..., Any],
) -> None:
    path = f"/loan-types/{(product := offered())['id']}"
    loan = applied(loanTypeId=product["id"]).json["data"]
    refused = client.delete(path, headers=admin.headers)
    assert (refused.status_code, "loans" in refused.json["message"]) == (409, True)
    client.patch(f"/loans/{loan['id']}/reject", json={"notes": "No"}, headers=admin.headers)
    assert client.delete(path, headers=officer.headers).status_code == 403
    answer = client.delete(path, headers=admin.headers)
    assert (answer.status_code, answer.json["data"]) == (200, None)
    assert "lending.loan_type.deleted.v1=" in answer.headers["X-Events"]
    assert client.get(path, headers=admin.headers).status_code == 404
    assert client.get(f"/loans/{loan['id']}", headers=admin.headers).json["data"]["loanType"]["name"] == "Workshop"
    offered()
