from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import Line, Loan, loan_type_event, weekly
from shared.clock import business_date
from shared.ids import new_id
from shared.testing import SignedIn

TODAY = business_date("Africa/Lagos")
LATE, DUE, LATER = TODAY - timedelta(days=3), TODAY, TODAY + timedelta(days=4)


def lines() -> list[Line]:
    return [Line(number, due_on, Decimal(100)) for number, due_on in enumerate((LATE, DUE, LATER), start=1)]


@pytest.fixture(params=["/schedules", "/repayments/schedules"])
def path(request: pytest.FixtureRequest) -> str:
    """Both names of the same thing."""
    name: str = request.param
    return name


@pytest.fixture
def ask(client: FlaskClient, admin: SignedIn) -> Callable[..., Any]:
    def ask(*, path: str = "/schedules", by: SignedIn = admin, **query: Any) -> Any:
        answer = client.get(path, query_string=query, headers=by.headers)
        assert answer.status_code == 200, answer.json
        return answer.json

    return ask


def shown(answer: Any) -> list[tuple[int, str]]:
    assert len(answer["data"]) == answer["pagination"]["total"]
    return [(row["sequence"], row["status"]) for row in answer["data"]]


def test_the_list_shows_what_is_not_paid_the_first_due_first(
    path: str, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], ask: Callable[..., Any]
) -> None:
    pay(a_loan(lines=lines()), "100.00")
    a_loan(lines=lines())
    answer = ask(path=path)
    assert shown(answer) == [(1, "OVERDUE"), (2, "PENDING"), (2, "PENDING"), (3, "PENDING"), (3, "PENDING")]
    row = answer["data"][0]
    assert (row["dueDate"], row["totalDue"]) == (f"{LATE}T00:00:00.000Z", "100.00")
    assert (row["isOverdue"], row["daysOverdue"]) == (True, 3)


def test_a_row_carries_the_loan_with_its_totals_and_its_officer(
    a_loan: Callable[..., Loan], pay: Callable[..., Recorded], ask: Callable[..., Any], officer: SignedIn
) -> None:
    pay(a_loan(lines=lines()), "149.50")
    loan = ask()["data"][0]["loan"]
    assert (loan["totalPaid"], loan["totalOutstanding"]) == (149.5, 150.5)
    assert loan["assignedOfficer"]["id"] == loan["assignedOfficerId"] == str(officer.id)
    assert loan["assignedOfficer"]["name"].startswith("Ada Obi")
    assert (loan["customer"]["firstName"], loan["branch"]["name"]) == ("Ada", "Market Women")


def test_a_part_paid_late_instalment_stays_partial_and_says_it_is_late(
    a_loan: Callable[..., Loan], pay: Callable[..., Recorded], ask: Callable[..., Any]
) -> None:
    pay(a_loan(lines=lines()), "40.00")
    row = ask()["data"][0]
    assert (row["status"], row["isOverdue"], row["daysOverdue"], row["paidAmount"]) == ("PARTIAL", True, 3, "40.00")


@pytest.mark.parametrize(
    ("status", "rows"),
    [
        ("UNDER_REPAYMENT", [(1, "OVERDUE"), (2, "PARTIAL"), (2, "PENDING"), (3, "PENDING"), (3, "PENDING")]),
        ("PAID", [(1, "PAID")]),
        ("PARTIAL", [(2, "PARTIAL")]),
        ("PENDING", [(2, "PENDING"), (3, "PENDING"), (3, "PENDING")]),
        ("OVERDUE", [(1, "OVERDUE")]),
        ("LOST", []),
    ],
)
def test_a_status_finds_the_rows_that_are_shown_with_it(
    a_loan: Callable[..., Loan],
    pay: Callable[..., Recorded],
    ask: Callable[..., Any],
    status: str,
    rows: list[tuple[int, str]],
) -> None:
    pay(a_loan(lines=lines()), "140.00")
    a_loan(lines=lines())
    assert sorted(shown(ask(status=status))) == rows


def test_loans_that_are_not_in_repayment_are_not_listed(a_loan: Callable[..., Loan], ask: Callable[..., Any]) -> None:
    a_loan(lines=lines(), status="WRITTEN_OFF")
    a_loan(lines=lines(), status="APPROVED")
    assert len(shown(ask())) == 3


def test_the_list_is_cut_into_pages(a_loan: Callable[..., Loan], ask: Callable[..., Any]) -> None:
    a_loan(lines=lines())
    answer = ask(page=2, limit=2)
    assert [row["sequence"] for row in answer["data"]] == [3]
    assert answer["pagination"] == {"page": 2, "limit": 2, "total": 3, "totalPages": 2, "pages": 2}


def test_filters_narrow_the_list_and_its_total(
    a_loan: Callable[..., Loan],
    a_union: Callable[..., UUID],
    ask: Callable[..., Any],
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    mine = a_loan(lines=lines())
    theirs = a_loan(lines=lines(), union_id=a_union(other_officer.id), loan_number="LN00000002")
    assert len(shown(ask(loanId=str(mine.id)))) == 3
    assert len(shown(ask(unionId=str(theirs.union_id)))) == 3
    assert len(shown(ask(assignedOfficerId=str(officer.id)))) == 3
    assert len(shown(ask(dateFrom=str(DUE), dateTo=str(DUE)))) == 2
    assert len(shown(ask(dateTo=str(LATE)))) == 2
    assert len(shown(ask(search="LN00000002"))) == 3
    assert len(shown(ask(search="obi ada"))) == 6
    assert len(shown(ask(search="ada", dateFrom=str(LATER)))) == 2
    assert shown(ask(search="_")) == []


def test_everybody_sees_what_is_in_their_scope(
    a_loan: Callable[..., Loan],
    a_union: Callable[..., UUID],
    ask: Callable[..., Any],
    admin: SignedIn,
    supervisor: SignedIn,
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    a_loan(lines=lines())
    a_loan(lines=lines()[:1], union_id=a_union(other_officer.id))
    counted = {who.actor.role: len(shown(ask(by=who))) for who in (admin, supervisor, officer)}
    assert counted == {"ADMIN": 4, "SUPERVISOR": 3, "CREDIT_OFFICER": 3}
    assert len(shown(ask(by=other_officer))) == 1
    assert shown(ask(by=officer, assignedOfficerId=str(other_officer.id))) == []


def test_the_schedule_of_a_loan_shows_every_instalment_with_what_was_paid_on_it(
    path: str, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], ask: Callable[..., Any], admin: SignedIn
) -> None:
    loan = a_loan(lines=lines())
    pay(loan, "60.00")
    pay(loan, "90.00", reference="R-2")
    data = ask(path=f"{path}/{loan.id}")["data"]
    assert data["loan"]["status"] == "ACTIVE"
    assert [row["status"] for row in data["schedule"]] == ["PAID", "PARTIAL", "PENDING"]
    assert [[part["amount"] for part in row["allocations"]] for row in data["schedule"]] == [
        ["60.00", "40.00"],
        ["50.00"],
        [],
    ]
    repayment = data["schedule"][1]["allocations"][0]["repayment"]
    assert (repayment["amount"], repayment["reference"]) == ("90.00", "R-2")
    assert repayment["receivedBy"] == {"id": str(admin.id), "email": admin.actor.email}


def test_a_draft_has_an_empty_schedule(a_loan: Callable[..., Loan], ask: Callable[..., Any]) -> None:
    loan = a_loan(status="DRAFT", lines=[])
    data = ask(path=f"/schedules/{loan.id}")["data"]
    assert (data["loan"]["status"], data["schedule"]) == ("DRAFT", [])


def test_a_schedule_out_of_scope_looks_absent(
    client: FlaskClient, a_loan: Callable[..., Loan], other_officer: SignedIn
) -> None:
    foreign = client.get(f"/schedules/{a_loan().id}", headers=other_officer.headers)
    absent = client.get(f"/schedules/{new_id()}", headers=other_officer.headers)
    assert (foreign.status_code, foreign.json["message"]) == (404, "Loan not found")
    assert (absent.status_code, absent.json["message"]) == (404, "Loan not found")


def test_a_loan_type_is_shown_by_name_in_the_list_and_in_full_with_the_schedule(
    a_loan: Callable[..., Loan], hear: Callable[..., None], ask: Callable[..., Any]
) -> None:
    loan_type_id = new_id()
    loan = a_loan(lines=weekly(1, "100.00"), facts={"loan_type_id": loan_type_id})
    hear(loan_type_event(loan_type_id))
    assert ask()["data"][0]["loan"]["loanType"] == {"id": str(loan_type_id), "name": "Weekly"}
    shown_type = ask(path=f"/schedules/{loan.id}")["data"]["loan"]["loanType"]
    assert (shown_type["name"], shown_type["minAmount"]) == ("Weekly", "1000.00")
