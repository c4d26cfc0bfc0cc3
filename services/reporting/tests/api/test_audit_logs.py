from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from services.reporting.tests.events import NOON, audit_event, hear, link
from shared.directory.tables import directory_staff
from shared.ids import new_id


@pytest.fixture
def trail(sessions, admin, supervisor, officer, stranger):
    """One entry of each, a minute apart: the admin's a user, the others' loans; the newest the stranger's."""
    people = [admin, supervisor, officer, stranger]
    events = [
        audit_event(
            "USER_CREATED" if who is admin else "LOAN_SUBMITTED",
            "User" if who is admin else "Loan",
            actor_id=who.id,
            actor_email=who.actor.email,
            actor_role=who.actor.role,
            at=NOON + timedelta(minutes=minutes),
        )
        for minutes, who in enumerate(people)
    ]
    hear(sessions, *events[:2])
    link(sessions)
    # These wait for their place in the chain, which makes no difference to who looks at them.
    hear(sessions, *events[2:])
    return events


def actors(answer):
    return [entry["actorUserId"] for entry in answer["data"]]


@pytest.mark.usefixtures("trail")
def test_an_admin_sees_every_entry_the_newest_first(get, admin, supervisor, officer, stranger):
    answer = get("/audit-logs", admin)
    assert actors(answer) == [str(who.id) for who in (stranger, officer, supervisor, admin)]
    assert answer["pagination"] == {"page": 1, "limit": 20, "total": 4, "totalPages": 1, "pages": 1}


@pytest.mark.usefixtures("trail")
def test_the_trail_is_read_from_either_end(get, admin, supervisor, officer, stranger):
    oldest = [str(who.id) for who in (admin, supervisor, officer, stranger)]
    assert actors(get("/audit-logs", admin, order="oldest")) == oldest
    assert actors(get("/audit-logs", admin, order="oldest", page=2, limit=3)) == oldest[3:]
    assert actors(get("/audit-logs", supervisor, order="oldest", entityName="Loan")) == oldest[1:3]
    get("/audit-logs", admin, order="loudest", status=400)


@pytest.mark.usefixtures("trail")
def test_a_supervisor_sees_their_own_entries_and_those_of_their_officers(get, supervisor, officer):
    answer = get("/audit-logs", supervisor)
    assert actors(answer) == [str(officer.id), str(supervisor.id)]
    assert answer["pagination"]["total"] == 2


@pytest.mark.usefixtures("trail")
def test_a_filter_narrows_the_scope_and_never_widens_it(get, supervisor, stranger):
    answer = get("/audit-logs", supervisor, actorUserId=str(stranger.id))
    assert (answer["data"], answer["pagination"]["total"]) == ([], 0)


@pytest.mark.parametrize("path", ["/audit-logs", f"/audit-logs/{new_id()}", f"/audit-logs/entity/Loan/{new_id()}"])
def test_an_officer_may_not_see_the_trail(get, officer, path):
    assert get(path, officer, status=403)["success"] is False


def test_an_entry_is_shown_as_the_contract_says(get, trail, admin, officer):
    entry = get(f"/audit-logs/{trail[2].aggregate_id}", admin)["data"]
    assert entry["actor"]["email"] == officer.actor.email
    assert entry["actor"]["role"] == "CREDIT_OFFICER"
    assert entry["after"] == {"principalAmount": "50000.00", "status": "DRAFT"}
    assert entry["createdAt"] == "2026-03-11T12:02:00.000Z"


def test_an_entry_out_of_scope_looks_absent(get, trail, supervisor):
    beyond = get(f"/audit-logs/{trail[3].aggregate_id}", supervisor, status=404)
    absent = get(f"/audit-logs/{new_id()}", supervisor, status=404)
    assert beyond["message"] == absent["message"] == "Audit log not found"


def test_the_actor_is_shown_as_they_are_now(get, sessions, trail, admin, officer):
    with sessions.begin() as session:
        session.execute(
            update(directory_staff).where(directory_staff.c.id == officer.id).values(email="new@example.org")
        )
    assert get(f"/audit-logs/{trail[2].aggregate_id}", admin)["data"]["actor"]["email"] == "new@example.org"


def test_what_nobody_did_has_no_actor(get, sessions, admin):
    hear(sessions, audit_event("LOAN_COMPLETED"))
    answer = get("/audit-logs", admin)
    assert (answer["data"][0]["actor"], answer["pagination"]["total"]) == (None, 1)


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"entityName": "User"}, 1, id="entity name"),
        pytest.param({"entityName": "all", "action": "all"}, 4, id="all means no filter"),
        pytest.param({"action": "submit"}, 3, id="part of an action"),
        pytest.param({"action": "LOAN_STATUS_UPDATED"}, 3, id="an older name"),
        pytest.param({"action": "NOTHING"}, 0, id="no such action"),
        pytest.param({"search": "user"}, 1, id="search in kinds"),
        pytest.param({"search": "SUPERVISOR-"}, 1, id="search in addresses of actors"),
        pytest.param({"search": "%"}, 0, id="no wildcard"),
        pytest.param({"search": "_"}, 4, id="an underscore is itself"),
        pytest.param({"dateFrom": "2026-03-11", "dateTo": "2026-03-11"}, 4, id="today to today"),
        pytest.param({"dateTo": "2026-03-10"}, 0, id="until yesterday"),
        pytest.param({"dateFrom": "2026-03-12"}, 0, id="from tomorrow"),
        pytest.param({"dateFrom": "2026-03-11T12:01:00Z", "dateTo": "2026-03-11T12:02:00Z"}, 2, id="both ends count"),
        pytest.param({"action": "LOAN", "dateFrom": "2026-03-11T12:02:00.000Z"}, 2, id="together"),
    ],
)
def test_entries_are_found(get, admin, query, found):
    answer = get("/audit-logs", admin, **query)
    assert (len(answer["data"]), answer["pagination"]["total"]) == (found, found)


def test_the_day_of_a_filter_is_that_of_the_institution(get, sessions, admin):
    hear(sessions, audit_event(at=datetime(2026, 3, 10, 23, 30, tzinfo=UTC)))
    assert get("/audit-logs", admin, dateFrom="2026-03-11", dateTo="2026-03-11")["pagination"]["total"] == 1
    assert get("/audit-logs", admin, dateTo="2026-03-10")["pagination"]["total"] == 0


def test_a_thing_is_found_by_its_id_and_by_how_the_id_begins(get, sessions, admin):
    recorded = audit_event("UNION_MEMBER_CREATED", "UnionMember", source="membership")
    hear(sessions, recorded, audit_event(entity_id="ffffffff-0000-4000-8000-000000000000"))
    entity_id = recorded.data["entity_id"]
    for query in ({"entityId": entity_id}, {"search": entity_id}, {"search": entity_id[:23].upper()}):
        answer = get("/audit-logs", admin, **query)
        assert ([entry["entityId"] for entry in answer["data"]], answer["pagination"]["total"]) == ([entity_id], 1)
    assert [entry["id"] for entry in get(f"/audit-logs/entity/Customer/{entity_id}", admin)["data"]] == [
        str(recorded.aggregate_id)
    ]
    assert get(f"/audit-logs/entity/Loan/{entity_id}", admin)["data"] == []


@pytest.mark.usefixtures("trail")
def test_pages_follow_each_other(get, admin, officer, supervisor):
    answer = get("/audit-logs", admin, page="2", limit="1")
    assert actors(answer) == [str(officer.id)]
    assert answer["pagination"] == {"page": 2, "limit": 1, "total": 4, "totalPages": 4, "pages": 4}


@pytest.mark.parametrize("query", [{"dateFrom": "2026-02-30"}, {"search": "\x00"}, {"entityName": "x" * 101}])
def test_a_malformed_filter_is_refused(get, admin, query):
    answer = get("/audit-logs", admin, status=400, **query)
    assert answer["errors"][0]["field"] == next(iter(query))


def test_nobody_who_is_nobody_did_anything(get, trail, admin):
    assert get("/audit-logs", admin, actorUserId="7")["data"] == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_call_changes_the_trail(client, trail, admin, method):
    for path in ("/audit-logs", f"/audit-logs/{trail[0].aggregate_id}"):
        assert getattr(client, method)(path, headers=admin.headers, json={}).status_code == 405
