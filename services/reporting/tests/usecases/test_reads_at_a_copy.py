"""Files are made from a copy of the database where there is one, never from what it does not have yet."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import make_url, text

from services.reporting.commands.jobs import Jobs
from services.reporting.queries.jobs import ARE_FILES, JOBS
from services.reporting.reports.catalogue import REPORTS
from services.reporting.tests.events import audit_event, disbursed_loan, hear, link, union_event
from shared.ids import new_id
from shared.jobs import moments
from shared.storage.backends import make_storage
from shared.tests.streaming import StreamingCopy, streaming_copy

UNION = new_id()


@pytest.fixture(scope="module")
def copy(settings, postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamingCopy]:
    with streaming_copy(tmp_path_factory.mktemp("copy"), postgres_admin_url) as copy:
        yield copy


@pytest.fixture
def role(settings) -> str:
    return str(make_url(settings.database_url).username)


@pytest.fixture
def worker(settings, copy: StreamingCopy) -> Iterator[Jobs]:
    reading = replace(settings, read_database_url=copy.url_of(settings.database_url))
    yield Jobs(reading, make_storage(settings, "reporting"))
    moments._engine(reading.read_database_url).dispose()


@pytest.fixture
def order(client, sessions, officer) -> Callable[..., dict]:
    hear(sessions, union_event("created", UNION, officer.id))
    hear(sessions, *disbursed_loan(new_id(), UNION))

    def ask(who, name="loans-by-status"):
        body = {"name": name, "format": "csv", "filters": {}}
        answer = client.post("/supervisor-reports/jobs", headers=who.headers, json=body)
        assert answer.status_code == 201, answer.json
        return answer.json["data"]

    return ask


@pytest.fixture
def made(client) -> Callable[..., dict]:
    def ask(who, job):
        return client.get(f"/supervisor-reports/jobs/{job['id']}", headers=who.headers).json["data"]

    return ask


@pytest.mark.parametrize("name", [*REPORTS, "audit-logs"])
def test_every_report_is_made_at_the_copy(name, sessions, worker, copy, role, order, made, admin):
    hear(sessions, audit_event())
    link(sessions)
    job = order(admin, name)
    assert worker.make_files(sessions) == 1
    assert made(admin, job)["state"] == "DONE"
    assert copy.connections_of(role) == 1


def test_a_copy_that_is_behind_is_passed_over(sessions, worker, copy, order, made, officer, monkeypatch):
    monkeypatch.setattr(moments, "BEHIND_SECONDS", 0.3)
    copy.fall_behind()
    try:
        job = order(officer)
        assert worker.make_files(sessions) == 1
        assert (made(officer, job)["state"], made(officer, job)["rows"]) == ("DONE", 1)
    finally:
        copy.catch_up()


def test_what_was_broken_off_once_is_read_in_the_database_itself(sessions, worker, order, officer):
    order(officer)
    for is_copy in (True, False):
        with sessions.begin() as session:
            job = JOBS.take(session.connection(), ARE_FILES)
        with moments.moment(sessions, JOBS, job, worker.settings) as connection:
            assert connection.execute(text("SELECT pg_is_in_recovery()")).scalar() is is_copy
        with sessions.begin() as session:
            session.execute(text("UPDATE jobs SET leased_until = now() - interval '1 second'"))


def test_without_the_copy_files_are_made_as_ever(sessions, worker, copy, order, made, officer):
    copy.stop()
    job = order(officer)
    assert worker.make_files(sessions) == 1
    assert (made(officer, job)["state"], made(officer, job)["rows"]) == ("DONE", 1)
