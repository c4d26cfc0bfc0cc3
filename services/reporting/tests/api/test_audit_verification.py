"""`GET /audit-logs/verify` and `/audit-logs/export`."""

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy import text

from services.reporting.commands.jobs import Jobs
from services.reporting.consumers import TrailKey
from services.reporting.tests.events import NOON, audit_event, hear, link
from services.reporting.usecases.anchors import write_anchor
from shared.storage.backends import make_storage

PATH = "/audit-logs/verify"
NOTHING = {
    "state": "NONE", "verifiedAt": None, "entries": None, "unlinked": None, "anchors": None, "firstBroken": None,
    "fault": None, "running": {"progress": 0, "startedAt": None},
}  # fmt: skip


@pytest.fixture
def worker(settings, tmp_path) -> Jobs:
    anchored = replace(settings, audit_anchor_file=str(tmp_path / "anchors"))
    return Jobs(anchored, make_storage(settings, "reporting"))


@pytest.fixture
def a_trail(sessions, worker):
    hear(sessions, audit_event(), audit_event())
    hear(sessions, audit_event())
    link(sessions)
    write_anchor(sessions, worker.settings.anchor_path, TrailKey.of_this_process(), NOON)
    hear(sessions, audit_event())


@pytest.mark.usefixtures("a_trail")
def test_the_first_to_ask_begins_a_verification_and_the_next_see_what_it_found(get, sessions, worker, admin):
    assert get(PATH, admin)["data"] == NOTHING
    assert get(PATH, admin)["data"] == NOTHING, "one at a time"
    assert worker.verify(sessions) == 1
    found = get(PATH, admin)["data"]
    assert found.pop("verifiedAt")
    assert found == {
        "state": "HOLDS", "entries": 3, "unlinked": 1, "anchors": 1, "firstBroken": None, "fault": None,
        "running": None,
    }  # fmt: skip
    assert worker.verify(sessions) == 0


@pytest.mark.usefixtures("a_trail")
def test_a_broken_trail_says_where(get, sessions, superuser, worker, admin):
    superuser.execute("UPDATE reporting.audit_entries SET action = 'X' WHERE (batch, sequence) = (1, 2)")
    get(PATH, admin)
    worker.verify(sessions)
    found = get(PATH, admin)["data"]
    assert (found["state"], found["firstBroken"], found["entries"]) == ("BROKEN", 2, None)
    assert "Entry 2" in found["fault"]
    assert "is not what was written" in found["fault"]


@pytest.mark.usefixtures("a_trail")
def test_a_new_one_begins_when_the_last_is_old_or_a_fresh_one_is_asked_for(get, sessions, worker, admin):
    get(PATH, admin)
    worker.verify(sessions)
    assert get(PATH, admin)["data"]["running"] is None
    begun = get(PATH, admin, fresh="true")["data"]
    assert (begun["state"], begun["running"]) == ("HOLDS", {"progress": 0, "startedAt": None})
    worker.verify(sessions)
    with sessions.begin() as session:
        session.execute(text("UPDATE jobs SET created_at = now() - interval '25 hours'"))
    assert get(PATH, admin)["data"]["running"] is not None


def test_only_an_admin_may_ask(get, supervisor, officer):
    get(PATH, supervisor, status=403)
    get(PATH, officer, status=403)


def test_the_trail_is_exported_as_it_is_listed(client, sessions, admin, supervisor, officer, stranger):
    hear(sessions, *[audit_event(actor_id=who.id, actor_email=who.actor.email) for who in (officer, stranger)])

    def rows(who, **query):
        answer = client.get("/audit-logs/export", headers=who.headers, query_string=query)
        assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.get_data(as_text=True)
        return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))

    assert [row["E-mail"] for row in rows(supervisor)][:1] == [officer.actor.email]
    assert len([row for row in rows(admin) if row["Action"] == "LOAN_CREATED"]) == 2
    assert [row for row in rows(admin, action="UNION") if row["Action"]] == []
    [entry] = [row for row in rows(supervisor, format="csv") if row["Action"] == "LOAN_CREATED"]
    assert entry["After"] == '{"principalAmount":"50000.00","status":"DRAFT"}'


@pytest.mark.parametrize(("name", "begin"), [("xlsx", b"PK"), ("pdf", b"%PDF")])
def test_it_comes_as_a_spreadsheet_and_on_paper(client, sessions, admin, name, begin):
    hear(sessions, audit_event(entity_name="Loan", action="LOAN_CREATED"))
    answer = client.get("/audit-logs/export", headers=admin.headers, query_string={"format": name})
    assert answer.status_code == 200
    assert answer.data.startswith(begin)


def test_an_officer_may_not_export_it(client, officer):
    assert client.get("/audit-logs/export", headers=officer.headers).status_code == 403
