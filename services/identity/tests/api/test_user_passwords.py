from dataclasses import replace

import pytest
from sqlalchemy import select

from services.identity.models import RecoveryRequest, User
from services.identity.tests.conftest import PASSWORD, notices

GOOD = "Another Horse 1"
BEN = {"email": "ben@example.org", "firstName": "Ben", "lastName": "Eze", "role": "CREDIT_OFFICER"}


@pytest.fixture
def mailed(sessions):
    """What notifications is to write to somebody about."""

    def ask(email):
        with sessions() as session:
            user_id = session.scalars(select(User.id).where(User.email == email)).one()
        return [event.type for event in notices(sessions) if event.data["user_id"] == str(user_id)]

    return ask


@pytest.fixture
def protect(app):
    """Protects the password of an account for one test."""
    parts = app.extensions["identity"]

    def set_protected(email):
        app.extensions["identity"] = replace(parts, protected=frozenset({email}))

    yield set_protected
    app.extensions["identity"] = parts


def log_in(client, email, password):
    return client.post("/auth/login", json={"email": email, "password": password}).status_code


@pytest.mark.parametrize("method", ["put", "post"])
def test_an_admin_gives_somebody_another_password(client, work, mailed, admin, officer, method):
    path, email = f"/users/{officer.id}/reset-password", officer.actor.email
    answer = getattr(client, method)(path, json={"newPassword": GOOD}, headers=admin.headers)
    assert (answer.status_code, answer.json["data"]) == (200, None)
    assert client.get("/auth/me", headers=officer.headers).status_code == 401
    assert (log_in(client, email, PASSWORD), log_in(client, email, GOOD)) == (401, 200)
    assert mailed(email) == ["identity.password.changed.v1"]
    with work() as uow:
        assert uow.session.get(User, officer.id).password_is_temporary


@pytest.mark.parametrize("password", ["Short1", "all lower 1", "ALL UPPER 1", "No Digit At All", "aA1" * 25, None])
def test_a_weak_password_is_refused(client, admin, officer, password):
    path = f"/users/{officer.id}/reset-password"
    answer = client.put(path, json={"newPassword": password}, headers=admin.headers)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "newPassword"


def test_a_password_in_the_form_is_a_new_one_and_its_owner_is_told(client, mailed, admin, officer):
    answer = client.put(f"/users/{officer.id}", json={"password": "another horse"}, headers=admin.headers)
    assert answer.status_code == 200
    assert mailed(officer.actor.email) == ["identity.password.changed.v1"]


def test_a_protected_password_stays(client, protect, admin, officer):
    protect(officer.actor.email)
    answers = [
        client.put(f"/users/{officer.id}/reset-password", json={"newPassword": GOOD}, headers=admin.headers),
        client.put(f"/users/{officer.id}", json={"password": GOOD}, headers=admin.headers),
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert log_in(client, officer.actor.email, PASSWORD) == 200


def test_who_acts_as_another_admin_changes_no_passwords(client, admin, officer, a_user):
    other = a_user(admin.actor.role)
    answer = client.post(f"/auth/impersonate/{other.id}", headers=admin.headers)
    headers = {"Authorization": f"Bearer {answer.json['data']['accessToken']}"}
    answers = [
        client.put(f"/users/{officer.id}/reset-password", json={"newPassword": GOOD}, headers=headers),
        client.put(f"/users/{officer.id}", json={"password": GOOD}, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_who_is_taken_in_is_welcomed_and_without_a_password_asked_to_choose_one(client, mailed, work, admin):
    for body in (BEN, BEN | {"email": "with@example.org", "password": PASSWORD}):
        assert client.post("/users", json=body, headers=admin.headers).status_code == 201
        assert mailed(body["email"]) == ["identity.account.opened.v1"]
    with work() as uow:
        assert uow.session.scalars(select(RecoveryRequest.email)).all() == ["ben@example.org"]
    assert log_in(client, "ben@example.org", "") == 400
    assert log_in(client, "ben@example.org", "anything at all") == 401
