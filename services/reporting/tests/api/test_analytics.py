"""The figures of unions, side by side and together."""

from datetime import date, datetime, timedelta, timezone

import pytest

from services.reporting.api import analytics
from services.reporting.tests.events import (
    audit_event,
    disbursed_loan,
    hear,
    loan_event,
    member_event,
    repayment_event,
    reversal_event,
    union_event,
)
from shared.context import Role
from shared.ids import new_id

LAGOS = timezone(timedelta(hours=1))
TODAY = date(2026, 5, 14)


@pytest.fixture(autouse=True)
def _on_a_thursday_in_may(monkeypatch):
    monkeypatch.setattr(analytics, "today", lambda: TODAY)


def paid(loan, version, amount, paid_on, total):
    outstanding = f"{50000 - float(total):.2f}"
    return repayment_event(loan, version, amount=amount, paid=total, outstanding=outstanding, paid_on=paid_on)


def signed_in(officer, *moments):
    return [
        audit_event("USER_LOGIN", "User", actor_id=officer.id, at=datetime(*moment, tzinfo=LAGOS), source="identity")
        for moment in moments
    ]


@pytest.fixture
def book(sessions, officer, stranger):
    """The officer's union has three members and four loans, with payments in five months; the stranger's has one."""
    union, elsewhere, loan, defaulted, other = (new_id() for _ in range(5))
    fee = {"processing_fee": "500.00", "processing_fee_collected": True, "disbursed_on": "2026-04-20"}
    hear(
        sessions,
        union_event("created", union, officer.id),
        union_event("created", elsewhere, stranger.id),
        *(member_event("created", new_id(), union) for _ in range(3)),
        member_event("created", new_id(), elsewhere),
        *disbursed_loan(loan, union),
        paid(loan, 1, "100.00", "2025-12-31", "100.00"),
        paid(loan, 2, "200.00", "2026-01-01", "300.00"),
        paid(loan, 3, "400.00", "2026-04-30", "700.00"),
        paid(loan, 4, "800.00", "2026-05-10", "1500.00"),
        paid(loan, 5, "1600.00", "2026-05-11", "3100.00"),
        paid(loan, 6, "3200.50", "2026-05-14", "6300.50"),
        *disbursed_loan(defaulted, union, principal="1000.00", **fee),
        loan_event("written_off", defaulted, union, 5, "WRITTEN_OFF", principal="1000.00", **fee),
        loan_event("created", new_id(), union, 1, "DRAFT"),
        loan_event("created", new_id(), union, 1, "CANCELED"),
        *disbursed_loan(other, elsewhere, principal="700.00"),
        paid(other, 1, "7.00", "2026-05-14", "7.00"),
        *signed_in(officer, (2026, 5, 14, 0, 1), (2026, 5, 13, 23, 59), (2026, 5, 11, 8), (2026, 5, 10, 8)),
        *signed_in(officer, (2026, 5, 1, 0, 0), (2026, 4, 30, 23, 59)),
    )
    return union, elsewhere


FIGURES = {
    "totalUsers": 1, "activeUsers": 1, "totalCustomers": 3, "totalLoans": 4, "activeLoans": 1, "defaultedLoans": 1,
    "totalLoanAmount": 51000, "outstandingAmount": 44699.5, "collectionRate": 12.35, "monthlyRevenue": 5600.5,
    "quarterlyRevenue": 6500.5, "yearlyRevenue": 6700.5, "dailyLogins": 1, "weeklyLogins": 3, "monthlyLogins": 5,
}  # fmt: skip


def test_a_union_is_shown_with_its_figures(get, supervisor, book):
    union, _elsewhere = book
    (shown,) = get("/analytics/branch", supervisor, periodType="monthly")["data"]
    assert (shown["id"], shown["branchId"]) == (str(union), str(union))
    assert shown["branch"] == {"id": str(union), "name": "Unity", "code": "UNI"}
    assert {name: shown[name] for name in FIGURES} == FIGURES
    assert all(not isinstance(shown[name], str) for name in FIGURES)


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("period", "first", "revenue"),
    [
        ("daily", "2026-05-14", 3200.5),
        ("weekly", "2026-05-11", 4800.5),
        ("monthly", "2026-05-01", 5600.5),
        ("quarterly", "2026-04-01", 6500.5),
        ("yearly", "2026-01-01", 6700.5),
    ],
)
def test_the_period_is_the_calendar_period_of_today(get, supervisor, period, first, revenue):
    (shown,) = get("/analytics/branch", supervisor, periodType=period)["data"]
    assert (shown["periodType"], shown["periodStart"][:10], shown["periodEnd"][:10]) == (period, first, "2026-05-14")
    assert shown["revenue"] == revenue
    assert {name: shown[name] for name in FIGURES} == FIGURES


@pytest.mark.usefixtures("book")
def test_without_a_period_it_is_the_month(get, supervisor):
    assert get("/analytics/branch", supervisor)["data"][0]["periodType"] == "monthly"


def test_what_is_taken_back_is_no_revenue(get, sessions, supervisor, officer):
    union, loan = new_id(), new_id()
    hear(
        sessions,
        union_event("created", union, officer.id),
        *disbursed_loan(loan, union),
        paid(loan, 1, "100.00", "2026-05-14", "100.00"),
        reversal_event(loan, 2, amount="100.00", paid="0.00", outstanding="50000.00"),
    )
    (shown,) = get("/analytics/branch", supervisor, periodType="yearly")["data"]
    # The reversal is dated in June, which has not begun.
    assert (shown["monthlyRevenue"], shown["yearlyRevenue"]) == (100, 100)


def test_a_loan_is_overdue_from_the_day_after_an_instalment_fell_due(get, sessions, supervisor, officer, monkeypatch):
    union, loan = new_id(), new_id()
    line = {
        "instalment_id": str(new_id()),
        "sequence": 1,
        "due_on": "2026-05-14",
        "principal": "50000.00",
        "interest": "0.00",
    }
    schedule = {"schedule_version": 1, "schedule": [line]}
    hear(
        sessions,
        union_event("created", union, officer.id),
        loan_event("disbursed", loan, union, 4, "ACTIVE", disbursed_on="2026-03-11", **schedule),
    )
    assert get("/analytics/branch", supervisor)["data"][0]["overdueLoans"] == 0
    monkeypatch.setattr(analytics, "today", lambda: TODAY + timedelta(days=1))
    assert get("/analytics/branch", supervisor)["data"][0]["overdueLoans"] == 1
    hear(sessions, paid(loan, 1, "50000.00", "2026-05-15", "50000.00"))
    assert get("/analytics/branch", supervisor)["data"][0]["overdueLoans"] == 0


def test_the_system_is_the_sum_of_its_unions(get, admin, supervisor, book):
    system = get("/analytics/system", admin)["data"]
    unions = get("/analytics/branch", admin)["data"]
    assert system["branchAnalytics"] == unions
    assert system["totalBranches"] == len(unions) == 2
    for name in set(FIGURES) - {"totalUsers", "activeUsers", "collectionRate"}:
        assert system[name] == sum(union[name] for union in unions), name
    assert system["totalUsers"] == system["activeUsers"] == len({"admin", "supervisor", "officer", "stranger"})
    team = get("/analytics/system", supervisor)["data"]
    assert (team["totalBranches"], team["totalUsers"], team["totalLoans"]) == (1, 2, 4)


def test_a_system_without_anything_is_all_zeros(get, sign_in):
    system = get("/analytics/system", sign_in(Role.SUPERVISOR))["data"]
    assert system["branchAnalytics"] == []
    assert (system["totalUsers"], system["totalLoans"], system["yearlyRevenue"], system["collectionRate"]) == (
        1,
        0,
        0,
        0,
    )


def test_one_union_is_asked_for(client, get, supervisor, admin, book):
    union, elsewhere = book
    listed = get("/analytics/branch", supervisor, periodType="daily")["data"]
    path = f"/analytics/branch/{union}/generate"
    for body in ({"json": {"periodType": "daily"}}, {}):
        answer = client.post(path, headers=supervisor.headers, **body)
        assert (answer.status_code, answer.json["data"]["branchId"]) == (200, str(union))
    assert client.post(path, json={"periodType": "daily"}, headers=supervisor.headers).json["data"] == listed[0]
    for who, asked in ((supervisor, elsewhere), (admin, new_id())):
        refused = client.post(f"/analytics/branch/{asked}/generate", headers=who.headers)
        assert (refused.status_code, refused.json["message"]) == (404, "Branch not found")


def test_unions_are_compared_in_the_order_they_are_named_in(client, admin, supervisor, book):
    union, elsewhere = map(str, book)

    def compared(who, *ids, **more):
        return client.post("/analytics/comparison", json={"branchIds": ids} | more, headers=who.headers)

    for order in ((union, elsewhere), (elsewhere, union)):
        assert [row["branchId"] for row in compared(admin, *order).json["data"]] == list(order)
    assert len(compared(admin, union, union).json["data"]) == 1
    assert compared(admin, union, periodType="yearly").json["data"][0]["revenue"] == 6700.5
    assert compared(supervisor, union, elsewhere).status_code == 404
    for wrong, field in (({"branchIds": []}, "branchIds"), ({"branchIds": ["7"]}, "branchIds"), ({}, "branchIds")):
        refused = client.post("/analytics/comparison", json=wrong, headers=admin.headers)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, field)
    assert compared(admin, *[str(new_id()) for _ in range(51)]).status_code == 400


@pytest.mark.usefixtures("book")
def test_a_period_that_is_none_is_refused(client, get, admin):
    for path in ("/analytics/branch", "/analytics/system"):
        refused = get(path, admin, status=400, periodType="hourly")
        assert refused["errors"][0]["field"] == "periodType"
    body = {"branchIds": [str(new_id())], "periodType": "hourly"}
    assert client.post("/analytics/comparison", json=body, headers=admin.headers).status_code == 400


def test_figures_of_unions_are_not_for_officers(client, get, officer, book):
    union, _elsewhere = book
    for path in ("/analytics/branch", "/analytics/system"):
        get(path, officer, status=403)
    for path, body in (
        (f"/analytics/branch/{union}/generate", {}),
        ("/analytics/comparison", {"branchIds": [str(union)]}),
    ):
        assert client.post(path, json=body, headers=officer.headers).status_code == 403


def test_a_reassigned_union_takes_its_figures_along(get, sessions, supervisor, stranger, book):
    union, _elsewhere = book
    hear(sessions, union_event("assigned", union, stranger.id, version=2))
    assert get("/analytics/branch", supervisor)["data"] == []
    answer = get("/supervisor-reports/dashboard", supervisor)
    assert answer["summary"]["totalUnions"] == 0
