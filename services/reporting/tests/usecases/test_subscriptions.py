"""Reports that are sent now and then."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from services.reporting.commands.jobs import Jobs
from services.reporting.tests.events import disbursed_loan, hear, union_event
from services.reporting.usecases.subscriptions import make_due_reports
from shared.clock import business_date, now
from shared.db import run_transaction
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.storage.backends import make_storage
from shared.testing import check_contract

PATH = "/supervisor-reports/subscriptions"
UNION = new_id()
DAILY = {"name": "loans-by-status", "format": "csv", "frequency": "DAILY"}


@pytest.fixture
def worker(settings) -> Jobs:
    return Jobs(replace(settings, subscription_hour=0), make_storage(settings, "reporting"))


@pytest.fixture
def call(client):
    def ask(method, path, who, status=200, **more):
        answer = client.open(f"{PATH}{path}", method=method, headers=who.headers, **more)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.json

    return ask


@pytest.fixture
def subscribe(call):
    return lambda who, status=201, **terms: call("POST", "", who, status, json=DAILY | terms).get("data")


@pytest.fixture
def a_book(sessions, officer):
    hear(sessions, union_event("created", UNION, officer.id), *disbursed_loan(new_id(), UNION))


@pytest.fixture
def come_due(sessions):
    """Let the days go by until the reports that are due on a day are made; returns how many."""

    def due(today: date) -> int:
        return run_transaction(sessions, "reporting", lambda uow: make_due_reports(uow, today=today, at=now()))[0]

    return due


@pytest.fixture
def ready(sessions):
    """The news of reports that were made."""

    def look() -> list[Envelope]:
        with sessions() as session:
            bodies = session.execute(select(outbox.c.body).where(outbox.c.type == "reporting.report.ready.v1"))
            return [Envelope.from_json(body) for body in bodies.scalars()]

    return look


def today() -> date:
    return business_date("Africa/Lagos")


@pytest.mark.usefixtures("a_book")
def test_a_report_comes_every_day_with_the_day_before(sessions, worker, subscribe, come_due, ready, call, supervisor):
    made = subscribe(supervisor)
    tomorrow = today() + timedelta(days=1)
    assert (made["nextOn"][:10], made["lastOn"], made["title"]) == (tomorrow.isoformat(), None, "Loans by status")
    assert come_due(today()) == 0
    assert [come_due(tomorrow), come_due(tomorrow)] == [1, 0]
    assert worker.make_files(sessions) == 1
    [event] = ready()
    check_contract(event)
    assert (event.data["person_id"], event.data["title"]) == (str(supervisor.id), "Loans by status")
    with worker.storage.open(event.data["file_key"]).content as file:
        assert b"ACTIVE" in file.read()
    [kept] = call("GET", "", supervisor)["data"]
    assert kept["lastOn"][:10] == tomorrow.isoformat()
    assert kept["nextOn"][:10] == (tomorrow + timedelta(days=1)).isoformat()


@pytest.mark.usefixtures("a_book")
def test_days_that_were_missed_are_caught_up_once(sessions, worker, subscribe, come_due, ready, supervisor):
    subscribe(supervisor)
    assert come_due(today() + timedelta(days=9)) == 1
    assert come_due(today() + timedelta(days=9)) == 0
    worker.make_files(sessions)
    assert len(ready()) == 1
    with sessions() as session:
        assert session.execute(text("SELECT due_on FROM jobs")).scalar() == today() + timedelta(days=9)


@pytest.mark.usefixtures("a_book")
def test_two_workers_make_it_once(sessions, subscribe, come_due, supervisor):
    subscribe(supervisor)
    with ThreadPoolExecutor(3) as workers:
        assert sum(workers.map(lambda _: come_due(today() + timedelta(days=1)), range(3))) == 1


@pytest.mark.usefixtures("a_book")
@pytest.mark.parametrize(
    ("lost", "error"),
    [
        ("is_active = false", "no longer on the staff"),
        ("is_deleted = true", "no longer on the staff"),
        ("role = 'CREDIT_OFFICER'", "admins and supervisors"),
    ],
)
def test_who_lost_the_right_to_it_gets_nothing(sessions, worker, subscribe, come_due, ready, supervisor, lost, error):
    subscribe(supervisor)
    with sessions.begin() as session:
        session.execute(text(f"UPDATE directory_staff SET {lost} WHERE id = :id"), {"id": supervisor.id})
    assert come_due(today() + timedelta(days=1)) == 1
    worker.make_files(sessions)
    assert ready() == []
    with sessions() as session:
        assert error in session.execute(text("SELECT error FROM jobs")).scalar()


@pytest.mark.usefixtures("a_book")
def test_a_report_of_somebody_who_left_the_team_is_not_sent(
    sessions, worker, subscribe, come_due, ready, supervisor, officer
):
    subscribe(supervisor, filters={"officerId": str(officer.id)})
    with sessions.begin() as session:
        session.execute(text("UPDATE directory_staff SET supervisor_id = NULL WHERE id = :id"), {"id": officer.id})
    come_due(today() + timedelta(days=1))
    worker.make_files(sessions)
    assert ready() == []


@pytest.mark.usefixtures("a_book")
def test_it_is_changed_and_ended(call, subscribe, come_due, supervisor):
    made = subscribe(supervisor)
    changed = call("PUT", f"/{made['id']}", supervisor, json={"frequency": "MONTHLY", "day": 28, "format": "pdf"})[
        "data"
    ]
    assert (changed["frequency"], changed["day"], changed["format"]) == ("MONTHLY", 28, "pdf")
    assert date.fromisoformat(changed["nextOn"][:10]).day == 28
    call("DELETE", f"/{made['id']}", supervisor)
    call("DELETE", f"/{made['id']}", supervisor, 404)
    assert call("GET", "", supervisor)["data"] == []
    assert come_due(today() + timedelta(days=60)) == 0


@pytest.mark.usefixtures("a_book")
@pytest.mark.parametrize(
    ("terms", "status", "field"),
    [
        ({"name": "no-such-report"}, 404, None),
        ({"name": "audit-logs"}, 404, None),
        ({"frequency": "HOURLY"}, 400, "frequency"),
        ({"frequency": "WEEKLY", "day": 8}, 400, "day"),
        ({"day": 29}, 400, "day"),
        ({"filters": {"asOf": "2026-03-11"}}, 400, "filters"),
        ({"filters": {"periodStart": "2026-03-11"}}, 400, "filters"),
        ({"filters": {"unionId": 5}}, 400, "unionId"),
        ({"filters": {"officerId": str(new_id())}}, 404, None),
    ],
)
def test_what_cannot_be_sent_is_refused(call, supervisor, terms, status, field):
    answer = call("POST", "", supervisor, status, json=DAILY | terms)
    assert [error["field"] for error in answer.get("errors", [])] == ([field] if field else [])


@pytest.mark.usefixtures("a_book")
def test_what_is_to_be_left_out_is_called_as_on_the_wire(call, supervisor):
    terms = DAILY | {"filters": {"from": "2026-03-01", "asOf": "2026-03-11"}}
    assert call("POST", "", supervisor, 400, json=terms)["message"].startswith("Leave out asOf, from: ")


def test_officers_have_none_and_nobody_sees_those_of_others(call, subscribe, supervisor, admin, officer):
    subscribe(officer, status=403)
    made = subscribe(supervisor)
    for method in ("PUT", "DELETE"):
        call(method, f"/{made['id']}", admin, 404, json={"format": "pdf"})
    assert call("GET", "", admin)["data"] == []


def test_nobody_has_more_than_some(subscribe, admin):
    for _ in range(20):
        subscribe(admin)
    subscribe(admin, status=409)


@pytest.mark.usefixtures("a_book")
def test_nobody_has_more_than_some_by_asking_at_once(app, call, admin):
    def ask(_):
        return app.test_client().post(PATH, headers=admin.headers, json=DAILY).status_code

    with ThreadPoolExecutor(8) as threads:
        codes = sorted(threads.map(ask, range(32)))
    assert codes == [201] * 20 + [409] * 12
    assert call("GET", "", admin)["pagination"]["total"] == 20
