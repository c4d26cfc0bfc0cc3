"""What is said of deleting a loan type before it is done, which is what the deletion then does."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from services.lending.domain.loan import LoanStatus
from services.lending.models import Loan
from services.lending.tests.api.test_loan_types import MARKET
from services.lending.tests.conftest import Member
from shared.db import Sessions
from shared.ids import new_id
from shared.testing import SignedIn

PATH = "/backup/dependencies/loanType"


@pytest.fixture
def loan_type_id(client: FlaskClient, admin: SignedIn) -> str:
    answer = client.post("/loan-types", json=MARKET, headers=admin.headers)
    return str(answer.json["data"]["id"])


@pytest.fixture
def a_loan(
    client: FlaskClient, officer: SignedIn, a_member: Callable[..., Member], sessions: Sessions, loan_type_id: str
) -> Callable[[LoanStatus], None]:
    """Makes a loan of the type that is in this status."""

    def make(status: LoanStatus) -> None:
        body: dict[str, Any] = {
            "unionMemberId": str(a_member().id), "principalAmount": 50000, "termCount": 12, "termUnit": "MONTH",
            "loanTypeId": loan_type_id,
        }  # fmt: skip
        made = client.post("/loans", json=body, headers=officer.headers).json["data"]
        with sessions.begin() as session:
            session.execute(update(Loan).where(Loan.id == made["id"]).values(status=status))

    return make


@pytest.mark.parametrize("status", [None, *LoanStatus])
def test_the_answer_is_what_the_deletion_does(
    client: FlaskClient,
    admin: SignedIn,
    loan_type_id: str,
    a_loan: Callable[[LoanStatus], None],
    status: LoanStatus | None,
) -> None:
    for _ in range(2 if status else 0):
        a_loan(LoanStatus(str(status)))
    said = client.get(f"{PATH}/{loan_type_id}", headers=admin.headers).json["data"]
    done = client.delete(f"/loan-types/{loan_type_id}", headers=admin.headers)
    assert (done.status_code, done.json["message"]) == (
        (200, "Loan type deleted successfully") if said["canDelete"] else (409, said["message"])
    )
    loans = said["dependencies"]["loans"]
    assert loans == (0 if said["canDelete"] else 2)
    assert [(item["type"], item["count"]) for item in said["items"]] == ([("loans", 2)] if loans else [])
    assert client.get(f"{PATH}/{loan_type_id}", headers=admin.headers).status_code == (404 if not loans else 200)


def test_only_admins_ask_and_what_is_absent_is_not_found(
    client: FlaskClient, admin: SignedIn, supervisor: SignedIn, officer: SignedIn, loan_type_id: str
) -> None:
    for who in (supervisor, officer):
        assert client.get(f"{PATH}/{loan_type_id}", headers=who.headers).status_code == 403
    assert client.get(f"{PATH}/{loan_type_id}").status_code == 401
    for absent in (new_id(), "1"):
        assert client.get(f"{PATH}/{absent}", headers=admin.headers).status_code == 404
