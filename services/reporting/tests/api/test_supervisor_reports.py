from datetime import date, timedelta

import pytest

from services.reporting.api import reports, supervisor_reports
from services.reporting.tests.events import (
    NOON,
    audit_event,
    disbursed_loan,
    hear,
    loan_event,
    login_event,
    member_event,
    repayment_event,
    reversal_event,
    union_event,
)
from shared.context import Role
from shared.ids import new_id


@pytest.fixture(autouse=True)
def _in_april(monkeypatch):
    """The trends end with the month of today."""
    monkeypatch.setattr(supervisor_reports, "today", lambda: date(2026, 4, 15))


@pytest.fixture
def book(sessions, officer, stranger):
    """The officer's union has two members and three loans, the stranger's one member and one loan."""
    union, elsewhere, loan, defaulted = (new_id() for _ in range(4))
    hear(
        sessions,
        union_event("created", union, officer.id),
        union_event("created", elsewhere, stranger.id),
        member_event("created", new_id(), union),
        member_event("created", new_id(), union, verified=False),
        member_event("created", new_id(), elsewhere, at=NOON - timedelta(days=40)),
        *disbursed_loan(loan, union),
        repayment_event(loan, 1, amount="5000.00", paid="5000.00", outstanding="45000.00", union_id=union),
        *disbursed_loan(defaulted, union, principal="1000.50"),
        loan_event("defaulted", defaulted, union, 5, "DEFAULTED", principal="1000.50", disbursed_on="2026-03-11"),
        loan_event("created", new_id(), union, 1, "DRAFT", created_at=(NOON - timedelta(days=40)).isoformat()),
        *disbursed_loan(new_id(), elsewhere, principal="700.00"),
    )
    return union


SUMMARY = {
    "totalOfficers": 1,
    "totalUnions": 1,
    "totalMembers": 2,
    "verifiedMembers": 1,
    "pendingMembers": 1,
    "totalLoans": 3,
    "activeLoans": 1,
    "completedLoans": 0,
    "defaultedLoans": 1,
    "totalDisbursed": 51000.5,
    "totalRepaid": 5000,
    "totalOutstanding": 46000.5,
    "collectionRate": 9.8,
    "collectedInPeriod": 5000,
    "paymentsInPeriod": 1,
    "onTimeRate": None,
}


@pytest.mark.usefixtures("book")
def test_a_supervisor_sees_how_their_officers_stand(get, supervisor, officer):
    answer = get("/supervisor-reports/dashboard", supervisor)
    assert answer["supervisor"]["id"] == str(supervisor.id)
    assert answer["summary"] == SUMMARY
    line = {name: figure for name, figure in SUMMARY.items() if name != "totalOfficers"}
    assert answer["officerPerformance"] == [
        line
        | {
            "officerId": str(officer.id),
            "officerName": f"Ada Obi {officer.id.hex[-4:]}",
            "email": officer.actor.email,
            "lastActivityAt": None,
        }
    ]
    assert answer["loanStatusDistribution"] == [
        {"status": "DRAFT", "count": 1, "amount": 50000},
        {"status": "ACTIVE", "count": 1, "amount": 50000},
        {"status": "DEFAULTED", "count": 1, "amount": 1000.5},
    ]
    nothing = {"disbursed": 0, "repaid": 0, "newLoans": 0, "newMembers": 0}
    assert answer["monthlyTrends"] == [
        nothing | {"month": "Nov 2025"},
        nothing | {"month": "Dec 2025"},
        nothing | {"month": "Jan 2026", "newLoans": 1},
        nothing | {"month": "Feb 2026"},
        {"month": "Mar 2026", "disbursed": 51000.5, "repaid": 0, "newLoans": 2, "newMembers": 2},
        nothing | {"month": "Apr 2026", "repaid": 5000},
    ]


@pytest.mark.usefixtures("book")
def test_the_fields_stand_at_the_root_and_once_more_in_the_envelope(get, supervisor):
    answer = get("/supervisor-reports/dashboard", supervisor)
    rest = {name: part for name, part in answer.items() if name not in {"success", "message", "data"}}
    assert (answer["success"], answer["data"]) == (True, rest)


@pytest.mark.usefixtures("book")
def test_an_admin_sees_the_whole_institution_or_the_team_they_choose(get, admin, supervisor):
    everybody = get("/supervisor-reports/dashboard", admin)
    assert everybody["supervisor"]["id"] == str(admin.id)
    assert (everybody["summary"]["totalOfficers"], everybody["summary"]["totalLoans"]) == (2, 4)
    assert everybody["summary"]["totalDisbursed"] == 51700.5
    assert [month["newMembers"] for month in everybody["monthlyTrends"]][2:] == [1, 0, 2, 0]
    chosen = get("/supervisor-reports/dashboard", admin, supervisorId=str(supervisor.id))
    assert (chosen["supervisor"]["id"], chosen["summary"]) == (str(supervisor.id), SUMMARY)


@pytest.mark.usefixtures("book")
def test_a_supervisor_sees_their_own_team_whatever_they_ask_for(get, supervisor, sign_in):
    other = sign_in(Role.SUPERVISOR)
    assert get("/supervisor-reports/dashboard", supervisor, supervisorId=str(other.id))["summary"] == SUMMARY
    assert get("/supervisor-reports/dashboard", other)["summary"]["totalLoans"] == 0


def test_only_somebody_who_may_have_a_team_can_be_chosen(get, admin, officer):
    for chosen in (officer.id, new_id()):
        answer = get("/supervisor-reports/dashboard", admin, status=404, supervisorId=str(chosen))
        assert answer["error"] == answer["message"] == "Supervisor not found"


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("period", "loans"),
    [
        pytest.param({}, 3, id="all time"),
        pytest.param({"periodStart": "2026-03-11", "periodEnd": "2026-03-11"}, 2, id="a day by its date"),
        pytest.param({"periodStart": "2026-03-11T12:00:00.000Z"}, 2, id="the first moment is in"),
        pytest.param({"periodEnd": "2026-03-11T12:00:00.000Z"}, 3, id="the last moment is in"),
        pytest.param({"periodStart": "2026-03-11T12:00:00.001Z"}, 0, id="a moment later is not"),
        pytest.param({"periodEnd": "2026-02-01"}, 1, id="open at the start"),
    ],
)
def test_the_period_chooses_loans_by_when_they_were_made(get, supervisor, period, loans):
    summary = get("/supervisor-reports/dashboard", supervisor, **period)["summary"]
    assert summary["totalLoans"] == loans
    assert summary["totalMembers"] == 2


def test_a_period_by_the_names_that_reports_have_is_the_same_period(book, get, supervisor):
    own = {"periodStart": "2026-01-01", "periodEnd": "2026-02-28"}
    theirs = {"from": "2026-01-01", "to": "2026-02-28"}
    always = get("/supervisor-reports/dashboard", supervisor)["summary"]
    expected = get("/supervisor-reports/dashboard", supervisor, **own)["summary"]
    assert expected["totalLoans"] < always["totalLoans"]
    assert get("/supervisor-reports/dashboard", supervisor, **theirs)["summary"] == expected
    assert get("/supervisor-reports/dashboard", supervisor, **own, **theirs)["summary"] == expected
    activity = "/supervisor-reports/activity"
    assert get(activity, supervisor, **theirs)["daily"] == get(activity, supervisor, **own)["daily"]
    for query in (own | {"to": "2026-03-01"}, {"from": "2026-03-01", "to": "2026-02-01"}):
        get("/supervisor-reports/dashboard", supervisor, 400, **query)


def test_what_came_in_during_a_period_is_shown_whenever_its_loans_were_made(
    get, sessions, supervisor, admin, officer, monkeypatch
):
    union, loan, other = (new_id() for _ in range(3))
    hear(
        sessions,
        union_event("created", union, officer.id),
        *disbursed_loan(loan, union),
        *disbursed_loan(other, union),
        repayment_event(
            loan, 1, amount="5000.00", paid="5000.00", outstanding="45000.00", union_id=union, paid_on="2026-04-30"
        ),
        repayment_event(
            loan, 2, amount="2000.50", paid="7000.50", outstanding="42999.50", union_id=union, paid_on="2026-05-01"
        ),
        repayment_event(
            other, 1, amount="100.25", paid="100.25", outstanding="49899.75", union_id=union, paid_on="2026-05-31"
        ),
        reversal_event(other, 2, amount="100.25", paid="0.00", outstanding="50000.00", union_id=union),
    )

    def came_in(who, first, last):
        answer = get("/supervisor-reports/dashboard", who, periodStart=first, periodEnd=last)
        (line,) = answer["officerPerformance"]
        shown = [(part["collectedInPeriod"], part["paymentsInPeriod"]) for part in (answer["summary"], line)]
        assert shown[0] == shown[1]
        return shown[0]

    assert came_in(supervisor, "2026-05-01", "2026-05-31") == (2100.75, 2)
    assert came_in(admin, "2026-04-01", "2026-05-01") == (7000.5, 2)
    # The reversal counts against the day it was done on; the payment came in all the same, as reports say, too.
    assert came_in(supervisor, "2026-06-01", "2026-06-30") == (-100.25, 0)
    assert came_in(supervisor, "2026-05-01", "2026-06-30") == (2000.5, 2)
    for first, last in (("2026-04-01", "2026-05-01"), ("2026-05-01", "2026-06-30"), ("2026-06-01", "2026-06-30")):
        monkeypatch.setattr(reports, "today", lambda: date(2026, 7, 1))
        totals = get("/supervisor-reports/collected", supervisor, **{"from": first, "to": last})["data"]["totals"]
        assert came_in(supervisor, first, last) == (totals["collected"], totals["payments"])
    assert came_in(supervisor, "2027-01-01", "2027-01-31") == (0, 0)
    # Without a period it is the month so far.
    summary = get("/supervisor-reports/dashboard", supervisor)["summary"]
    assert (summary["collectedInPeriod"], summary["paymentsInPeriod"]) == (0, 0)
    monkeypatch.setattr(supervisor_reports, "today", lambda: date(2026, 5, 31))
    assert get("/supervisor-reports/dashboard", supervisor)["summary"]["collectedInPeriod"] == 2100.75


@pytest.mark.usefixtures("book")
def test_what_a_stranger_collects_is_not_shown(get, sessions, supervisor, stranger):
    union, loan = new_id(), new_id()
    paid = repayment_event(
        loan, 1, amount="9.00", paid="9.00", outstanding="49991.00", union_id=union, paid_on="2026-04-01"
    )
    hear(sessions, union_event("created", union, stranger.id), *disbursed_loan(loan, union), paid)
    answer = get("/supervisor-reports/dashboard", supervisor, periodStart="2026-04-01", periodEnd="2026-04-30")
    assert answer["summary"]["collectedInPeriod"] == 5000


@pytest.mark.usefixtures("book")
def test_a_period_of_everything_shows_what_no_period_shows(get, admin):
    always = get("/supervisor-reports/dashboard", admin)
    decade = get("/supervisor-reports/dashboard", admin, periodStart="2020-01-01", periodEnd="2030-01-01")
    assert decade["data"] == always["data"]


def test_a_reassigned_union_takes_its_figures_along(get, sessions, book, supervisor, stranger, admin):
    hear(sessions, union_event("assigned", book, stranger.id, version=2))
    assert get("/supervisor-reports/dashboard", supervisor)["summary"]["totalLoans"] == 0
    lines = get("/supervisor-reports/dashboard", admin)["officerPerformance"]
    assert {line["officerId"]: line["totalLoans"] for line in lines}[str(stranger.id)] == 4


def test_a_dashboard_without_anything_is_all_zeros(get, sign_in):
    answer = get("/supervisor-reports/dashboard", sign_in(Role.SUPERVISOR))
    assert answer["summary"].pop("onTimeRate") is None
    assert set(answer["summary"].values()) == {0}
    assert (answer["officerPerformance"], answer["loanStatusDistribution"]) == ([], [])


@pytest.mark.usefixtures("book")
def test_the_officers_are_a_bare_list(get, sessions, supervisor, officer):
    hear(sessions, login_event(officer.id, 2), login_event(officer.id, 1, at=NOON - timedelta(days=1)))
    hear(sessions, audit_event(actor_id=officer.id, at=NOON + timedelta(hours=1)))
    answer = get("/supervisor-reports/officers", supervisor)
    assert [row["id"] for row in answer] == [str(officer.id)]
    row = answer[0]
    assert (row["loginCount"], row["lastLoginAt"]) == (2, "2026-03-11T12:00:00.000Z")
    assert row["lastActivityAt"] == "2026-03-11T13:00:00.000Z"
    assert (row["unionCount"], row["_count"]) == (1, {"unions": 1})
    assert row["name"] == f"{row['firstName']} {row['lastName']}"


@pytest.mark.parametrize("path", ["/supervisor-reports/dashboard", "/supervisor-reports/officers"])
def test_an_officer_may_not_see_reports(get, officer, path):
    answer = get(path, officer, status=403)
    assert answer["error"] == answer["message"]


def test_nobody_sees_a_report_without_signing_in(client, sessions):
    answer = client.get("/supervisor-reports/dashboard")
    assert (answer.status_code, answer.json["success"]) == (401, False)
    assert answer.json["error"] == answer.json["message"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"periodStart": "yesterday"}, "periodStart"),
        ({"periodStart": "2026-04-01", "periodEnd": "2026-03-01"}, "periodEnd"),
    ],
)
def test_a_malformed_question_is_refused(get, admin, query, field):
    answer = get("/supervisor-reports/dashboard", admin, status=400, **query)
    assert [error["field"] for error in answer["errors"]] == [field]
    assert answer["error"] == "Validation failed"


def test_a_supervisor_whom_nobody_is_has_no_report(get, admin):
    assert get("/supervisor-reports/dashboard", admin, status=404, supervisorId="7")["error"] == "Supervisor not found"
