from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.payments.tests.conftest import Loan, account_of, repayments_of, weekly
from shared.db import Sessions
from shared.ids import new_id
from shared.testing import SignedIn

Json = dict[str, Any]
PAY_REFERENCE = "PAY-1773221400000-x7Fq2"


@pytest.fixture
def post(client: FlaskClient, admin: SignedIn) -> Callable[..., Any]:
    """Posts a payment, by default of 50 in cash by `admin`."""

    def post(loan: Loan, *, by: SignedIn = admin, key: str | None = None, **changes: Any) -> Any:
        headers = by.headers | ({"Idempotency-Key": key} if key else {})
        body = {"loanId": str(loan.id), "amount": 50, "method": "CASH"} | changes
        return client.post("/repayments", json=body, headers=headers)

    return post


def test_a_recorded_payment_is_answered_with_loan_receiver_and_allocations(
    a_loan: Callable[..., Loan], post: Callable[..., Any], officer: SignedIn
) -> None:
    loan = a_loan(lines=weekly(3, "100.00", "10.00"))
    answer = post(loan, by=officer, amount="125.50", method="TRANSFER", paidAt="2026-03-20", notes=" first ")
    assert (answer.status_code, answer.json["success"]) == (201, True)
    data = answer.json["data"]
    assert (data["amount"], data["paidAt"], data["notes"]) == ("125.50", "2026-03-20T00:00:00.000Z", "first")
    assert data["receivedBy"] == {"id": str(officer.id), "email": officer.actor.email, "role": "CREDIT_OFFICER"}
    assert [(part["interestAmount"], part["principalAmount"]) for part in data["allocations"]] == [
        ("10.00", "100.00"),
        ("10.00", "5.50"),
    ]
    shown = data["loan"]
    assert (shown["loanNumber"], shown["status"], shown["principalAmount"]) == ("LN00000001", "ACTIVE", "300.00")
    assert (shown["interestRate"], shown["startDate"]) == ("24.00", "2026-03-11T00:00:00.000Z")
    assert shown["customerId"] == shown["unionMemberId"] == shown["customer"]["id"] == str(loan.member_id)
    assert (shown["unionMember"]["firstName"], shown["customer"]["phone"]) == ("Ada", "")
    assert shown["branch"]["name"] == "Market Women"


def test_a_write_names_the_events_its_followers_have_to_apply(
    a_loan: Callable[..., Loan], post: Callable[..., Any]
) -> None:
    types = [pair.partition("=")[0] for pair in post(a_loan()).headers["X-Events"].split(",")]
    assert types == ["payments.repayment.recorded.v1", "payments.audit.recorded.v1"]


def test_the_same_idempotency_key_pays_once(
    sessions: Sessions, a_loan: Callable[..., Loan], post: Callable[..., Any]
) -> None:
    loan = a_loan()
    first, again = post(loan, key="k-1"), post(loan, key="k-1")
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replay"] == "true"
    assert post(loan, key="k-1", amount=60).status_code == 422
    assert len(repayments_of(sessions, loan.id)) == 1


def test_a_refused_payment_leaves_its_idempotency_key_free(
    a_loan: Callable[..., Loan], post: Callable[..., Any]
) -> None:
    loan = a_loan()
    assert post(loan, key="k-1", amount=301).status_code == 400
    assert post(loan, key="k-1", amount=300).status_code == 201


def test_a_payment_the_web_client_repeats_is_answered_with_the_one_that_is_there(
    a_loan: Callable[..., Loan], post: Callable[..., Any], admin: SignedIn, officer: SignedIn
) -> None:
    loan = a_loan()
    first = post(loan, by=officer, reference=PAY_REFERENCE)
    again = post(loan, by=admin, reference=PAY_REFERENCE)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["data"] == first.json["data"]


def test_an_overpayment_is_refused_with_what_is_left_to_pay(
    a_loan: Callable[..., Loan], post: Callable[..., Any]
) -> None:
    answer = post(a_loan(lines=weekly(1, "9666.67")), amount=9666.68)
    assert answer.status_code == 400
    assert answer.json["message"] == "Payment amount cannot exceed total left to pay (₦9,666.67)"
    assert answer.json["errors"] == [{"field": "amount", "message": answer.json["message"]}]
    assert answer.json["payable"] == "9666.67"


def test_a_loan_that_takes_no_money_is_a_conflict(a_loan: Callable[..., Loan], post: Callable[..., Any]) -> None:
    answer = post(a_loan(status="DRAFT", lines=[]))
    assert (answer.status_code, answer.json["message"]) == (409, "Can only make payments on active or approved loans")


def test_a_supervisor_records_no_payments(
    a_loan: Callable[..., Loan], post: Callable[..., Any], supervisor: SignedIn
) -> None:
    assert post(a_loan(), by=supervisor).status_code == 403


def test_a_loan_of_another_officer_looks_absent(
    a_loan: Callable[..., Loan], post: Callable[..., Any], other_officer: SignedIn
) -> None:
    foreign, absent = post(a_loan(), by=other_officer), post(Loan(union_id=new_id()), by=other_officer)
    assert (foreign.status_code, foreign.json["message"]) == (404, "Loan not found")
    assert absent.json["message"] == foreign.json["message"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("amount", wrong) for wrong in (0, -1, 1.005, "1.005", "1e3", "NaN", "१२", True, None, "", 1e15, [1], {})),
        *(("method", wrong) for wrong in ("CHEQUE", "cash", None, 1)),
        *(("loanId", wrong) for wrong in ("x", None, 7, ["a"])),
        *(("paidAt", wrong) for wrong in ("2026-02-30", "yesterday", 5, "0001-01-01")),
        ("scheduleItemId", "x"),
        ("reference", "a\u0000b"),
        ("notes", "x" * 2001),
    ],
)
def test_wrong_input_is_refused_by_field_and_leaves_nothing(
    sessions: Sessions, a_loan: Callable[..., Loan], post: Callable[..., Any], field: str, wrong: Any
) -> None:
    loan = a_loan()
    answer = post(loan, **{field: wrong})
    assert (answer.status_code, answer.json["message"]) == (400, "Validation failed")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert account_of(sessions, loan.id)["version"] == 0


def test_unknown_fields_have_no_effect(
    sessions: Sessions, a_loan: Callable[..., Loan], post: Callable[..., Any]
) -> None:
    loan = a_loan()
    injected = {"id": str(new_id()), "outstanding": 0, "status": "COMPLETED", "receivedByUserId": str(new_id())}
    data = post(loan, **injected).json["data"]
    assert data["id"] != injected["id"]
    assert data["receivedByUserId"] != injected["receivedByUserId"]
    assert account_of(sessions, loan.id)["outstanding"] == Decimal(250)


@pytest.mark.parametrize("method", ["put", "delete"])
def test_payments_are_permanent_for_everybody(
    a_loan: Callable[..., Loan], post: Callable[..., Any], client: FlaskClient, admin: SignedIn, method: str
) -> None:
    repayment_id = post(a_loan()).json["data"]["id"]
    answer = getattr(client, method)(f"/repayments/{repayment_id}", json={"amount": 1}, headers=admin.headers)
    assert answer.status_code == 403
    assert "permanent" in answer.json["message"]


class TestList:
    @pytest.fixture
    def ask(self, client: FlaskClient, admin: SignedIn) -> Callable[..., Any]:
        def ask(*, by: SignedIn = admin, **query: Any) -> Any:
            answer = client.get("/repayments", query_string=query, headers=by.headers)
            assert answer.status_code == 200, answer.json
            return answer.json

        return ask

    def test_newest_first_page_by_page(
        self, a_loan: Callable[..., Loan], post: Callable[..., Any], ask: Callable[..., Any]
    ) -> None:
        loan = a_loan()
        days = ["2026-03-20", "2026-03-22", "2026-03-21"]
        for day in days:
            post(loan, paidAt=day)
        first = ask(page=1, limit=2)
        assert [row["paidAt"][:10] for row in first["data"]] == ["2026-03-22", "2026-03-21"]
        assert first["pagination"] == {"page": 1, "limit": 2, "total": 3, "totalPages": 2, "pages": 2}
        assert [row["paidAt"][:10] for row in ask(page=2, limit=2)["data"]] == ["2026-03-20"]
        assert ask(page=3, limit=2)["data"] == []
        assert ask()["pagination"]["limit"] == 1000

    def test_a_row_has_the_promised_shape(
        self, a_loan: Callable[..., Loan], post: Callable[..., Any], ask: Callable[..., Any]
    ) -> None:
        loan = a_loan()
        post(loan, amount=150)
        (row,) = ask()["data"]
        assert row["loan"]["unionMember"]["code"] == "MEM000001"
        assert [part["scheduleItem"]["sequence"] for part in row["allocations"]] == [1, 2]

    def test_everybody_sees_what_is_in_their_scope(
        self,
        a_loan: Callable[..., Loan],
        a_union: Callable[..., UUID],
        post: Callable[..., Any],
        ask: Callable[..., Any],
        admin: SignedIn,
        supervisor: SignedIn,
        officer: SignedIn,
        other_officer: SignedIn,
    ) -> None:
        theirs = a_loan(union_id=a_union(other_officer.id))
        post(a_loan())
        post(theirs)
        post(theirs)
        counted = {who.actor.role: ask(by=who)["pagination"]["total"] for who in (admin, supervisor, officer)}
        assert counted == {"ADMIN": 3, "SUPERVISOR": 1, "CREDIT_OFFICER": 1}
        assert {row["loanId"] for row in ask(by=other_officer)["data"]} == {str(theirs.id)}
        assert ask(by=officer, loanId=str(theirs.id))["data"] == []
        assert ask(by=supervisor, unionId=str(theirs.union_id))["pagination"]["total"] == 0

    def test_filters_narrow_the_list_and_its_total(
        self,
        a_loan: Callable[..., Loan],
        post: Callable[..., Any],
        ask: Callable[..., Any],
        admin: SignedIn,
        officer: SignedIn,
    ) -> None:
        one, two = a_loan(), a_loan(loan_number="LN00000002")
        post(one, paidAt="2026-03-20", reference="Receipt-77")
        post(two, paidAt="2026-03-21", by=officer, method="POS")
        # Shortly before midnight UTC it is the next day already in Lagos.
        post(two, paidAt="2026-03-21T23:30:00.000Z")

        def found(**query: Any) -> int:
            answer = ask(**query)
            assert len(answer["data"]) == answer["pagination"]["total"]
            return len(answer["data"])

        assert found(loanId=str(two.id)) == 2
        assert found(method="POS") == 1
        assert found(method="CHEQUE") == 0
        assert found(receivedByUserId=str(officer.id)) == 1
        assert found(unionId=str(one.union_id)) == 1
        assert found(dateFrom="2026-03-20", dateTo="2026-03-20") == 1
        assert found(dateFrom="2026-03-21") == 2
        assert found(dateTo="2026-03-21") == 2
        assert found(dateFrom="2026-03-22") == 1
        assert found(search="ln00000002") == 2
        assert found(search="ada OBI") == 3
        assert found(search="receipt-7") == 1
        assert found(search="%") == 0
        assert found(search="MEM000001", method="POS") == 1
        assert found(search="  ") == 3

    @pytest.mark.parametrize("query", ["dateFrom=2026-13-01", "dateTo=x", "search=a%00b"])
    def test_a_filter_that_is_malformed_is_refused(self, client: FlaskClient, admin: SignedIn, query: str) -> None:
        assert client.get(f"/repayments?{query}", headers=admin.headers).status_code == 400

    @pytest.mark.parametrize("query", ["loanId=x", "unionId=1", "receivedByUserId=x", "method=SHELLS"])
    def test_a_filter_that_nothing_has_finds_nothing(self, client: FlaskClient, admin: SignedIn, query: str) -> None:
        answer = client.get(f"/repayments?{query}", headers=admin.headers)
        assert (answer.status_code, answer.json["data"]) == (200, [])


def test_one_repayment_is_shown_with_its_instalments(
    client: FlaskClient, a_loan: Callable[..., Loan], post: Callable[..., Any], officer: SignedIn
) -> None:
    repayment_id = post(a_loan(), amount=150).json["data"]["id"]
    answer = client.get(f"/repayments/{repayment_id}", headers=officer.headers)
    assert answer.status_code == 200
    assert [part["scheduleItem"]["status"] for part in answer.json["data"]["allocations"]] == ["PAID", "PARTIAL"]


def test_a_repayment_out_of_scope_looks_absent(
    client: FlaskClient, a_loan: Callable[..., Loan], post: Callable[..., Any], other_officer: SignedIn
) -> None:
    repayment_id = post(a_loan()).json["data"]["id"]
    foreign = client.get(f"/repayments/{repayment_id}", headers=other_officer.headers)
    absent = client.get(f"/repayments/{new_id()}", headers=other_officer.headers)
    assert (foreign.status_code, foreign.json["message"]) == (404, "Repayment not found")
    assert (absent.status_code, absent.json["message"]) == (404, "Repayment not found")


def test_the_summary_sums_up_what_the_actor_may_see(
    client: FlaskClient,
    a_loan: Callable[..., Loan],
    a_union: Callable[..., UUID],
    post: Callable[..., Any],
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    loan = a_loan()
    post(loan, amount="10.10")
    post(loan, amount="20.20", method="POS")
    post(loan, amount="30.30", method="POS")
    post(a_loan(union_id=a_union(other_officer.id)))
    data = client.get("/repayments/summary", headers=officer.headers).json["data"]
    assert (data["totalRepayments"], data["totalAmount"]) == (3, "60.60")
    assert data["methodBreakdown"] == [
        {"method": "CASH", "_sum": {"amount": "10.10"}, "_count": 1},
        {"method": "POS", "_sum": {"amount": "50.50"}, "_count": 2},
    ]
    assert len(data["recentRepayments"]) == 3


def test_an_empty_summary_has_zeros(client: FlaskClient, admin: SignedIn) -> None:
    data = client.get("/repayments/summary", headers=admin.headers).json["data"]
    assert data == {"totalRepayments": 0, "totalAmount": "0.00", "methodBreakdown": [], "recentRepayments": []}


@pytest.mark.parametrize(
    "path", ["/repayments", "/repayments/summary", f"/repayments/{new_id()}", "/schedules", f"/schedules/{new_id()}"]
)
def test_nobody_reads_without_a_token(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 401
