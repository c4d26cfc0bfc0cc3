"""Loan types over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.lending.tests.conftest import Member
from shared.context import Role
from shared.ids import new_id
from shared.testing import SignedIn

MARKET = {
    "name": "Market loan", "description": "For traders", "minAmount": 10000, "maxAmount": "60000.00",
    "termUnit": "MONTH", "minTerm": 1, "maxTerm": 24,
}  # fmt: skip


@pytest.fixture
def market(client: FlaskClient, admin: SignedIn) -> dict[str, Any]:
    answer = client.post("/loan-types", json=MARKET, headers=admin.headers)
    assert answer.status_code == 201, answer.json
    data: dict[str, Any] = answer.json["data"]
    return data


def test_a_new_loan_type_is_active_and_shown(client: FlaskClient, market: dict[str, Any], officer: SignedIn) -> None:
    assert (market["isActive"], market["minAmount"], market["maxAmount"]) == (True, "10000.00", "60000.00")
    assert client.get(f"/loan-types/{market['id']}", headers=officer.headers).json["data"] == market
    page = client.get("/loan-types", headers=officer.headers).json
    assert (page["data"], page["pagination"]["total"]) == ([market], 1)


def test_a_loan_type_counts_its_loans(
    client: FlaskClient, market: dict[str, Any], officer: SignedIn, a_member: Callable[..., Member]
) -> None:
    body = {
        "unionMemberId": str(a_member().id), "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH",
        "loanTypeId": market["id"],
    }  # fmt: skip
    loan = client.post("/loans", json=body, headers=officer.headers).json["data"]
    assert loan["loanType"]["name"] == "Market loan"
    shown = client.get(f"/loan-types/{market['id']}", headers=officer.headers).json["data"]
    assert shown["_count"] == {"loans": 1}


def test_toggling_takes_it_off_the_shelf_and_back(client: FlaskClient, market: dict[str, Any], admin: SignedIn) -> None:
    path = f"/loan-types/{market['id']}/toggle-status"
    for is_active in (False, True):
        answer = client.put(path, headers=admin.headers)
        assert answer.json["data"]["isActive"] is is_active
        assert "lending.loan_type.updated.v1=" in answer.headers["X-Events"]


def test_filters_narrow_the_list(client: FlaskClient, market: dict[str, Any], admin: SignedIn) -> None:
    for query, total in {"isActive=true": 1, "isActive=false": 0, "search=TRADERS": 1, "search=%25": 0}.items():
        answer = client.get(f"/loan-types?{query}", headers=admin.headers).json
        assert (len(answer["data"]), answer["pagination"]["total"]) == (total, total), query


def test_a_name_is_given_once(client: FlaskClient, market: dict[str, Any], admin: SignedIn) -> None:
    answer = client.post("/loan-types", json=MARKET, headers=admin.headers)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (409, "name")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "ab"}, "name"),
        ({"name": ""}, "name"),
        ({"minAmount": -1}, "minAmount"),
        ({"maxAmount": 10000}, "maxAmount"),
        ({"termUnit": "YEAR"}, "termUnit"),
        ({"minTerm": 0}, "minTerm"),
        ({"minTerm": 1.5}, "minTerm"),
        ({"minTerm": 5, "maxTerm": 4}, "maxTerm"),
        ({"maxTerm": 10**18}, "maxTerm"),
    ],
)
def test_limits_nothing_fits_into_are_refused(
    client: FlaskClient, admin: SignedIn, change: dict[str, Any], field: str
) -> None:
    answer = client.post("/loan-types", json=MARKET | change, headers=admin.headers)
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (400, [field])


def test_zero_is_a_minimum(client: FlaskClient, admin: SignedIn) -> None:
    assert client.post("/loan-types", json=MARKET | {"minAmount": 0}, headers=admin.headers).status_code == 201


def test_only_admins_change_loan_types(
    client: FlaskClient, market: dict[str, Any], supervisor: SignedIn, officer: SignedIn
) -> None:
    for who in (supervisor, officer):
        assert client.post("/loan-types", json=MARKET, headers=who.headers).status_code == 403
        assert client.put(f"/loan-types/{market['id']}/toggle-status", headers=who.headers).status_code == 403


def test_an_unknown_loan_type_is_not_found(client: FlaskClient, sign_in: Callable[..., SignedIn]) -> None:
    admin = sign_in(Role.ADMIN)
    assert client.get(f"/loan-types/{new_id()}", headers=admin.headers).status_code == 404
    assert client.put(f"/loan-types/{new_id()}/toggle-status", headers=admin.headers).status_code == 404
