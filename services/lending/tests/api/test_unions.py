"""What lending knows of unions."""

from collections.abc import Callable
from uuid import UUID

from flask.testing import FlaskClient

from services.lending.tests.conftest import Member
from shared.ids import new_id
from shared.testing import SignedIn


def test_a_union_counts_its_members_and_loans_and_adds_up_their_money(
    client: FlaskClient,
    admin: SignedIn,
    supervisor: SignedIn,
    officer: SignedIn,
    other_officer: SignedIn,
    a_union: Callable[..., UUID],
    a_member: Callable[..., Member],
) -> None:
    union_id, elsewhere = a_union(), a_union()
    path = f"/unions/{union_id}/stats"
    assert set(client.get(path, headers=officer.headers).json["data"].values()) == {0}
    a_member(union=elsewhere)
    for step in ("draft", "approved", "disbursed"):
        body = {"unionMemberId": str(a_member(union=union_id).id), "principalAmount": 50000, "termCount": 12}
        body |= {"termUnit": "MONTH", "submit": step != "draft"}
        loan = client.post("/loans", json=body, headers=officer.headers).json["data"]
        if step != "draft":
            client.patch(f"/loans/{loan['id']}/approve", headers=supervisor.headers)
        if step == "disbursed":
            client.post(f"/loans/{loan['id']}/disburse", headers=supervisor.headers)
    stats = {
        "totalMembers": 3, "totalLoans": 3, "activeLoans": 1, "pendingLoans": 0, "completedLoans": 0,
        "totalDisbursed": 50000, "totalRepaid": 0, "totalOutstanding": 50000,
    }  # fmt: skip
    for who in (admin, supervisor, officer):
        answer = client.get(path, headers=who.headers).json["data"]
        assert answer == stats
    for who, asked in ((other_officer, path), (officer, f"/unions/{new_id()}/stats")):
        refused = client.get(asked, headers=who.headers)
        assert (refused.status_code, refused.json["message"]) == (404, "Union not found")
