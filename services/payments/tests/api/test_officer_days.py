"""Days of officers, and the sheets they take along. Loans have three weekly instalments of 100.00, due on 18 and 25
March and 1 April 2026."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.payments.tests.conftest import AT, Loan, member_event, union_event, weekly
from services.payments.tests.usecases.test_closing import at
from shared.context import Role
from shared.ids import new_id
from shared.testing import SignedIn

Json = dict[str, Any]
TODAY = date(2026, 3, 25)


@pytest.fixture
def ask(client: FlaskClient, officer: SignedIn) -> Callable[..., Any]:
    def ask(path: str, *, by: SignedIn = officer, on: date = TODAY, **query: str) -> Any:
        answer = client.get(f"/repayments/{path}", headers=by.headers, query_string={"on": on.isoformat()} | query)
        assert answer.status_code == 200, answer.json
        return answer.json["data"]

    return ask


@pytest.fixture
def hand_in(client: FlaskClient, officer: SignedIn) -> Callable[..., Any]:
    def hand_in(union_id: UUID, *lines: Json, cash: str = "0", by: SignedIn = officer, **more: Any) -> Any:
        body = {"unionId": str(union_id), "on": TODAY.isoformat(), "cashHandedOver": cash, "lines": lines} | more
        return client.post("/repayments/collection-sheet", json=body, headers=by.headers)

    return hand_in


def absent(loan: Loan) -> Json:
    return {"loanId": str(loan.id), "amount": None, "absent": True}


def paid(loan: Loan, amount: str, key: str = "k") -> Json:
    return {"loanId": str(loan.id), "amount": amount, "idempotencyKey": f"{key}-{loan.id}"}


def test_a_day_says_what_each_union_owes_and_has_paid(
    ask: Any, a_union: Any, a_loan: Any, pay: Any, hear: Any, officer: SignedIn
) -> None:
    meeting, quiet = a_union(), a_union()
    first, second = a_loan(union_id=meeting), a_loan(union_id=meeting)
    a_loan(union_id=quiet, lines=weekly(2, "50.00", start=date(2026, 4, 1)))
    hear(member_event(new_id(), quiet))
    on_day = {"paid_on": TODAY, "paid_at": at(TODAY)}
    pay(first, "200.00", **on_day)
    pay(second, "40.00", paid_on=date(2026, 3, 20), paid_at=at(date(2026, 3, 20)))
    pay(second, "10.00", **on_day)
    day = ask("officer-day")
    unions = {union["id"]: union for union in day["unions"]}
    assert day["on"] == "2026-03-25"
    figures = ("meets", "expected", "dueToday", "collected", "arrears", "lateLoans", "members", "handedInAt")
    assert [unions[str(meeting)][name] for name in figures] == [
        True, "200.00", "100.00", "210.00", "50.00", 1, 2, None,
    ]  # fmt: skip
    assert [unions[str(quiet)][name] for name in figures] == [False, "0.00", "0.00", "0.00", "0.00", 0, 2, None]
    assert day["totals"] == {
        "unions": 2, "meeting": 1, "handedIn": 0, "toHandIn": 1, "lastHandedInAt": None, "expected": "200.00",
        "dueToday": "100.00", "collected": "210.00",
        "arrears": "50.00", "lateLoans": 1,
    }  # fmt: skip
    sheet = ask("collection-sheet", unionId=str(meeting))
    for name in ("dueToday", "arrears"):
        assert sheet["totals"][name] == unions[str(meeting)][name]


def test_what_was_taken_back_was_not_collected(ask: Any, a_union: Any, a_loan: Any, pay: Any, reverse: Any) -> None:
    union_id = a_union()
    loan = a_loan(union_id=union_id)
    reverse(pay(loan, "60.00", paid_on=TODAY, paid_at=at(TODAY)).repayment.id)
    assert ask("officer-day")["totals"]["collected"] == "0.00"


def test_everybody_sees_the_days_of_their_own_unions(
    ask: Any,
    a_loan: Any,
    a_union: Any,
    officer: SignedIn,
    other_officer: SignedIn,
    supervisor: SignedIn,
    admin: SignedIn,
) -> None:
    own, foreign = a_union(), a_union(other_officer.id)
    a_loan(union_id=own)
    a_loan(union_id=foreign)
    seen = [[union["id"] for union in ask("officer-day", by=by)["unions"]] for by in (officer, other_officer)]
    assert seen == [[str(own)], [str(foreign)]]
    assert str(own) in [union["id"] for union in ask("officer-day", by=supervisor)["unions"]]
    assert {union["id"] for union in ask("officer-day", by=admin)["unions"]} == {str(own), str(foreign)}
    assert [u["id"] for u in ask("officer-day", by=admin, officerId=str(officer.id))["unions"]] == [str(own)]
    assert ask("officer-day", officerId=str(other_officer.id))["unions"] == []
    assert ask("collection-sheets", officerId=str(other_officer.id)) == []
    assert ask("officer-day", officerId="nobody")["unions"] == []


def test_loans_wait_for_somebody_until_they_run(ask: Any, a_union: Any, a_loan: Any, pay: Any) -> None:
    union_id = a_union()
    for status in ("DRAFT", "PENDING_APPROVAL", "CANCELED", "ACTIVE"):
        a_loan(union_id=union_id, status=status, lines=weekly(3, "100.00") if status == "ACTIVE" else [])
    a_loan(union_id=union_id, status="CANCELED", lines=[], facts={"submitted_at": None})
    approved, running = (a_loan(union_id=union_id, status="APPROVED") for _ in range(2))
    pay(running, "10.00")
    day = ask("officer-day", on=AT.date())
    assert {kind: group["count"] for kind, group in day["waiting"].items()} == {
        "drafts": 1, "submitted": 1, "approved": 1, "rejected": 1,
    }  # fmt: skip
    [shown] = day["waiting"]["approved"]["loans"]
    assert (shown["loanId"], shown["memberName"], shown["unionName"]) == (str(approved.id), "Ada Obi", "Market Women")
    assert ask("officer-day", on=date(2026, 5, 1))["waiting"]["rejected"]["count"] == 0


def test_of_many_that_wait_all_are_counted(ask: Any, a_union: Any, a_loan: Any) -> None:
    union_id = a_union()
    for _ in range(52):
        a_loan(union_id=union_id, status="DRAFT", lines=[])
    drafts = ask("officer-day")["waiting"]["drafts"]
    assert (drafts["count"], len(drafts["loans"])) == (52, 50)


def test_a_phone_takes_all_sheets_along_in_one_call(
    ask: Any, a_union: Any, a_loan: Any, pay: Any, other_officer: SignedIn
) -> None:
    unions = [a_union() for _ in range(3)]
    loans = [a_loan(union_id=union_id, loan_number=f"LN0000000{n}") for n, union_id in enumerate(unions[:2], 1)]
    a_loan(union_id=a_union(other_officer.id))
    pay(loans[0], "10.00", paid_on=TODAY, paid_at=at(TODAY))
    sheets = {sheet["union"]["id"]: sheet for sheet in ask("collection-sheets")}
    assert set(sheets) == {str(union_id) for union_id in unions}
    for union_id in unions:
        assert sheets[str(union_id)] == ask("collection-sheet", unionId=str(union_id))
    assert [line["collected"] for line in sheets[str(unions[0])]["lines"]] == ["10.00"]
    assert sheets[str(unions[2])]["lines"] == []


def test_the_number_of_statements_grows_neither_with_unions_nor_with_loans(
    ask: Any, a_union: Any, a_loan: Any, statements: list[str], officer: SignedIn, supervisor: SignedIn
) -> None:
    counted = []
    ask("officer-day")
    ask("team-day", by=supervisor)
    for _ in range(2):
        union_id = a_union()
        a_loan(union_id=union_id)
        a_loan(union_id=union_id)
        numbers = []
        for path, by in (("officer-day", officer), ("collection-sheets", officer), ("team-day", supervisor)):
            statements.clear()
            ask(path, by=by)
            # Whether somebody may still act is asked once in a while.
            numbers.append(sum("directory_staff.is_active" not in statement for statement in statements))
        counted.append(numbers)
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 6


def test_a_team_sees_how_far_each_of_its_officers_is(
    ask: Any,
    hand_in: Any,
    a_union: Any,
    a_loan: Any,
    officer: SignedIn,
    other_officer: SignedIn,
    supervisor: SignedIn,
    admin: SignedIn,
    sign_in: Callable[..., SignedIn],
) -> None:
    idle = sign_in(Role.CREDIT_OFFICER, supervisor_id=supervisor.id)
    done, open_one = a_union(), a_union()
    for union_id in (done, open_one, a_union(other_officer.id)):
        loan = a_loan(union_id=union_id)
        if union_id == done:
            assert hand_in(union_id, paid(loan, "130.00"), cash="130.00").status_code == 201
    day = ask("team-day", by=supervisor)
    figures = ("unions", "meeting", "handedIn", "toHandIn", "expected", "dueToday", "collected", "arrears", "lateLoans")
    by_officer = {each["officerId"]: [each["totals"][name] for name in figures] for each in day["officers"]}
    own = [2, 2, 1, 1, "200.00", "170.00", "130.00", "100.00", 1]
    assert by_officer == {str(officer.id): own, str(idle.id): [0, 0, 0, 0, *["0.00"] * 4, 0]}
    assert [day["totals"][name] for name in figures] == own
    assert day["totals"]["lastHandedInAt"] is not None
    for name in ("expected", "dueToday", "collected", "arrears", "toHandIn"):
        assert ask("officer-day", by=supervisor)["totals"][name] == day["totals"][name]
    assert ask("team-day", by=admin)["totals"]["unions"] == 3
    assert ask("team-day", by=supervisor, officerId=str(other_officer.id))["officers"] == []


def test_who_was_absent_is_noted_and_may_still_come(
    ask: Any, hand_in: Any, a_union: Any, a_loan: Any, hear: Any
) -> None:
    union_id = a_union()
    first, second, third = (a_loan(union_id=union_id) for _ in range(3))
    for number, loan in enumerate((first, second, third), start=1):
        hear(member_event(loan.member_id, union_id, version=2, code=f"MEM00000{number}"))
    lines = [absent(first), paid(second, "100.00"), {"loanId": str(third.id), "amount": 0}]
    assert hand_in(union_id, *lines, cash="100.00").status_code == 201

    def marks() -> dict[str, str | None]:
        lines = ask("collection-sheet", unionId=str(union_id))["lines"]
        return {line["loanId"]: line["attendance"] for line in lines}

    assert marks() == {str(first.id): "ABSENT", str(second.id): "PAID", str(third.id): "PRESENT"}
    [union] = ask("officer-day")["unions"]
    assert (union["absentMembers"], union["handedInAt"] is not None) == (1, True)
    assert hand_in(union_id, paid(first, "20.00", "late"), cash="20.00").status_code == 201
    # A sheet that was filled in before arrives last: what was paid stays paid.
    assert hand_in(union_id, absent(first), absent(second)).status_code == 200
    assert marks() == {str(first.id): "PAID", str(second.id): "PAID", str(third.id): "PRESENT"}
    [again] = ask("officer-day")["unions"]
    assert (again["absentMembers"], again["handedInAt"]) == (0, union["handedInAt"])


def test_a_sheet_on_which_nobody_paid_is_handed_in_once(hand_in: Any, ask: Any, a_union: Any, a_loan: Any) -> None:
    union_id = a_union()
    loan = a_loan(union_id=union_id)
    blank = {"loanId": str(loan.id), "amount": None}
    assert [hand_in(union_id, blank).status_code for _ in range(2)] == [201, 200]
    assert ask("officer-day")["totals"]["toHandIn"] == 0


def test_a_sheet_that_is_refused_line_by_line_is_not_handed_in(
    hand_in: Any, ask: Any, a_union: Any, a_loan: Any
) -> None:
    union_id = a_union()
    loan = a_loan(union_id=union_id)
    assert hand_in(union_id, paid(loan, "5000.00"), cash="5000.00").status_code == 200
    assert ask("officer-day")["totals"]["toHandIn"] == 1


@pytest.mark.parametrize(
    ("count", "code"),
    [
        ([{"denomination": 50, "count": 2}], None),
        (
            [{"denomination": "50.00", "count": 1}, {"denomination": 20, "count": 2}, {"denomination": 10, "count": 1}],
            None,
        ),
        ([{"denomination": 50, "count": 1}], "cash-count-differs"),
        ([{"denomination": 50, "count": 1}, {"denomination": 50, "count": 1}], "denomination-twice"),
        ([{"denomination": 30, "count": 1}], "validation-failed"),
        ([{"denomination": 50, "count": -1}], "validation-failed"),
        ([{"denomination": 50}], "validation-failed"),
        ("none", "validation-failed"),
    ],
)
def test_notes_and_coins_come_to_the_cash(
    hand_in: Any, ask: Any, a_union: Any, a_loan: Any, count: Any, code: str | None
) -> None:
    union_id = a_union()
    answer = hand_in(union_id, paid(a_loan(union_id=union_id), "100.00"), cash="100.00", cashCount=count)
    assert (answer.status_code, answer.json.get("code")) == ((400, code) if code else (201, None))
    assert ask("officer-day")["totals"]["collected"] == ("0.00" if code else "100.00")


def test_another_officer_takes_the_unions_days_over(
    ask: Any, hear: Any, a_union: Any, a_loan: Any, other_officer: SignedIn
) -> None:
    union_id = a_union()
    a_loan(union_id=union_id)
    hear(union_event(union_id, other_officer.id, version=2, step="assigned"))
    assert ask("officer-day")["unions"] == []
    assert ask("officer-day", by=other_officer)["totals"]["expected"] == "100.00"
    assert len(ask("collection-sheets", by=other_officer)) == 1
