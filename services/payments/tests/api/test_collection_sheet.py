"""Loans here have three weekly instalments of 100.00 and 10.00 of interest, due on 18 and 25 March and 1 April 2026."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from services.payments.models.collection import collection_lines
from services.payments.models.ledger import repayments
from services.payments.queries import counts
from services.payments.tests.conftest import Loan, account_of, member_event, repayments_of, weekly
from services.payments.tests.usecases.test_closing import at
from shared import tally
from shared.db import Sessions
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.tally import EVERYBODY
from shared.testing import SignedIn, check_contract

Json = dict[str, Any]
Get, Post = Callable[..., Any], Callable[..., Any]
TODAY = "2026-03-25"


@pytest.fixture
def union_id(a_union: Callable[..., UUID]) -> UUID:
    return a_union()


@pytest.fixture
def loans(a_loan: Callable[..., Loan], union_id: UUID, hear: Any) -> list[Loan]:
    """Four loans of four members of one union."""
    made = []
    for number in range(1, 5):
        lines = weekly(3, "100.00", "10.00")
        made.append(a_loan(union_id=union_id, lines=lines, loan_number=f"LN0000000{number}"))
        names = {"code": f"MEM00000{number}", "first_name": "Ada", "last_name": f"Obi {number}"}
        hear(member_event(made[-1].member_id, union_id, version=2, **names))
    return made


@pytest.fixture
def get(client: FlaskClient, officer: SignedIn, union_id: UUID) -> Get:
    def get(*, by: SignedIn = officer, of: UUID = union_id, on: str = TODAY) -> Any:
        query = {"unionId": str(of), "on": on}
        return client.get("/repayments/collection-sheet", headers=by.headers, query_string=query)

    return get


@pytest.fixture
def post(client: FlaskClient, officer: SignedIn, union_id: UUID) -> Post:
    """Hands in lines; the cash is what they come to unless another amount is said."""

    def post(*lines: Json, by: SignedIn = officer, cash: Any = None, key: str | None = None, **changes: Any) -> Any:
        amounts = [Decimal(str(line.get("amount") or 0)) for line in lines if line.get("method", "CASH") == "CASH"]
        handed_over = str(sum(amounts, Decimal(0))) if cash is None else cash
        body = {"unionId": str(union_id), "on": TODAY, "cashHandedOver": handed_over, "lines": lines} | changes
        headers = by.headers | ({"Idempotency-Key": key} if key else {})
        return client.post("/repayments/collection-sheet", json=body, headers=headers)

    return post


def a_line(loan: Loan, amount: Any, **changes: Any) -> Json:
    return {"loanId": str(loan.id), "amount": amount, "idempotencyKey": f"key-{loan.loan_number}"} | changes


def verdicts(answer: Any) -> list[tuple[str, str | None]]:
    return [(line["verdict"], line["code"]) for line in answer.json["data"]["lines"]]


def recorded(sessions: Sessions) -> int:
    with sessions() as session:
        return session.execute(select(func.count()).select_from(repayments)).scalar_one()


def test_a_sheet_lists_what_can_be_collected_from_each_member(
    get: Get, loans: list[Loan], pay: Any, a_loan: Any, union_id: UUID
) -> None:
    pay(loans[1], "330.00")
    pay(loans[2], "50.00")
    a_loan(union_id=union_id, status="DRAFT", lines=[])
    answer = get()
    assert answer.status_code == 200
    data = answer.json["data"]
    assert [line["loanNumber"] for line in data["lines"]] == ["LN00000001", "LN00000003", "LN00000004"]
    second = data["lines"][1]
    assert (second["memberCode"], second["memberName"]) == ("MEM000003", "Ada Obi 3")
    assert (second["dueToday"], second["arrears"], second["settlement"]) == ("110.00", "60.00", "280.00")
    assert data["totals"] == {
        "lines": 3, "dueToday": "330.00", "arrears": "280.00", "settlement": "940.00", "outstanding": "940.00",
    }  # fmt: skip
    assert data["union"]["name"] == "Market Women"


def test_a_sheet_is_another_one_as_soon_as_a_loan_is(get: Get, loans: list[Loan], pay: Any) -> None:
    before = get().json["data"]
    assert get().json["data"]["version"] == before["version"]
    pay(loans[0], "1.00")
    after = get().json["data"]
    assert after["version"] != before["version"]
    same = [a["version"] == b["version"] for a, b in zip(after["lines"], before["lines"], strict=True)]
    assert same == [False, True, True, True]


def test_the_number_of_statements_does_not_grow_with_the_sheet(
    get: Get, post: Post, loans: list[Loan], statements: list[str]
) -> None:
    get()
    assert len(statements) == 6
    sent = []
    for count in (1, 3):
        statements.clear()
        post(*(a_line(loan, "10.00", idempotencyKey=f"{count}-{loan.loan_number}") for loan in loans[:count]))
        sent.append(len(statements))
    assert sent == [9, 9]


def test_each_line_has_its_own_verdict_and_a_bad_one_keeps_none_back(
    sessions: Sessions, post: Post, loans: list[Loan], a_loan: Any
) -> None:
    elsewhere = a_loan()
    answer = post(
        a_line(loans[0], 110),
        a_line(loans[1], 330.01),
        a_line(loans[2], None, absent=True),
        a_line(loans[3], 0),
        {"loanId": str(new_id()), "amount": None},
        a_line(elsewhere, "5.00", idempotencyKey="elsewhere"),
        {"loanId": "nonsense", "amount": None, "idempotencyKey": "n"},
        {"loanId": str(new_id()), "amount": "1.00"},
        {"loanId": str(new_id()), "amount": "2.00", "absent": True, "idempotencyKey": "a"},
        {"loanId": str(new_id()), "amount": None, "version": "rubbish"},
        cash="445.01",
    )
    assert answer.status_code == 201
    data = answer.json["data"]
    assert verdicts(answer) == [
        ("RECORDED", None), ("REFUSED", "overpayment"), ("ABSENT", None), ("ZERO", None), ("BLANK", None),
        ("REFUSED", "loan-not-found"), ("REFUSED", "unreadable-line"), ("REFUSED", "unreadable-line"),
        ("REFUSED", "unreadable-line"), ("REFUSED", "unreadable-line"),
    ]  # fmt: skip
    first, second = data["lines"][:2]
    assert (first["outstanding"], first["receiptNumber"]) == ("220.00", "LN00000001-0001")
    assert first["repaymentId"] == str(repayments_of(sessions, loans[0].id)[0]["id"])
    assert second["reason"] == "Payment amount cannot exceed total left to pay (₦330.00)"
    assert second["payable"] == "330.00"
    assert data["cash"] == {"handedOver": "445.01", "recorded": "110.00", "difference": "335.01"}
    sums = {one["verdict"]: (one["lines"], one["amount"]) for one in data["totals"]}
    assert sums["RECORDED"] == (1, "110.00")
    assert sums["REFUSED"] == (6, "335.01")
    assert recorded(sessions) == 1


def test_a_line_is_recorded_as_a_payment_that_comes_alone_is(
    sessions: Sessions, post: Post, loans: list[Loan], client: FlaskClient, officer: SignedIn
) -> None:
    line = a_line(loans[0], "330.00", method="POS", reference="R-1", notes="in full")
    post(line, a_line(loans[1], "45.00"))
    body = {"loanId": str(loans[2].id), "amount": 330, "method": "POS", "reference": "R-1", "notes": "in full"}
    client.post("/repayments", json=body | {"paidAt": TODAY}, headers=officer.headers)
    together, alone = (repayments_of(sessions, loan.id)[0] for loan in (loans[0], loans[2]))
    differs = {"id", "loan_id", "recorded_at"}
    assert {name: value for name, value in together.items() if name not in differs} == {
        name: value for name, value in alone.items() if name not in differs
    }
    accounts = [account_of(sessions, loan.id) for loan in (loans[0], loans[2])]
    names = ("status", "paid", "outstanding", "outstanding_principal", "version", "closed_at", "last_paid_on")
    assert [accounts[0][name] for name in names] == [accounts[1][name] for name in names]
    with sessions() as session:
        connection = session.connection()
        assert tally.total(connection, counts.REPAYMENTS, [EVERYBODY], ["POS"]) == 2
        assert tally.total(connection, counts.INSTALMENTS, [officer.id], ["PAID"]) == 6
        bodies = session.execute(select(outbox.c.body).order_by(outbox.c.seq)).scalars().all()
    events = [Envelope.from_json(body) for body in bodies]
    for envelope in events:
        check_contract(envelope)
    assert [envelope.type for envelope in events] == [
        "payments.repayment.recorded.v1", "payments.audit.recorded.v1",
        "payments.repayment.recorded.v1", "payments.audit.recorded.v1",
        "payments.sheet.handed_in.v1", "payments.audit.recorded.v1",
        "payments.repayment.recorded.v1", "payments.audit.recorded.v1",
    ]  # fmt: skip
    assert events[0].data["allocations"][0]["interest"] == events[6].data["allocations"][0]["interest"] == "10.00"


def test_a_sheet_sent_twice_posts_nothing_twice_and_a_corrected_line_is_taken(
    sessions: Sessions, post: Post, loans: list[Loan]
) -> None:
    first = post(a_line(loans[0], "110.00"), a_line(loans[1], "331.00"))
    assert verdicts(first) == [("RECORDED", None), ("REFUSED", "overpayment")]
    again = post(a_line(loans[0], "110.00"), a_line(loans[1], "330.00"))
    assert again.status_code == 201
    assert verdicts(again) == [("ALREADY_RECORDED", None), ("RECORDED", None)]
    assert again.json["data"]["lines"][0]["repaymentId"] == first.json["data"]["lines"][0]["repaymentId"]
    assert again.json["data"]["cash"]["difference"] == "0.00"
    third = post(a_line(loans[0], "110.00"), a_line(loans[1], "330.00"))
    assert (third.status_code, [verdict for verdict, _ in verdicts(third)]) == (200, ["ALREADY_RECORDED"] * 2)
    assert recorded(sessions) == 2


def test_a_key_stands_for_one_payment_of_one_officer(
    sessions: Sessions, post: Post, loans: list[Loan], admin: SignedIn
) -> None:
    post(a_line(loans[0], "10.00"))
    other_amount = post(a_line(loans[0], "11.00"))
    other_loan = post(a_line(loans[1], "10.00", idempotencyKey="key-LN00000001"))
    assert verdicts(other_amount) == verdicts(other_loan) == [("REFUSED", "key-of-another-payment")]
    assert verdicts(post(a_line(loans[0], "11.00"), by=admin)) == [("RECORDED", None)]
    assert recorded(sessions) == 2
    with sessions() as session:
        assert session.execute(select(func.count()).select_from(collection_lines)).scalar_one() == 2


def test_a_reference_the_web_client_made_is_recorded_once(sessions: Sessions, post: Post, loans: list[Loan]) -> None:
    reference = "PAY-1773221400000-x7Fq2"
    post(a_line(loans[0], "10.00", reference=reference))
    again = post(a_line(loans[0], "10.00", reference=reference, idempotencyKey="other"))
    other = post(a_line(loans[0], "12.00", reference=reference, idempotencyKey="another"))
    assert verdicts(again) == [("ALREADY_RECORDED", None)]
    assert verdicts(other) == [("REFUSED", "key-of-another-payment")]
    assert recorded(sessions) == 1


def test_cash_that_is_not_what_the_lines_come_to_refuses_the_sheet(
    sessions: Sessions, post: Post, loans: list[Loan]
) -> None:
    answer = post(a_line(loans[0], "110.00"), a_line(loans[1], "50.50"), cash="160.00")
    assert (answer.status_code, answer.json["code"]) == (400, "cash-differs")
    assert (answer.json["linesTotal"], answer.json["cashHandedOver"]) == ("160.50", "160.00")
    assert answer.json["message"] == "The lines in cash come to ₦160.50, but ₦160.00 was handed over"
    assert recorded(sessions) == 0
    # What came by transfer was never handed over.
    assert post(a_line(loans[0], "110.00"), a_line(loans[1], "50.50", method="TRANSFER"), cash=110).status_code == 201


@pytest.mark.parametrize("what", ["loan", "member", "key"])
def test_a_sheet_with_something_twice_is_refused(
    sessions: Sessions, post: Post, loans: list[Loan], a_loan: Any, hear: Any, what: str
) -> None:
    second = {"loan": loans[0], "member": loans[1], "key": loans[1]}[what]
    if what == "member":
        second = a_loan(union_id=loans[0].union_id, member_id=loans[0].member_id, lines=weekly(1, "50.00"))
    key = "key-LN00000001" if what == "key" else "other"
    lines = [a_line(loans[2], "5.00"), a_line(loans[0], "5.00"), a_line(second, None, idempotencyKey=key)]
    answer = post(*lines)
    assert (answer.status_code, answer.json["code"]) == (400, "line-twice")
    assert recorded(sessions) == 0


def test_lines_whose_loan_changed_meanwhile_are_recorded_and_named(
    get: Get, post: Post, loans: list[Loan], pay: Any, hear: Any
) -> None:
    versions = {line["loanId"]: line["version"] for line in get().json["data"]["lines"]}
    pay(loans[1], "200.00")
    grown = weekly(4, "100.00", "10.00")
    hear(loans[2].event("disbursed", version=5, schedule_version=2, lines=grown))
    answer = post(*(a_line(loan, "20.00", version=versions[str(loan.id)]) for loan in loans))
    assert [verdict for verdict, _ in verdicts(answer)] == ["RECORDED"] * 4
    assert answer.json["data"]["changed"] == [
        {
            "line": 2,
            "loanId": str(loans[1].id),
            "was": {"dueToday": "110.00", "arrears": "110.00", "settlement": "330.00", "outstanding": "330.00"},
            "now": {"dueToday": "20.00", "arrears": "0.00", "settlement": "130.00", "outstanding": "130.00"},
        },
        {
            "line": 3,
            "loanId": str(loans[2].id),
            "was": {"dueToday": "110.00", "arrears": "110.00", "settlement": "330.00", "outstanding": "330.00"},
            "now": {"dueToday": "110.00", "arrears": "110.00", "settlement": "440.00", "outstanding": "440.00"},
        },
    ]


def test_backdated_lines_and_settlements_are_taken_beside_ordinary_ones(
    sessions: Sessions, get: Get, post: Post, loans: list[Loan], a_loan: Any, hear: Any, pay: Any, union_id: UUID
) -> None:
    rebated = a_loan(
        union_id=union_id, lines=weekly(3, "100.00", "10.00"), facts={"terms": {"rebates_unearned_interest": True}}
    )
    hear(member_event(rebated.member_id, union_id, version=2, code="MEM000009"))
    pay(loans[1], "110.00", paid_on=date(2026, 3, 27), paid_at=at(date(2026, 3, 27)))
    settles = {line["loanId"]: line for line in get().json["data"]["lines"]}[str(rebated.id)]["settlement"]
    assert settles == "320.00"
    answer = post(
        a_line(loans[0], "10.00"),
        a_line(loans[1], "110.00"),
        a_line(rebated, settles, idempotencyKey="settles"),
        a_line(loans[2], "20.00"),
    )
    assert [verdict for verdict, _ in verdicts(answer)] == ["RECORDED"] * 4
    backdated = repayments_of(sessions, loans[1].id)
    assert [row["parts"][0][0] for row in backdated] == [2, 1]
    assert account_of(sessions, rebated.id)["status"] == "COMPLETED"
    assert verdicts(post(a_line(rebated, settles, idempotencyKey="settles"))) == [("ALREADY_RECORDED", None)]


def test_a_day_before_the_loan_was_there_is_refused(post: Post, loans: list[Loan]) -> None:
    assert verdicts(post(a_line(loans[0], "5.00"), on="2026-03-01")) == [("REFUSED", "date-out-of-bounds")]


def test_sheets_are_for_those_who_collect_in_the_union(
    get: Get, post: Post, loans: list[Loan], other_officer: SignedIn, supervisor: SignedIn, admin: SignedIn
) -> None:
    assert [get(by=by).status_code for by in (other_officer, supervisor, admin)] == [404, 200, 200]
    assert get(of=new_id()).status_code == 404
    line = a_line(loans[0], "5.00")
    assert [post(line, by=by).status_code for by in (other_officer, supervisor, admin)] == [404, 403, 201]


@pytest.mark.parametrize(
    "changes",
    [{"unionId": "x"}, {"lines": []}, {"lines": None}, {"cashHandedOver": None}, {"method": "GOLD"}, {"on": "soon"}],
)
def test_a_sheet_that_makes_no_sense_is_refused(post: Post, loans: list[Loan], changes: Json) -> None:
    answer = post(a_line(loans[0], "5.00"), **changes)
    assert (answer.status_code, answer.json["message"]) == (400, "Validation failed")


def test_the_whole_sheet_can_have_an_idempotency_key_too(sessions: Sessions, post: Post, loans: list[Loan]) -> None:
    first, again = (post(a_line(loans[0], "5.00"), key="sheet-1") for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)
    assert post(a_line(loans[0], "6.00"), key="sheet-1").status_code == 422
    assert recorded(sessions) == 1
