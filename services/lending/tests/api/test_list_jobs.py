"""Lists that a worker makes aside, because they are too long to wait for."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from services.lending.api.exports import EXPORTS
from services.lending.settings import Settings
from services.lending.tests.conftest import Member
from services.lending.worker import list_worker
from shared.context import Role
from shared.db import Sessions
from shared.jobs.list_files import maker_of
from shared.jobs.list_worker import ListWorker
from shared.jobs.table import LIST_JOBS
from shared.testing import SignedIn

Apply, Call = Callable[..., dict[str, Any]], Callable[..., Any]
PATH = "/reports/jobs/loans"


@pytest.fixture
def worker(settings: Settings) -> ListWorker:
    return list_worker(settings)


@pytest.fixture
def call(client: FlaskClient) -> Call:
    def ask(method: str, path: str, who: SignedIn, status: int = 200, **more: Any) -> Any:
        answer = client.open(f"{PATH}{path}", method=method, headers=who.headers, **more)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer

    return ask


@pytest.fixture
def order(call: Call) -> Call:
    def ask(who: SignedIn, status: int = 201, **filters: str) -> Any:
        return call("POST", "", who, status, json={"format": "csv", "filters": filters}).json.get("data")

    return ask


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_a_list_is_made_aside_and_is_the_list_of_who_asked(
    client: FlaskClient, sessions: Sessions, worker: ListWorker, call: Call, order: Call, applied: Apply,
    a_member: Callable[..., Member], officer: SignedIn, other_officer: SignedIn,
) -> None:  # fmt: skip
    mine, _ = applied(), applied(member=a_member(of=other_officer))
    job = order(officer, search=mine["loanNumber"].lower())
    assert (job["state"], job["name"], job["title"], job["file"]) == ("PENDING", "loans", "Loans", None)
    call("GET", f"/{job['id']}/file", officer, status=409)
    assert worker.make_lists(sessions) == 1
    done = call("GET", f"/{job['id']}", officer).json["data"]
    assert (done["state"], done["progress"], done["rows"], done["fileName"]) == ("DONE", 100, 1, "loans.csv")
    assert done["file"] == f"/api/reports/jobs/loans/{job['id']}/file"
    answer = call("GET", f"/{job['id']}/file", officer)
    assert len(answer.data) == done["size"]
    streamed = client.get("/loans/export", headers=officer.headers)
    assert rows_of(answer) == rows_of(streamed) != []
    with sessions() as session:
        actions = "SELECT count(*) FROM outbox WHERE body LIKE '%LOANS_EXPORTED%' AND body LIKE :job"
        found = session.scalar(text(actions), {"job": f"%{job['id']}%"})
    assert found == 1, "it leaves an entry, as the export does"
    listed = call("GET", "", officer).json
    assert ([each["id"] for each in listed["data"]], listed["pagination"]["total"]) == ([job["id"]], 1)
    call("DELETE", f"/{job['id']}", officer)
    call("GET", f"/{job['id']}/file", officer, status=404)


def test_what_is_too_long_to_wait_for_says_where_a_job_is_asked_for(
    app: Flask, client: FlaskClient, applied: Apply, admin: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied()
    applied()
    extension = app.extensions["mp"]
    monkeypatch.setitem(app.extensions, "mp", replace(extension, settings=replace(extension.settings, export_rows=1)))
    for file_format in ("csv", "xlsx"):
        answer = client.get(f"/loans/export?format={file_format}", headers=admin.headers)
        assert (answer.status_code, answer.json["code"]) == (422, "too-many-rows")
        assert "POST /reports/jobs/loans" in answer.json["message"]


def test_what_cannot_be_asked_is_refused_at_once(order: Call, call: Call, officer: SignedIn) -> None:
    order(officer, status=400, minAmount="much")
    order(officer, status=400, dateFrom="yesterday")
    call("POST", "", officer, status=400, json={"format": "docx"})
    assert call("GET", "", officer).json["data"] == []


def test_nobody_has_more_than_some_lists_made_by_asking_at_once(app: Flask, officer: SignedIn) -> None:
    def ask(_: int) -> int:
        return app.test_client().post(PATH, headers=officer.headers, json={}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(ask, range(16))) == [201] * 5 + [409] * 11


def test_a_job_is_nobody_elses(call: Call, order: Call, officer: SignedIn, admin: SignedIn) -> None:
    job = order(officer)
    for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        call(method, f"/{job['id']}{path}", admin, status=404)


def test_who_lost_a_union_or_their_role_cannot_fetch_what_was_made_before(
    sessions: Sessions, worker: ListWorker, call: Call, order: Call, applied: Apply, officer: SignedIn,
    supervisor: SignedIn, admin: SignedIn, sign_in: Callable[..., SignedIn], other_officer: SignedIn,
) -> None:  # fmt: skip
    loan = applied()
    theirs, everything = order(supervisor), order(admin)
    worker.make_lists(sessions)
    call("GET", f"/{theirs['id']}/file", supervisor)
    with sessions.begin() as session:
        moved = "UPDATE directory_union SET officer_id = :other WHERE id = :union"
        session.execute(text(moved), {"other": other_officer.id, "union": loan["unionId"]})
    refused = call("GET", f"/{theirs['id']}/file", supervisor, status=404)
    assert "no longer see all that is in this file" in refused.json["message"]
    call("GET", f"/{everything['id']}/file", admin)
    with sessions.begin() as session:
        session.execute(text("UPDATE directory_staff SET role = 'SUPERVISOR' WHERE id = :id"), {"id": admin.id})
        session.execute(text("UPDATE list_jobs SET person_id = :id WHERE id = :job"), {
            "id": supervisor.id, "job": everything["id"]
        })  # fmt: skip
    call("GET", f"/{everything['id']}/file", supervisor, status=404)


def test_the_scope_is_that_of_when_it_is_made(
    sessions: Sessions, worker: ListWorker, call: Call, order: Call, applied: Apply, supervisor: SignedIn,
    officer: SignedIn,
) -> None:  # fmt: skip
    applied()
    job = order(supervisor)
    with sessions.begin() as session:
        session.execute(text("UPDATE directory_staff SET supervisor_id = NULL WHERE id = :id"), {"id": officer.id})
    worker.make_lists(sessions)
    assert call("GET", f"/{job['id']}", supervisor).json["data"]["rows"] == 0
    gone = order(supervisor)
    with sessions.begin() as session:
        session.execute(text("UPDATE directory_staff SET is_active = false WHERE id = :id"), {"id": supervisor.id})
    worker.make_lists(sessions)
    with sessions() as session:
        failed = session.execute(text("SELECT state, error FROM list_jobs WHERE id = :id"), {"id": gone["id"]}).one()
    assert failed == ("FAILED", "Who asked for this is no longer on the staff.")


def test_a_worker_that_was_killed_loses_the_job_and_another_makes_it_once(
    sessions: Sessions, worker: ListWorker, call: Call, order: Call, officer: SignedIn
) -> None:
    job = order(officer)
    with sessions.begin() as session:
        killed = LIST_JOBS.take(session.connection())
    assert killed is not None
    assert worker.make_lists(sessions) == 0, "it has its lease"
    with sessions.begin() as session:
        session.execute(text("UPDATE list_jobs SET leased_until = now() - interval '1 second'"))
    with ThreadPoolExecutor(3) as workers:
        assert sum(workers.map(lambda _: worker.make_lists(sessions), range(3))) == 1
    assert call("GET", f"/{job['id']}", officer).json["data"]["state"] == "DONE"
    with sessions.begin() as session:
        assert not LIST_JOBS.keep_lease(session.connection(), killed, 50), "who lost the lease does not get it back"


def test_a_list_of_more_rows_than_a_file_may_have_is_refused_with_a_reason(
    sessions: Sessions, settings: Settings, call: Call, order: Call, applied: Apply, admin: SignedIn
) -> None:
    applied()
    applied()
    job = order(admin)
    short = replace(settings, job_rows=1)
    list_worker(short).make_lists(sessions)
    failed = call("GET", f"/{job['id']}", admin).json["data"]
    assert failed["state"] == "FAILED"
    assert "more than 1 rows" in failed["error"]


def test_a_file_expires_and_its_bytes_are_let_go(
    sessions: Sessions, worker: ListWorker, call: Call, order: Call, officer: SignedIn
) -> None:
    job = order(officer)
    worker.make_lists(sessions)
    worker.expire_lists(sessions)
    call("GET", f"/{job['id']}/file", officer)
    with sessions.begin() as session:
        session.execute(text("UPDATE list_jobs SET expires_at = now() - interval '1 second'"))
        key = session.execute(text("SELECT file_key FROM list_jobs")).scalar_one()
    worker.expire_lists(sessions)
    call("GET", f"/{job['id']}", officer, status=404)
    with sessions() as session:
        assert session.execute(text("SELECT key FROM unclaimed_file")).scalars().all() == [key]


def test_a_role_that_may_not_have_a_list_is_turned_away_at_its_file(
    sessions: Sessions, worker: ListWorker, order: Call, officer: SignedIn
) -> None:
    order(officer)
    [export] = EXPORTS.lists
    narrow = replace(EXPORTS, lists=(replace(export, roles=(Role.ADMIN,)),))
    replace(worker, load=lambda: maker_of("lending", narrow)).make_lists(sessions)
    with sessions() as session:
        assert session.execute(text("SELECT error FROM list_jobs")).scalar_one().startswith("Your role")
        [job], _ = LIST_JOBS.of_person(session.connection(), officer.id, limit=1, offset=0)
        assert not narrow.may_see(session.connection(), officer.actor, job)
