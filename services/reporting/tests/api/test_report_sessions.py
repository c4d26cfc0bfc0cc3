"""Reports that are generated and kept as they were."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from services.reporting.domain.sessions import MOST_A_DAY
from services.reporting.models.sessions import report_sessions
from services.reporting.tests.events import disbursed_loan, hear, member_event, repayment_event, union_event
from shared.clock import business_date
from shared.context import Role
from shared.ids import new_id
from shared.messaging.outbox import outbox

MARCH = {"reportType": "MONTHLY", "periodStart": "2026-03-01", "periodEnd": "2026-03-31"}
COUNTS = (
    "totalOfficers",
    "totalUnions",
    "totalMembers",
    "totalLoans",
    "activeLoans",
    "completedLoans",
    "defaultedLoans",
)
AMOUNTS = ("totalDisbursed", "totalRepaid", "totalOutstanding", "collectionRate")


@pytest.fixture
def book(sessions, officer):
    """A union with one member and one loan, on which a tenth was repaid."""
    union, loan = new_id(), new_id()
    hear(
        sessions,
        union_event("created", union, officer.id),
        member_event("created", new_id(), union),
        *disbursed_loan(loan, union),
        repayment_event(
            loan, 1, amount="5000.00", paid="5000.00", outstanding="45000.00", paid_on="2026-03-20", union_id=union
        ),
    )
    return union, loan


@pytest.fixture
def generate(client):
    """Generates the report of March, unless asked otherwise."""

    def post(who, status=201, headers=None, **changes):
        body = {name: value for name, value in (MARCH | changes).items() if value is not ...}
        answer = client.post("/supervisor-reports/generate", json=body, headers=who.headers | (headers or {}))
        assert answer.status_code == status, answer.json
        return answer.json

    return post


@pytest.mark.usefixtures("book")
def test_a_report_is_the_dashboard_of_its_period(get, generate, supervisor):
    report = generate(supervisor)
    dashboard = get("/supervisor-reports/dashboard", supervisor, periodStart="2026-03-01", periodEnd="2026-03-31")
    assert report["reportData"] == dashboard["data"]
    assert report["officerMetrics"] == dashboard["officerPerformance"]
    assert {name: report[name] for name in COUNTS} == {name: dashboard["summary"][name] for name in COUNTS}
    assert {name: report[name] for name in AMOUNTS} == {
        "totalDisbursed": "50000.00", "totalRepaid": "5000.00", "totalOutstanding": "45000.00",
        "collectionRate": "10.00",
    }  # fmt: skip
    assert report["reportData"]["summary"]["collectedInPeriod"] == 5000
    assert (report["supervisorId"], report["supervisor"]["email"]) == (str(supervisor.id), supervisor.actor.email)
    assert report["title"] == "Monthly report 2026-03-01 to 2026-03-31"
    assert (report["periodStart"], report["periodEnd"]) == ("2026-02-28T23:00:00.000Z", "2026-03-31T22:59:59.999Z")


@pytest.mark.usefixtures("book")
def test_the_fields_of_a_report_stand_at_the_root_and_once_more_in_the_envelope(get, generate, supervisor):
    report = generate(supervisor, title="  Before the audit ")
    rest = {name: part for name, part in report.items() if name not in {"success", "message", "data"}}
    assert (report["success"], report["data"], report["title"]) == (True, rest, "Before the audit")
    shown = get(f"/supervisor-reports/sessions/{report['id']}", supervisor)
    assert shown["data"] == report["data"]


def test_a_report_stays_as_it_was(get, generate, sessions, supervisor, book):
    union, _loan = book
    report = generate(supervisor)
    hear(sessions, *disbursed_loan(new_id(), union))
    assert generate(supervisor)["totalLoans"] == 2
    shown = get(f"/supervisor-reports/sessions/{report['id']}", supervisor)
    assert (shown["totalLoans"], shown["reportData"]["summary"]["totalLoans"]) == (1, 1)


@pytest.mark.usefixtures("book")
def test_the_collection_rate_is_kept_up_to_what_its_column_holds(get, generate, sessions, supervisor, officer):
    union, loan = new_id(), new_id()
    hear(
        sessions,
        union_event("created", union, officer.id),
        *disbursed_loan(loan, union, principal="1.00", created_at="2026-04-02T12:00:00+00:00"),
        repayment_event(loan, 1, amount="500.00", paid="500.00", outstanding="0.00"),
    )
    report = generate(supervisor, periodStart="2026-04-01", periodEnd="2026-04-30")
    assert (report["collectionRate"], report["reportData"]["summary"]["collectionRate"]) == ("999.99", 50000)


@pytest.mark.usefixtures("book")
def test_generating_and_deleting_leave_entries_in_the_trail(client, generate, sessions, supervisor):
    report = generate(supervisor)
    client.delete(f"/supervisor-reports/sessions/{report['id']}", headers=supervisor.headers)
    with sessions() as session:
        bodies = session.scalars(select(outbox.c.body).order_by(outbox.c.seq)).all()
    actions = [action for body in bodies for action in ("REPORT_GENERATED", "REPORT_DELETED") if action in body]
    assert actions == ["REPORT_GENERATED", "REPORT_DELETED"]
    assert all('"entity_name":"ReportSession"' in body and report["id"] in body for body in bodies)
    assert all("officerMetrics" not in body for body in bodies)


@pytest.mark.usefixtures("book")
def test_an_admin_generates_for_the_institution_or_for_a_team(get, generate, admin, supervisor, sign_in):
    whole, team = generate(admin), generate(admin, supervisorId=str(supervisor.id))
    assert (whole["supervisorId"], team["supervisorId"]) == (str(admin.id), str(supervisor.id))
    assert get(f"/supervisor-reports/sessions/{team['id']}", supervisor)["id"] == team["id"]
    assert generate(sign_in(Role.SUPERVISOR), supervisorId=str(supervisor.id))["totalLoans"] == 0
    assert generate(admin, status=404, supervisorId=str(new_id()))["error"] == "Supervisor not found"


@pytest.mark.usefixtures("book")
def test_reports_are_listed_newest_first_ten_to_a_page(get, generate, admin, supervisor, sign_in):
    other = sign_in(Role.SUPERVISOR)
    theirs = generate(other)["id"]
    ours = [generate(supervisor, title=f"Number {number}")["id"] for number in range(12)]
    listed = get("/supervisor-reports/sessions", supervisor)
    assert [row["id"] for row in listed["reports"]] == ours[:1:-1]
    assert listed["pagination"] == {"page": 1, "limit": 10, "total": 12, "totalPages": 2, "pages": 2}
    assert listed["data"] == {"reports": listed["reports"], "pagination": listed["pagination"]}
    second = get("/supervisor-reports/sessions", supervisor, page="2")
    assert [row["id"] for row in second["reports"]] == ours[1::-1]
    row = listed["reports"][0]
    assert (row["title"], row["totalDisbursed"], row["collectionRate"]) == ("Number 11", "50000.00", "10.00")
    assert "reportData" not in row
    # A filter only narrows: for a supervisor these are always their own.
    for query, who, total in (
        ({}, admin, 13), ({"supervisorId": str(other.id)}, admin, 1), ({"supervisorId": str(other.id)}, supervisor, 12),
        ({"supervisorId": "7"}, admin, 0),
    ):  # fmt: skip
        assert get("/supervisor-reports/sessions", who, **query)["pagination"]["total"] == total
    assert get("/supervisor-reports/sessions", other)["reports"][0]["id"] == theirs


@pytest.mark.usefixtures("book")
def test_a_report_is_seen_and_deleted_by_whose_it_is_and_by_admins(client, generate, admin, supervisor, sign_in):
    stranger = sign_in(Role.SUPERVISOR)
    for deleter in (supervisor, admin):
        path = f"/supervisor-reports/sessions/{generate(supervisor)['id']}"
        for method in (client.get, client.delete):
            refused = method(path, headers=stranger.headers)
            assert (refused.status_code, refused.json["error"]) == (404, "Report session not found")
        gone = client.delete(path, headers=deleter.headers)
        assert (gone.status_code, gone.json["success"], bool(gone.json["message"])) == (200, True, True)
        assert client.delete(path, headers=deleter.headers).status_code == 404
        assert client.get(path, headers=deleter.headers).status_code == 404


@pytest.mark.usefixtures("book")
def test_a_report_of_an_admin_is_not_for_supervisors(client, generate, admin, supervisor):
    path = f"/supervisor-reports/sessions/{generate(admin)['id']}"
    assert client.get(path, headers=supervisor.headers).status_code == 404


def test_an_officer_may_do_nothing_with_reports(client, sessions, officer):
    path = f"/supervisor-reports/sessions/{new_id()}"
    refusals = [client.post("/supervisor-reports/generate", json=MARCH, headers=officer.headers)]
    refusals += [client.get(each, headers=officer.headers) for each in ("/supervisor-reports/sessions", path)]
    refusals.append(client.delete(path, headers=officer.headers))
    assert [refused.status_code for refused in refusals] == [403] * 4
    assert all(refused.json["error"] == refused.json["message"] for refused in refusals)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reportType": "YEARLY"}, "reportType"),
        ({"reportType": ...}, "reportType"),
        ({"periodStart": ...}, "periodStart"),
        ({"periodEnd": "soon"}, "periodEnd"),
        ({"periodEnd": "2026-02-28"}, "periodEnd"),
        ({"title": "x" * 201}, "title"),
    ],
)
def test_a_malformed_report_is_refused_and_nothing_kept(generate, sessions, supervisor, changes, field):
    refused = generate(supervisor, status=400, **changes)
    assert [error["field"] for error in refused["errors"]] == [field]
    assert (refused["success"], refused["error"], refused["message"]) == (False, *["Validation failed"] * 2)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(report_sessions)) == 0


def test_a_period_that_has_not_begun_is_refused(generate, sessions, supervisor):
    today = business_date("Africa/Lagos")
    tomorrow, next_year = str(today + timedelta(days=1)), str(today + timedelta(days=365))
    refused = generate(supervisor, status=400, periodStart=tomorrow, periodEnd=next_year)
    assert (refused["code"], refused["errors"][0]["field"]) == ("period-in-future", "periodStart")
    assert refused["error"] == refused["message"]
    generate(supervisor, periodStart=str(today), periodEnd=next_year)


def test_a_period_of_one_moment_is_a_period(generate, sessions, supervisor):
    at = "2026-03-11T12:00:00.000Z"
    report = generate(supervisor, reportType="CUSTOM", periodStart=at, periodEnd=at)
    assert (report["reportType"], report["title"]) == ("CUSTOM", "Custom report 2026-03-11")


def test_a_report_is_generated_once_under_one_key(get, generate, sessions, supervisor):
    key = {"Idempotency-Key": "march"}
    first, second = (generate(supervisor, headers=key) for _ in range(2))
    assert first == second
    assert get("/supervisor-reports/sessions", supervisor)["pagination"]["total"] == 1
    assert "another request" in generate(supervisor, status=422, headers=key, title="April")["error"]


def test_nobody_generates_more_than_a_hundred_reports_a_day(client, generate, sessions, supervisor, admin):
    for _ in range(MOST_A_DAY - 1):
        generate(supervisor)

    def at_once(_):
        return client.application.test_client().post(
            "/supervisor-reports/generate", json=MARCH, headers=supervisor.headers
        )

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(at_once, range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 429, 429, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 86400
    assert refused.json["error"] == refused.json["message"]
    generate(admin, supervisorId=str(supervisor.id))
    with sessions.begin() as session:
        older = report_sessions.c.generated_at - timedelta(days=1)
        session.execute(update(report_sessions).values(generated_at=older))
    generate(supervisor)
