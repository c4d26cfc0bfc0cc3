"""Undoing, changing, assigning, deleting and counting loans over HTTP."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.lending.tests.conftest import Member
from shared.context import Role
from shared.ids import new_id
from shared.testing import SignedIn

COMPLETE = {"startDate": "2026-03-01", "processingFeeAmount": 500, "penaltyFeePerDayAmount": 0}


def test_approving_for_less_and_undoing_it(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], supervisor: SignedIn
) -> None:
    path = f"/loans/{applied(submit=True)['id']}"
    refused = client.patch(f"{path}/approve", json={"principalAmount": 30000}, headers=supervisor.headers)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "notes")
    more = {"principalAmount": 60000, "notes": "More"}
    assert client.patch(f"{path}/approve", json=more, headers=supervisor.headers).status_code == 400
    less = {"principalAmount": 30000, "notes": "A small stall"}
    loan = client.patch(f"{path}/approve", json=less, headers=supervisor.headers).json["data"]
    assert (loan["principalAmount"], loan["requestedAmount"], loan["status"]) == ("30000.00", "50000.00", "APPROVED")
    undone = client.patch(f"{path}/undo-approval", json={"notes": "Oh"}, headers=supervisor.headers)
    loan = undone.json["data"]
    assert (loan["status"], loan["principalAmount"], loan["requestedAmount"]) == (
        "PENDING_APPROVAL",
        "50000.00",
        None,
    )
    assert "lending.loan.approval_undone.v1=" in undone.headers["X-Events"]
    assert client.patch(f"{path}/undo-approval", headers=supervisor.headers).status_code == 409


def test_undoing_a_disbursement(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], admin: SignedIn, supervisor: SignedIn
) -> None:
    path = f"/loans/{applied(by=admin, **COMPLETE)['id']}"
    loan = client.patch(f"{path}/undo-disbursement", headers=supervisor.headers).json["data"]
    assert (loan["status"], loan["disbursedAt"], loan["scheduleItems"]) == ("APPROVED", None, [])
    again = client.post(f"{path}/disburse", json={"disbursedAt": "2026-03-05"}, headers=supervisor.headers)
    assert again.json["data"]["scheduleItems"][0]["dueDate"] == "2026-04-05T00:00:00.000Z"


@pytest.mark.parametrize("said", [{}, {"notes": ""}, {"notes": "Left the state"}], ids=["nothing", "blank", "why"])
def test_a_loan_is_written_off_with_or_without_notes(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], admin: SignedIn, said: dict[str, str]
) -> None:
    path = f"/loans/{applied(by=admin, **COMPLETE)['id']}/status"
    answer = client.put(path, json={"status": "WRITTEN_OFF"} | said, headers=admin.headers)
    assert (answer.status_code, answer.json["data"]["status"]) == (200, "WRITTEN_OFF")


def test_money_is_not_paid_out_on_a_day_whose_books_are_closed(
    app: Flask,
    client: FlaskClient,
    applied: Callable[..., dict[str, Any]],
    admin: SignedIn,
    a_member: Callable[..., Member],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extension = app.extensions["mp"]
    settings = replace(extension.settings, books_open_from=date(2026, 3, 2))
    monkeypatch.setitem(app.extensions, "mp", replace(extension, settings=settings))
    path = f"/loans/{applied(submit=True)['id']}"
    client.patch(f"{path}/approve", headers=admin.headers)
    refused = client.post(f"{path}/disburse", json={"disbursedAt": "2026-03-01"}, headers=admin.headers)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "disbursedAt")
    body = COMPLETE | {"unionMemberId": str(a_member().id), "principalAmount": 500, "termCount": 2, "termUnit": "DAY"}
    complete = client.post("/loans", json=body, headers=admin.headers)
    assert (complete.status_code, complete.json["code"]) == (400, "books-closed")
    on_time = client.post(f"{path}/disburse", json={"disbursedAt": "2026-03-02"}, headers=admin.headers)
    assert on_time.json["data"]["status"] == "ACTIVE"


def test_a_loan_is_changed_and_its_schedule_with_it(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], admin: SignedIn, officer: SignedIn
) -> None:
    active = applied(by=admin, **COMPLETE)
    path = f"/loans/{active['id']}"
    body = {"principalAmount": "40000", "termCount": 10, "expectedUpdatedAt": active["updatedAt"], "unionId": "x"}
    changed = client.put(path, json=body, headers=admin.headers)
    loan = changed.json["data"]
    assert (len(loan["scheduleItems"]), loan["totalOutstanding"], loan["endDate"][:10]) == (10, 40000, "2027-01-01")
    assert "lending.loan.updated.v1=" in changed.headers["X-Events"]
    assert client.put(path, json=body, headers=admin.headers).status_code == 409
    assert client.put(path, json={"notes": "Mine"}, headers=officer.headers).status_code == 403


def test_an_officer_is_confirmed_but_not_changed(
    client: FlaskClient,
    applied: Callable[..., dict[str, Any]],
    admin: SignedIn,
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    path = f"/loans/{applied()['id']}/assign"
    same = client.post(path, json={"assignedOfficerId": str(officer.id)}, headers=admin.headers)
    assert (same.status_code, same.json["data"]["assignedOfficerId"]) == (200, str(officer.id))
    other = client.post(path, json={"assignedOfficerId": str(other_officer.id)}, headers=admin.headers)
    assert (other.status_code, "reassign" in other.json["message"]) == (400, True)
    assert client.post(path, json={}, headers=admin.headers).status_code == 400


def test_a_deleted_loan_is_gone(
    client: FlaskClient, applied: Callable[..., dict[str, Any]], officer: SignedIn, admin: SignedIn
) -> None:
    loan = applied()
    path = f"/loans/{loan['id']}"
    deleted = client.delete(path, json={"reason": "Typed twice"}, headers=officer.headers)
    assert (deleted.status_code, deleted.json["data"]) == (200, None)
    assert "lending.loan.deleted.v1=" in deleted.headers["X-Events"]
    assert client.get(path, headers=admin.headers).status_code == 404
    assert client.delete(path, headers=admin.headers).status_code == 404
    assert client.get("/loans", headers=admin.headers).json["pagination"]["total"] == 0
    active = applied(by=admin, **COMPLETE)
    assert client.delete(f"/loans/{active['id']}", headers=officer.headers).status_code == 403
    assert client.delete(f"/loans/{active['id']}", headers=admin.headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "action", "allowed"),
    [
        ("patch", "/undo-approval", {Role.ADMIN, Role.SUPERVISOR}),
        ("patch", "/undo-disbursement", {Role.ADMIN, Role.SUPERVISOR}),
        ("put", "", {Role.ADMIN, Role.CREDIT_OFFICER}),
        ("delete", "", {Role.ADMIN, Role.CREDIT_OFFICER}),
        ("post", "/assign", {Role.ADMIN, Role.SUPERVISOR}),
    ],
)
def test_a_loan_is_changed_by_certain_roles_only(
    client: FlaskClient, sign_in: Callable[..., SignedIn], method: str, action: str, allowed: set[Role]
) -> None:
    for role in Role:
        answer = getattr(client, method)(f"/loans/{new_id()}{action}", json={}, headers=sign_in(role).headers)
        assert (answer.status_code == 403) is (role not in allowed), (role, answer.json)


def test_loans_are_counted_for_those_who_may_see_them(
    client: FlaskClient,
    applied: Callable[..., dict[str, Any]],
    admin: SignedIn,
    other_officer: SignedIn,
) -> None:
    applied()
    applied(submit=True)
    applied(by=admin, **COMPLETE | {"startDate": "2020-01-31"})
    stats = client.get("/loans/stats", headers=admin.headers).json["data"]
    assert stats == {
        "total": 3, "draft": 1, "pending": 1, "approved": 0, "active": 1, "completed": 0, "defaulted": 0,
        "writtenOff": 0, "canceled": 0, "overdue": 1, "totalAmount": 150000, "totalPaid": 0,
        "outstandingAmount": 50000,
    }  # fmt: skip
    assert client.get("/loans/stats", headers=other_officer.headers).json["data"]["total"] == 0
