"""Jobs as a worker does them: in the background, by one worker at a time, whatever happens to it."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from services.reporting.commands.jobs import Jobs
from services.reporting.queries.jobs import ARE_FILES, JOBS
from services.reporting.tests.events import audit_event, disbursed_loan, hear, link, union_event
from shared.context import Role
from shared.ids import new_id
from shared.storage.backends import make_storage

UNION, OTHER_UNION = new_id(), new_id()


@pytest.fixture
def worker(settings) -> Jobs:
    return Jobs(settings, make_storage(settings, "reporting"))


@pytest.fixture
def call(client: FlaskClient) -> Callable[..., object]:
    """A request as somebody, which must have the status expected; the data of its answer."""

    def ask(method: str, path: str, who, status: int = 200, **more):
        answer = client.open(f"/supervisor-reports/jobs{path}", method=method, headers=who.headers, **more)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer

    return ask


@pytest.fixture
def a_book(sessions, officer, stranger):
    """A loan of an officer and one of somebody else's."""
    hear(sessions, union_event("created", UNION, officer.id), union_event("created", OTHER_UNION, stranger.id))
    hear(sessions, *disbursed_loan(new_id(), UNION), *disbursed_loan(new_id(), OTHER_UNION))


@pytest.fixture
def order(call):
    def ask(who, name="loans-by-status", status=201, **filters):
        body = {"name": name, "format": "csv", "filters": filters}
        return call("POST", "", who, status=status, json=body).json.get("data")

    return ask


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


@pytest.mark.usefixtures("a_book")
def test_a_report_is_made_aside_and_fetched(sessions, worker, call, order, officer):
    job = order(officer)
    assert (job["state"], job["progress"], job["file"], job["title"]) == ("PENDING", 0, None, "Loans by status")
    call("GET", f"/{job['id']}/file", officer, status=409)
    assert worker.make_files(sessions) == 1
    done = call("GET", f"/{job['id']}", officer).json["data"]
    assert (done["state"], done["progress"], done["rows"]) == ("DONE", 100, 1)
    answer = call("GET", f"/{job['id']}/file", officer)
    assert f'filename="{done["fileName"]}"' in answer.headers["Content-Disposition"]
    assert len(answer.data) == done["size"]
    assert [row[1] for row in rows_of(answer)[1:2]] == ["ACTIVE"]
    listed = call("GET", "", officer).json
    assert ([each["id"] for each in listed["data"]], listed["pagination"]["total"]) == ([job["id"]], 1)


@pytest.mark.usefixtures("a_book")
def test_a_job_is_nobody_elses(call, order, officer, admin):
    job = order(officer)
    for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        call(method, f"/{job['id']}{path}", admin, status=404)
    assert call("GET", "", admin).json["data"] == []


@pytest.mark.parametrize(
    ("name", "filters", "status"),
    [
        ("no-such-report", {}, 404),
        ("loans-by-status", {"officerId": str(new_id())}, 404),
        ("loans-by-status", {"from": "yesterday"}, 400),
        ("loans-by-status", {"from": "2026-03-11", "to": "2026-03-10"}, 400),
        ("audit-logs", {}, 403),
    ],
)
@pytest.mark.usefixtures("a_book")
def test_what_cannot_be_asked_is_refused_at_once(order, officer, name, filters, status):
    order(officer, name, status=status, **filters)


@pytest.mark.usefixtures("a_book")
def test_nobody_has_more_than_some_files_made_at_once(order, officer, admin):
    for _ in range(5):
        order(officer)
    order(officer, status=409)
    order(admin)


@pytest.mark.usefixtures("a_book")
def test_nobody_has_more_than_some_files_made_by_asking_at_once(app, officer):
    def ask(_):
        body = {"name": "loans-by-status"}
        return app.test_client().post("/supervisor-reports/jobs", headers=officer.headers, json=body).status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(ask, range(16))) == [201] * 5 + [409] * 11


def test_the_same_command_makes_one_job(call, officer):
    body = {"name": "loans-by-status"}
    keyed = type(officer)(officer.actor, officer.headers | {"Idempotency-Key": "once"})
    ids = {call("POST", "", keyed, status=201, json=body).json["data"]["id"] for _ in range(2)}
    assert len(ids) == 1


def test_the_audit_trail_is_exported_within_the_scope(sessions, worker, call, order, supervisor, officer, stranger):
    hear(sessions, *[audit_event(actor_id=who.id) for who in (officer, stranger, supervisor, officer)])
    link(sessions)
    job = order(supervisor, "audit-logs", action="LOAN_")
    worker.make_files(sessions)
    answer = call("GET", f"/{job['id']}/file", supervisor)
    rows = rows_of(answer)
    assert len([row for row in rows if row[4:5] == ["LOAN_CREATED"]]) == 3
    assert rows[0][:5] == ["When", "Who", "E-mail", "Role", "Action"]


@pytest.mark.usefixtures("a_book")
def test_who_lost_the_scope_cannot_fetch_what_was_made_before(sessions, worker, call, order, supervisor, officer):
    job = order(supervisor)
    worker.make_files(sessions)
    call("GET", f"/{job['id']}/file", supervisor)
    with sessions.begin() as session:
        session.execute(text("UPDATE directory_staff SET supervisor_id = NULL WHERE id = :id"), {"id": officer.id})
    refused = call("GET", f"/{job['id']}/file", supervisor, status=404)
    assert "no longer see all that is in this file" in refused.json["message"]


@pytest.mark.usefixtures("a_book")
def test_who_is_no_longer_on_the_staff_gets_nothing(sessions, settings, worker, order, officer):
    order(officer)
    with sessions.begin() as session:
        session.execute(text("UPDATE directory_staff SET is_active = false WHERE id = :id"), {"id": officer.id})
    assert worker.make_files(sessions) == 1
    with sessions() as session:
        assert session.execute(text("SELECT state, error, file_key FROM jobs")).one() == (
            "FAILED", "Who asked for this is no longer on the staff.", None,
        )  # fmt: skip
        expires = session.execute(
            text("SELECT round(extract(epoch FROM expires_at - now()) / 3600) FROM jobs")
        ).scalar()
        assert expires == settings.job_keep_hours, "as long as a file, and no longer"


@pytest.mark.usefixtures("a_book")
def test_a_file_of_more_rows_than_it_may_have_is_refused_with_a_reason(sessions, settings, call, order, admin):
    hear(sessions, *[audit_event() for _ in range(4)])
    job = order(admin, "audit-logs")
    small = type(settings)(
        **{name: getattr(settings, name) for name in settings.__dataclass_fields__} | {"job_rows": 3}
    )
    Jobs(small, make_storage(settings, "reporting")).make_files(sessions)
    failed = call("GET", f"/{job['id']}", admin).json["data"]
    assert (failed["state"], failed["error"]) == (
        "FAILED",
        "These are more than 3 rows, which is more than a file may have.",
    )
    assert "more than 3 rows" in call("GET", f"/{job['id']}/file", admin, status=409).json["message"]


@pytest.mark.usefixtures("a_book")
def test_a_job_whose_worker_was_killed_is_taken_again_when_its_lease_has_run_out(
    sessions, worker, call, order, officer
):
    job = order(officer)
    with sessions.begin() as session:
        killed = JOBS.take(session.connection(), ARE_FILES)
    assert worker.make_files(sessions) == 0, "it has its lease"
    with sessions.begin() as session:
        session.execute(text("UPDATE jobs SET leased_until = now() - interval '1 second'"))
    assert worker.make_files(sessions) == 1
    assert call("GET", f"/{job['id']}", officer).json["data"]["state"] == "DONE"
    with sessions.begin() as session:
        assert not JOBS.keep_lease(session.connection(), killed, 50), "who lost the lease does not get it back"


@pytest.mark.usefixtures("a_book")
def test_a_job_that_ends_its_worker_each_time_fails_at_last(sessions, worker, call, order, officer):
    job = order(officer)
    for _ in range(3):
        with sessions.begin() as session:
            assert JOBS.take(session.connection(), ARE_FILES)
            session.execute(text("UPDATE jobs SET leased_until = now() - interval '1 second'"))
    assert worker.make_files(sessions) == 0
    worker.expire(sessions)
    failed = call("GET", f"/{job['id']}", officer).json["data"]
    assert failed["state"] == "FAILED"
    assert "whoever worked on it was stopped each time" in failed["error"]


@pytest.mark.usefixtures("a_book")
def test_of_several_workers_one_makes_a_file(sessions, worker, order, officer, admin):
    for who in (officer, admin):
        for _ in range(4):
            order(who)
    with ThreadPoolExecutor(3) as workers:
        assert sum(workers.map(lambda _: worker.make_files(sessions), range(3))) == 8
    with sessions() as session:
        assert session.execute(text("SELECT DISTINCT state, tries FROM jobs")).all() == [("DONE", 1)]


@pytest.mark.usefixtures("a_book")
def test_a_job_that_was_canceled_meanwhile_leaves_nothing(sessions, worker, call, order, officer, monkeypatch):
    job = order(officer)
    put = worker.storage.put

    def canceled_meanwhile(*arguments):
        put(*arguments)
        call("DELETE", f"/{job['id']}", officer)

    monkeypatch.setattr(worker.storage, "put", canceled_meanwhile)
    assert worker.make_files(sessions) == 0
    call("GET", f"/{job['id']}", officer, status=404)
    with sessions() as session:
        assert session.execute(text("SELECT count(*) FROM unclaimed_file")).scalar() == 1, "its bytes are swept"


@pytest.mark.usefixtures("a_book")
def test_a_file_expires_and_its_bytes_are_let_go(sessions, worker, settings, call, order, officer):
    job = order(officer)
    worker.make_files(sessions)
    worker.expire(sessions)
    call("GET", f"/{job['id']}/file", officer)
    with sessions.begin() as session:
        session.execute(text("UPDATE jobs SET expires_at = now() - interval '1 second'"))
        key = session.execute(text("SELECT file_key FROM jobs")).scalar()
    worker.expire(sessions)
    call("GET", f"/{job['id']}", officer, status=404)
    with sessions() as session:
        assert session.execute(text("SELECT key FROM unclaimed_file")).scalars().all() == [key]
    assert list(Path(settings.storage_folder).rglob(key.rpartition("/")[2]))
    assert settings.job_keep_hours == timedelta(days=3).total_seconds() / 3600


def test_an_officer_has_their_own_figures_made(sessions, worker, call, order, officer, sign_in):
    other = sign_in(Role.CREDIT_OFFICER)
    hear(sessions, union_event("created", UNION, officer.id), *disbursed_loan(new_id(), UNION))
    job = order(other)
    worker.make_files(sessions)
    assert call("GET", f"/{job['id']}", other).json["data"]["rows"] == 0
