"""What is late is counted from the days on which instalments fell due, to the day that is asked for."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.payments.tests.conftest import DISBURSED_ON, Loan, weekly
from services.payments.tests.usecases.test_closing import at, close
from shared.context import Role
from shared.db import Sessions
from shared.testing import SignedIn

Get = Callable[..., Any]
# The three loans have instalments of 100.00 and 10.00 of interest due on 18 and 25 March and 1 April.
MIDDLE = date(2026, 3, 30)


@pytest.fixture
def get(client: FlaskClient, admin: SignedIn) -> Get:
    def get(path: str, *, by: SignedIn = admin, **query: str) -> Any:
        return client.get(f"/repayments/{path}", headers=by.headers, query_string=query)

    return get


@pytest.fixture
def loans(a_loan: Callable[..., Loan], a_union: Callable[..., Any], other_officer: SignedIn, pay: Any) -> list[Loan]:
    """One that is up to date, one that paid its first instalment late, one of another officer that never paid."""
    lines = [weekly(3, "100.00", "10.00") for _ in range(3)]
    made = [a_loan(loan_number=f"LN0000000{n}", lines=lines[n]) for n in range(2)]
    made.append(a_loan(loan_number="LN00000009", lines=lines[2], union_id=a_union(other_officer.id)))
    for loan, amount, day in ((made[0], "220.00", 18), (made[1], "110.00", 27)):
        pay(loan, amount, paid_at=at(date(2026, 3, day)), paid_on=date(2026, 3, day))
    return made


def test_loans_in_arrears_are_listed_longest_first(get: Get, loans: list[Loan], other_officer: SignedIn) -> None:
    answer = get("arrears", asOf="2026-03-30")
    assert (answer.status_code, answer.json["pagination"]["total"]) == (200, 2)
    first, second = answer.json["data"]
    assert (first["loanNumber"], first["daysInArrears"], first["bucket"]) == ("LN00000009", 12, "1-30")
    assert (first["arrears"], first["outstanding"], first["outstandingPrincipal"]) == ("220.00", "330.00", "300.00")
    assert first["assignedOfficer"]["id"] == str(other_officer.id)
    assert (second["loanId"], second["daysInArrears"], second["arrears"]) == (str(loans[1].id), 5, "110.00")
    pages = [get("arrears", asOf="2026-03-30", page=str(number), limit="1").json for number in (1, 2, 3)]
    assert [[row["loanId"] for row in page["data"]] for page in pages] == [[first["loanId"]], [second["loanId"]], []]
    assert {page["pagination"]["total"] for page in pages} == {2}


def test_a_past_day_knows_nothing_of_what_was_paid_later(get: Get, loans: list[Loan]) -> None:
    late = {row["loanId"]: row["arrears"] for row in get("arrears", asOf="2026-03-26").json["data"]}
    assert late == {str(loans[1].id): "220.00", str(loans[2].id): "220.00"}
    assert get("arrears", asOf="2026-03-18").json["data"] == []
    assert get("portfolio-at-risk", asOf="2026-03-10").json["data"]["loans"] == 0


def test_the_portfolio_at_risk_is_the_principal_of_late_loans_by_how_late(get: Get, loans: list[Loan]) -> None:
    answer = get("portfolio-at-risk", asOf="2026-04-20").json["data"]
    # Owed of principal: 100 since 1 April, 200 since 25 March, 300 since 18 March, 33 days before.
    assert (answer["outstandingPrincipal"], answer["outstanding"], answer["loans"]) == (600, 660, 3)
    assert (answer["par0"], answer["par30"], answer["par60"], answer["par90"]) == (1.0, 0.5, 0.0, 0.0)
    by_name = {row["bucket"]: (row["loans"], row["outstandingPrincipal"]) for row in answer["buckets"]}
    assert by_name == {
        "current": (0, 0), "1-30": (2, 300), "31-60": (1, 300), "61-90": (0, 0), "91-180": (0, 0), "over 180": (0, 0),
    }  # fmt: skip


def test_a_loan_is_at_risk_by_so_many_days_when_it_is_more_than_that_late(get: Get, loans: list[Loan]) -> None:
    """As in the reports, by whichever number of days: so there is no second meaning of PAR1."""
    first_late_on = date(2026, 3, 19)
    answers = [
        get("portfolio-at-risk", asOf=str(first_late_on + timedelta(days=days))).json["data"]
        for days in (-1, 0, 29, 30)
    ]
    assert [answer["par0"] > 0 for answer in answers] == [False, True, True, True]
    assert [answer["par30"] > 0 for answer in answers] == [False, False, False, True]
    assert not any("par1" in answer for answer in answers)


def test_everybody_sees_their_own_part(
    get: Get, loans: list[Loan], officer: SignedIn, supervisor: SignedIn, other_officer: SignedIn, sign_in: Any
) -> None:
    def seen(by: SignedIn, **query: str) -> tuple[int, int]:
        late = get("arrears", by=by, asOf="2026-03-30", **query).json["pagination"]["total"]
        return late, get("portfolio-at-risk", by=by, asOf="2026-03-30", **query).json["data"]["loans"]

    nobody = sign_in(Role.SUPERVISOR)
    assert [seen(by) for by in (officer, supervisor, other_officer, nobody)] == [(1, 2), (1, 2), (1, 1), (0, 0)]
    assert seen(officer, assignedOfficerId=str(other_officer.id)) == (0, 0)
    assert seen(officer, unionId=str(loans[0].union_id)) == (0, 1)


def test_closed_days_are_listed_as_they_were_written_down(
    get: Get, sessions: Sessions, loans: list[Loan], officer: SignedIn, pay: Any
) -> None:
    days = [MIDDLE, MIDDLE + timedelta(days=1)]
    for day in days:
        close(sessions, day)
    first, second = get("portfolio-at-risk/history", dateFrom="2026-03-01", dateTo="2026-04-30").json["data"]
    assert [first, second] == [get("portfolio-at-risk", asOf=str(day)).json["data"] for day in days]
    pay(loans[2], "330.00", paid_at=at(MIDDLE), paid_on=MIDDLE)
    assert get("portfolio-at-risk/history", dateFrom="2026-03-30", dateTo="2026-03-30").json["data"] == [first]
    own = get("portfolio-at-risk/history", by=officer, dateFrom="2026-03-30", dateTo="2026-03-30").json["data"]
    assert [row["loans"] for row in own] == [2]
    assert get("portfolio-at-risk/history").json["data"] == []


def test_the_number_of_statements_does_not_grow_with_the_page(
    get: Get, loans: list[Loan], statements: list[str], charge: Any
) -> None:
    charge(loans[0], "5.00", due_on=date(2026, 4, 1))

    def sent(limit: str) -> int:
        statements.clear()
        get("arrears", asOf="2026-03-30", limit=limit)
        return len(statements)

    # Now and then a request also looks up whether who asks is still there.
    assert min(sent("1") for _ in range(3)) == min(sent("50") for _ in range(3))


def test_what_is_outstanding_is_exact(get: Get, a_loan: Callable[..., Loan], pay: Any) -> None:
    loan = a_loan(lines=weekly(3, "33.33", "1.67"))
    pay(loan, "35.01", paid_at=at(DISBURSED_ON), paid_on=DISBURSED_ON)
    row = get("portfolio-at-risk", asOf="2026-03-30").json["data"]
    assert (row["outstanding"], Decimal(str(row["arrears"]))) == (69.99, Decimal("34.99"))
