"""Nobody alone makes an officer, invents a member and a loan, approves it and pays it out."""

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.platform import Platform
from tests.client import Person, random_name, sign_in
from tests.institution import PASSWORD, new_staff

OFF = {"passwordsByCreator": True, "separationDays": 0, "fourEyes": False, "fourEyesAmount": 0}


@pytest.fixture
def separation(admin: Person) -> Iterator[Any]:
    """Lets the institution want something, and forget it afterwards."""
    yield lambda **settings: admin.put("/settings/general", settings).accepted()
    admin.put("/settings/general", OFF).accepted()


def own_officer(platform: Platform, supervisor: Person) -> Person:
    """An officer whose password the supervisor knows, signed in by the supervisor."""
    email = f"nobody-{random_name('x')[2:]}@example.org"
    body = {"email": email, "firstName": "No", "lastName": "Body", "role": "CREDIT_OFFICER", "password": PASSWORD}
    supervisor.post("/users", body).accepted()
    return sign_in(platform.url, email, PASSWORD)


def invented_loan(supervisor: Person, officer: Person) -> str:
    """A union, a member and a loan that nobody but the supervisor has ever heard of; its path."""
    union = supervisor.post("/unions", {"name": random_name("Union"), "creditOfficerId": officer.id}).data
    name = {"firstName": "Ngozi", "lastName": "Nobody", "phone": "08030000009"}
    member = officer.post("/union-members", {**name, "unionId": union["id"]}).data
    terms = {"principalAmount": 900_000, "termCount": 12, "termUnit": "MONTH"}
    loan = officer.post("/loans", {**terms, "unionMemberId": member["id"]}).data
    officer.patch(f"/loans/{loan['id']}/submit").accepted()
    return f"/loans/{loan['id']}"


def test_one_supervisor_alone_lends_nothing(platform: Platform, admin: Person, separation: Any) -> None:
    supervisor = new_staff(admin, "SUPERVISOR")
    separation(separationDays=90)
    officer = own_officer(platform, supervisor)
    path = invented_loan(supervisor, officer)
    answers = [
        supervisor.patch(f"{path}/approve"),
        supervisor.put(f"{path}/status", {"status": "APPROVED"}),
        supervisor.post(f"{path}/disburse"),
    ]
    assert [answer.status for answer in answers[:2]] == [403, 403]
    assert {answer.body["code"] for answer in answers[:2]} == {"own-officer"}
    assert answers[2].status in (403, 409)
    assert supervisor.get(path).data["status"] == "PENDING_APPROVAL"
    # Somebody else may.
    assert admin.patch(f"{path}/approve").status == 200


def test_who_knows_no_password_signs_in_as_nobody(platform: Platform, admin: Person, separation: Any) -> None:
    supervisor = new_staff(admin, "SUPERVISOR")
    separation(passwordsByCreator=False)
    body = {"email": "nobody-knows@example.org", "firstName": "No", "lastName": "Body", "role": "CREDIT_OFFICER"}
    refused = supervisor.post("/users", body | {"password": PASSWORD})
    assert (refused.status, refused.body["code"]) == (400, "own-password-only")
    assert supervisor.post("/users", body).status == 201


def test_one_admin_alone_lends_nothing_above_the_amount(platform: Platform, admin: Person, separation: Any) -> None:
    supervisor = new_staff(admin, "SUPERVISOR")
    officer = new_staff(admin, "CREDIT_OFFICER", supervisor)
    union = supervisor.post("/unions", {"name": random_name("Union"), "creditOfficerId": officer.id}).data
    member = admin.post("/union-members", {"firstName": "A", "lastName": "B", "unionId": union["id"]}).data
    separation(fourEyes=True, fourEyesAmount=100_000)
    complete = {
        "unionMemberId": member["id"], "principalAmount": 900_000, "termCount": 12, "termUnit": "MONTH",
        "startDate": "2026-03-01", "processingFeeAmount": 0, "penaltyFeePerDayAmount": 0,
    }  # fmt: skip
    path = f"/loans/{admin.post('/loans', complete).data['id']}"
    assert admin.get(path).data["status"] == "PENDING_APPROVAL"
    refused = admin.put(f"{path}/status", {"status": "APPROVED"})
    assert (refused.status, refused.body["code"]) == (403, "four-eyes-needed")
    # By status, as the web client does: no payment takes the place of who pays it out.
    assert supervisor.put(f"{path}/status", {"status": "APPROVED"}).status == 200
    pay = {"loanId": path.rpartition("/")[2], "amount": 1, "method": "CASH"}
    assert admin.post("/repayments", pay).status == 409
    assert supervisor.post(f"{path}/disburse").status == 403
    acting = Person(platform.url, admin.post(f"/auth/impersonate/{supervisor.id}").data["accessToken"])
    assert acting.post(f"{path}/disburse").body["code"] == "four-eyes-needed"
    assert new_staff(admin, "ADMIN").post(f"{path}/disburse").status == 200
