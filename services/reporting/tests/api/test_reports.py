"""The catalogue and what is asked of a report: parameters, scope and the shape of the answer."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from services.reporting.api import reports
from services.reporting.reports.catalogue import REPORTS
from services.reporting.reports.definition import Parameter
from services.reporting.tests.events import disbursed_loan, hear, repayment_event, union_event
from services.reporting.tests.lives import loan_type
from shared.ids import new_id
from shared.messaging.outbox import outbox


@pytest.fixture(autouse=True)
def _in_april(monkeypatch):
    monkeypatch.setattr(reports, "today", lambda: date(2026, 4, 15))


@pytest.fixture
def book(sessions, officer, stranger):
    """The officer's union has one loan with a repayment, the stranger's another one."""
    union, elsewhere, loan = (new_id() for _ in range(3))
    hear(
        sessions,
        union_event("created", union, officer.id),
        union_event("created", elsewhere, stranger.id),
        *disbursed_loan(loan, union),
        repayment_event(loan, 1, amount="5000.10", paid="5000.10", outstanding="44999.90"),
        *disbursed_loan(new_id(), elsewhere, principal="700.00"),
    )
    return union, elsewhere


BY_STATUS = "/supervisor-reports/loans-by-status"


def test_the_catalogue_names_every_report_with_its_formula(sessions, get, officer):
    listed = get("/supervisor-reports/catalogue", officer)["data"]
    assert [entry["name"] for entry in listed] == list(REPORTS)
    for entry in listed:
        assert entry["purpose"], entry
        assert entry["formula"], entry
        assert entry["source"], entry
        assert entry["columns"], entry
        assert set(entry["parameters"]) <= set(Parameter), entry
        assert not [column["title"] for column in entry["columns"] if " 1 days" in column["title"]]


def test_a_report_answers_rows_totals_and_its_definition(book, get, admin):
    data = get(BY_STATUS, admin)["data"]
    assert data["definition"]["title"] == "Loans by status"
    assert data["columns"] == data["definition"]["columns"]
    assert {"loans": 2, "principal": 50700, "paid": 5000.1}.items() <= data["totals"].items()
    assert {tuple(sorted(row)) for row in data["rows"]} == {
        ("loans", "officer", "officerId", "outstanding", "paid", "principal", "status")
    }
    assert data["series"] is None


def test_everybody_sees_their_own(book, get, officer, supervisor, stranger):
    principal = {"officer": 50000, "supervisor": 50000, "stranger": 700}
    for name, who in (("officer", officer), ("supervisor", supervisor), ("stranger", stranger)):
        assert get(BY_STATUS, who)["data"]["totals"]["principal"] == principal[name]


def test_filters_narrow(book, get, admin, supervisor, officer, stranger):
    union, _ = book
    for narrowed in ({"officerId": officer.id}, {"supervisorId": supervisor.id}, {"unionId": union}):
        data = get(BY_STATUS, admin, **narrowed)["data"]
        assert data["totals"]["principal"] == 50000
        assert data["parameters"].items() >= {name: str(value) for name, value in narrowed.items()}.items()
    assert get(BY_STATUS, officer, supervisorId=stranger.id)["data"]["totals"]["principal"] == 50000
    page = get(BY_STATUS, admin, page=2, limit=1)
    assert (len(page["data"]["rows"]), page["pagination"]["total"]) == (1, 2)


def test_what_is_out_of_scope_looks_absent(book, get, officer, supervisor, stranger, admin):
    _, elsewhere = book
    for who in (officer, supervisor):
        assert get(BY_STATUS, who, 404, unionId=elsewhere)["code"] == "union-not-found"
        assert get(BY_STATUS, who, 404, officerId=stranger.id)["code"] == "officer-not-found"
    assert get(BY_STATUS, admin, 404, officerId=new_id())["code"] == "officer-not-found"
    assert get(BY_STATUS, admin, 404, supervisorId=officer.id)["code"] == "team-not-found"
    assert get(BY_STATUS, admin, 404, unionId=new_id())["code"] == "union-not-found"


def test_bad_input_is_said_plainly(sessions, get, admin):
    assert get("/supervisor-reports/nonsense", admin, 404)["code"] == "report-not-found"
    upside_down = get(BY_STATUS, admin, 400, **{"from": "2026-04-02", "to": "2026-04-01"})
    assert upside_down["errors"][0]["field"] == "to"
    assert get(BY_STATUS, admin, 400, asOf="yesterday")["errors"][0]["field"] == "asOf"


def test_a_filter_that_a_report_does_not_take_is_refused_by_its_name(book, get, client, admin, officer):
    of_no_day = {"asOf": "2026-01-01"}
    refused = get(BY_STATUS, officer, 400, **of_no_day)
    assert (refused["code"], refused["errors"][0]["field"]) == ("filter-not-taken", "asOf")
    assert get(BY_STATUS, officer, 400, format="csv", **of_no_day)["code"] == "filter-not-taken"
    assert get("/supervisor-reports/arrears-list", officer, 400, periodEnd="2026-04-01")["code"] == "filter-not-taken"
    subscription = {"name": "outreach", "filters": {"loanTypeId": str(new_id())}, "frequency": "DAILY"}
    for path, body in (("jobs", {"name": "loans-by-status", "filters": of_no_day}), ("subscriptions", subscription)):
        answer = client.post(f"/supervisor-reports/{path}", json=body, headers=admin.headers)
        assert (answer.status_code, answer.json["code"]) == (400, "filter-not-taken"), answer.json
    get(BY_STATUS, officer, asOf="", nobodysFilter="1")


def test_the_head_of_a_report_as_a_file_needs_no_figures(book, sessions, client, admin, monkeypatch):
    path = f"{BY_STATUS}?format=xlsx"
    file = client.get(path, headers=admin.headers)
    monkeypatch.delattr(reports, "report_table")
    head = client.head(path, headers=admin.headers)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Disposition"):
        assert head.headers[name] == file.headers[name]
    with sessions() as session:
        entries = session.execute(select(outbox.c.body).where(outbox.c.type.contains(".audit."))).all()
    assert len(entries) == 1, "that of the file"


def test_figures_of_an_unknown_loan_type_are_not_zero_but_absent(book, sessions, get, admin):
    assert (
        get("/supervisor-reports/portfolio-at-risk", admin, 404, loanTypeId=new_id())["code"] == "loan-type-not-found"
    )
    weekly = new_id()
    hear(sessions, loan_type(weekly, "Weekly", date(2026, 3, 1)))
    get("/supervisor-reports/portfolio-at-risk", admin, loanTypeId=weekly)


def test_what_takes_longer_than_anybody_waits_for_says_that_a_job_makes_it(
    app, sessions, client, admin, superuser, monkeypatch
):
    extension = app.extensions["mp"]
    quick = replace(extension.settings, screen_seconds=0.2)
    monkeypatch.setitem(app.extensions, "mp", replace(extension, settings=quick))
    with superuser.transaction():
        superuser.execute("LOCK TABLE reporting.portfolio_loans IN ACCESS EXCLUSIVE MODE")
        for query in ("", "?format=csv"):
            answer = client.get(f"/supervisor-reports/portfolio-at-risk{query}", headers=admin.headers)
            assert (answer.status_code, answer.json["code"]) == (422, "report-takes-long")
            assert "POST /api/reports/jobs" in answer.json["message"]
    assert client.get("/supervisor-reports/portfolio-at-risk", headers=admin.headers).status_code == 200


def test_a_period_by_the_names_of_the_dashboard_is_the_same_period(book, get, supervisor):
    income = "/supervisor-reports/income"
    own, theirs = {"from": "2026-03-01", "to": "2026-03-31"}, {"periodStart": "2026-03-01", "periodEnd": "2026-03-31"}
    asked = get(income, supervisor, **own)["data"]["parameters"]
    assert get(income, supervisor, **theirs)["data"]["parameters"] == asked
    assert get(income, supervisor, **own, **theirs)["data"]["parameters"] == asked
    for query in (own | {"periodEnd": "2026-03-30"}, {"periodStart": "2026-03-02", "periodEnd": "2026-03-01"}):
        get(income, supervisor, 400, **query)
