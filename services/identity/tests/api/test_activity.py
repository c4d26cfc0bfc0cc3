from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from services.identity.models import SignIn, User
from services.identity.queries.retention import remove_expired
from services.identity.tests.conftest import AT, PASSWORD, with_settings
from shared.clock import now
from shared.directory.tables import directory_union
from shared.ids import new_id


@pytest.fixture
def a_sign_in(work):
    """Makes a line of the history, by default of a success just now."""

    def make(who, *, at=None, failure=None):
        with work() as uow:
            row = {"id": new_id(), "user_id": who.id, "happened_at": at or now(), "failure": failure}
            uow.session.execute(insert(SignIn).values(ip_address="192.0.2.1", user_agent="Firefox", **row))
        return str(row["id"])

    return make


@pytest.fixture(autouse=True)
def without_those_of_the_fixtures(work, admin, supervisor, officer):
    with work() as uow:
        uow.session.query(SignIn).delete()


@pytest.fixture
def history(client):
    def ask(who, **query):
        answer = client.get("/user-activity/login-history", query_string=query, headers=who.headers)
        assert answer.status_code == 200, answer.json
        assert answer.json["data"]["records"] == answer.json["data"]["loginHistory"]
        assert answer.json["data"]["pagination"] == answer.json["pagination"]
        return [entry["id"] for entry in answer.json["data"]["records"]]

    return ask


def test_each_role_sees_the_history_of_its_scope(history, client, a_sign_in, admin, supervisor, officer, a_user):
    own, theirs, stranger = a_sign_in(supervisor), a_sign_in(officer), a_sign_in(a_user())
    assert history(admin) == [stranger, theirs, own]
    assert history(supervisor) == [theirs, own]
    assert history(supervisor, userId=str(uuid4())) == []
    assert client.get("/user-activity/login-history", headers=officer.headers).status_code == 403


def test_a_line_of_the_history_can_be_printed(client, a_sign_in, admin, officer):
    a_sign_in(officer, at=AT, failure="wrong password")
    [entry] = client.get("/user-activity/login-history", headers=admin.headers).json["data"]["records"]
    assert entry["timestamp"] == entry["loginAt"] == "2026-03-11T09:30:00.000Z"
    assert (entry["success"], entry["description"]) == (False, "Sign-in failed: wrong password")
    assert (entry["user"]["email"], entry["user"]["role"]) == (officer.actor.email, "CREDIT_OFFICER")


def test_the_history_is_filtered_by_kind_day_and_name(history, a_sign_in, admin, officer, supervisor, work):
    with work() as uow:
        uow.session.get(User, officer.id).last_name = "Nwosu"
    # The last minute of the 11th in Lagos is 22:59 UTC.
    late, next_day = AT.replace(hour=22, minute=59), AT.replace(hour=23, minute=1)
    failed, succeeded = a_sign_in(officer, at=late, failure="wrong password"), a_sign_in(supervisor, at=next_day)
    assert history(admin, activityType="failure") == [failed]
    assert history(admin, activityType="success") == [succeeded]
    assert history(admin, startDate="2026-03-11", endDate="2026-03-11") == [failed]
    assert history(admin, startDate="2026-03-12") == [succeeded]
    assert history(admin, search="ada NWO") == [failed]
    assert history(admin, search="%") == []
    assert history(admin, limit=1, page=2) == [failed]


@pytest.mark.parametrize("query", ["startDate=x", "endDate=2026-02-30", "search=%00"])
def test_a_filter_that_means_nothing_is_refused(client, admin, query):
    assert client.get(f"/user-activity/login-history?{query}", headers=admin.headers).status_code == 400


@pytest.mark.parametrize("query", ["activityType=x", "userId=x"])
def test_a_filter_that_nothing_has_finds_nothing(client, admin, query):
    answer = client.get(f"/user-activity/login-history?{query}", headers=admin.headers)
    assert (answer.status_code, answer.json["data"]["records"]) == (200, [])


def test_signing_in_and_failing_to_leaves_its_line(client, history, admin, officer):
    for password in (PASSWORD, "wrong horse"):
        client.post("/auth/login", json={"email": officer.actor.email, "password": password})
    assert len(history(admin, activityType="success")) == 1
    assert len(history(admin, activityType="failure")) == 1


def test_a_summary_counts_what_happened_in_its_period(client, a_sign_in, admin, officer):
    a_sign_in(officer, at=now() - timedelta(days=40))
    a_sign_in(officer, at=now() - timedelta(days=5), failure="wrong password")
    a_sign_in(officer, at=now() - timedelta(days=2))
    a_sign_in(officer)
    totals = {}
    for period in ("day", "week", "month", ""):
        answer = client.get(f"/user-activity/user/{officer.id}/summary?period={period}", headers=admin.headers)
        data = answer.json["data"]
        totals[period] = (data["totalLogins"], data["failedLogins"], data["successRate"])
    assert totals == {"day": (1, 0, 100), "week": (3, 1, 66.67), "month": (3, 1, 66.67), "": (3, 1, 66.67)}
    assert data["period"] == "month"
    assert data["lastLogin"]["ipAddress"] == "192.0.2.1"


def test_who_is_out_of_scope_looks_absent_in_summaries(client, supervisor, a_user):
    for user_id in (a_user().id, uuid4()):
        answer = client.get(f"/user-activity/user/{user_id}/summary", headers=supervisor.headers)
        assert (answer.status_code, answer.json["message"]) == (404, "User not found")


def test_who_never_signed_in_has_an_empty_summary(client, admin, officer):
    data = client.get(f"/user-activity/user/{officer.id}/summary", headers=admin.headers).json["data"]
    assert (data["totalLogins"], data["successRate"], data["lastLogin"]) == (0, 0, None)


def test_a_union_is_summed_up_by_those_in_charge_of_it(client, a_sign_in, work, admin, supervisor, officer, a_user):
    union = {
        "id": new_id(), "name": "Potters", "officer_id": officer.id, "is_deleted": False, "created_at": AT,
        "updated_at": AT, "version": 1,
    }  # fmt: skip
    foreign = union | {"id": new_id(), "officer_id": a_user().id}
    with work() as uow:
        uow.connection.execute(insert(directory_union).values([union, foreign]))
        uow.session.get(User, supervisor.id).last_activity_at = AT
    for who in (admin, supervisor, officer):
        a_sign_in(who)
    a_sign_in(officer, failure="wrong password")
    for who in (admin, supervisor):
        data = client.get(f"/user-activity/union/{union['id']}/summary", headers=who.headers).json["data"]
        assert (data["totalUsers"], data["activeUsers"], data["activityRate"]) == (2, 1, 50)
        assert (data["totalLogins"], data["failedLogins"], data["successRate"]) == (3, 1, 66.67)
    for union_id in (foreign["id"], uuid4()):
        answer = client.get(f"/user-activity/union/{union_id}/summary", headers=supervisor.headers)
        assert (answer.status_code, answer.json["message"]) == (404, "Union not found")


def test_all_staff_are_summed_up_for_admins_only(client, a_sign_in, admin, supervisor, officer, a_user):
    a_user(deleted_at=AT)
    a_sign_in(officer)
    data = client.get("/user-activity/system/summary?period=day", headers=admin.headers).json["data"]
    assert (data["totalUsers"], data["totalLogins"]) == (3, 1)
    assert client.get("/user-activity/system/summary", headers=supervisor.headers).status_code == 403


@pytest.mark.parametrize(("method", "path"), [("get", "/auth/me"), ("post", "/user-activity/update")])
def test_being_active_is_noted_at_most_once_a_minute(client, work, statements, officer, method, path):
    def last_activity():
        with work() as uow:
            return uow.session.scalars(select(User.last_activity_at).where(User.id == officer.id)).one()

    with work() as uow:
        uow.session.get(User, officer.id).last_activity_at = AT
    assert getattr(client, method)(path, headers=officer.headers).status_code == 200
    noted = last_activity()
    assert noted > AT
    statements.clear()
    getattr(client, method)(path, headers=officer.headers)
    assert last_activity() == noted
    assert not any(statement.startswith("UPDATE") for statement in statements)


def test_noting_activity_waits_for_nobody(client, work, officer):
    with work() as uow:
        uow.session.get(User, officer.id).last_activity_at = AT
    with work() as uow:
        uow.session.query(User).filter_by(id=officer.id).with_for_update().one()
        assert client.get("/auth/me", headers=officer.headers).status_code == 200


def test_the_history_is_forgotten_after_thirteen_months(work, a_sign_in, officer):
    a_sign_in(officer, at=AT)
    kept = a_sign_in(officer, at=AT + timedelta(days=2))
    with work() as uow:
        with_settings(uow, log_retention_days=396)
        remove_expired(uow.connection, at=AT + timedelta(days=397), sessions_kept=timedelta(days=180))
        assert [str(line.id) for line in uow.session.query(SignIn)] == [kept]
