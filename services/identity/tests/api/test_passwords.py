from functools import partial

import pytest
from sqlalchemy import select

from services.identity.tests.conftest import PASSWORD, mailed_links, secret_of, with_settings
from services.identity.worker import timers
from shared.context import Role
from shared.messaging.outbox import outbox

NEW = "Another-1"


@pytest.fixture
def answer_requests(sessions, settings):
    """Lets the worker do what is due."""
    return partial(timers(settings)[0].work, sessions)


@pytest.fixture
def token_mailed(sessions, settings, answer_requests):
    """The secret of the one link that was mailed."""

    def token():
        answer_requests()
        [link] = mailed_links(sessions, settings)
        return secret_of(link)

    return token


def change(client, who, **body):
    return client.put("/auth/change-password", json=body, headers=who.headers)


def set_own(client, who, **body):
    return client.put("/settings/password", json=body, headers=who.headers)


def login(client, email, password):
    return client.post("/auth/login", json={"email": email, "password": password}).status_code


def test_changing_the_password_ends_every_session(client, officer):
    answer = change(client, officer, currentPassword=PASSWORD, newPassword=NEW)
    assert (answer.status_code, answer.json["data"]) == (200, None)
    assert client.get("/auth/me", headers=officer.headers).status_code == 401
    assert login(client, officer.actor.email, PASSWORD) == 401
    assert login(client, officer.actor.email, NEW) == 200


def test_changing_it_in_the_settings_keeps_this_session(client, a_user, sign_in):
    user = a_user()
    here, other = sign_in(user), sign_in(user)
    # The web client no longer asks for the current one.
    assert set_own(client, here, newPassword=NEW, currentPassword="").status_code == 200
    assert client.get("/auth/me", headers=here.headers).status_code == 200
    assert client.get("/auth/me", headers=other.headers).status_code == 401


@pytest.mark.parametrize("put", [change, set_own])
def test_a_wrong_current_password_is_refused_and_soon_no_more_judged(client, officer, put):
    for _ in range(10):
        answer = put(client, officer, currentPassword="wrong horse", newPassword=NEW)
        assert (answer.status_code, answer.json["message"]) == (400, "Current password is incorrect")
    answer = put(client, officer, currentPassword=PASSWORD, newPassword=NEW)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "password", ["short1A", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere", "Password1", "x1A" + "x" * 70, "ÄÖÜ1a" * 16]
)
def test_a_weak_common_or_overlong_password_is_refused(client, officer, password):
    answer = set_own(client, officer, newPassword=password)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == ["newPassword"]
    assert password not in answer.text


def test_the_institution_says_how_long_a_password_is(client, officer, work):
    with work() as uow:
        with_settings(uow, password_min_length=12)
    assert set_own(client, officer, newPassword=NEW).status_code == 400
    assert set_own(client, officer, newPassword=NEW + "-longer").status_code == 200


def test_a_new_password_is_audited_and_nowhere_written(client, officer, sessions):
    set_own(client, officer, newPassword=NEW)
    with sessions() as session:
        published = " ".join(str(body) for body in session.scalars(select(outbox.c.body)))
    assert "PASSWORD_CHANGED" in published
    assert NEW not in published
    assert "$2b$" not in published


PATHS = ["/auth/forgot-password", "/auth/password-reset", "/auth/magic-link"]


@pytest.mark.parametrize("path", PATHS)
def test_whether_an_address_exists_is_never_told(client, a_user, path, statements):
    seen = []
    for email in (a_user().email, "nobody@example.org", a_user(is_active=False).email):
        statements.clear()
        answer = client.post(path, json={"email": email})
        body = {name: value for name, value in answer.json.items() if name != "requestId"}
        seen.append((answer.status_code, body, sorted(answer.headers.keys()), len(statements)))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == 200


@pytest.mark.parametrize("path", PATHS)
def test_the_sixth_request_in_an_hour_is_refused_for_known_and_unknown_alike(client, a_user, path):
    for email in (a_user().email, "nobody@example.org"):
        statuses = [client.post(path, json={"email": email}).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]


@pytest.mark.parametrize("path", ["/auth/reset-password", "/auth/password-reset/confirm"])
def test_a_forgotten_password_is_set_by_the_link_once(client, a_user, sign_in, token_mailed, path):
    user = a_user()
    before = sign_in(user)
    client.post("/auth/forgot-password", json={"email": user.email})
    body = {"email": user.email, "token": token_mailed(), "newPassword": "a fine new one"}
    assert client.post(path, json=body | {"email": "other@example.org"}).status_code == 400
    assert client.post(path, json=body | {"newPassword": "short"}).status_code == 400
    assert client.post(path, json=body).status_code == 200
    assert client.get("/auth/me", headers=before.headers).status_code == 401
    assert login(client, user.email, "a fine new one") == 200
    again = client.post(path, json=body)
    assert again.status_code == 400
    assert "invalid or has expired" in again.json["message"]


def test_the_second_name_of_the_operation_asks_for_no_address(client, a_user, token_mailed):
    client.post("/auth/password-reset", json={"email": a_user().email})
    body = {"token": token_mailed(), "newPassword": "a fine new one"}
    assert client.post("/auth/reset-password", json=body).status_code == 400
    assert client.post("/auth/password-reset/confirm", json=body).status_code == 200


def test_a_link_is_no_token_and_a_token_no_link(client, officer, a_user, token_mailed):
    user = a_user()
    client.post("/auth/magic-link", json={"email": user.email})
    link = token_mailed()
    assert client.get("/auth/me", headers={"Authorization": f"Bearer {link}"}).status_code == 401
    assert client.post("/auth/refresh", json={"refreshToken": link}).status_code == 401
    body = {"email": user.email, "token": link, "newPassword": "a fine new one"}
    assert client.post("/auth/reset-password", json=body).status_code == 400
    access = officer.headers["Authorization"].removeprefix("Bearer ")
    assert client.post("/auth/magic-link/verify", json={"token": access}).status_code in {400, 401}


def test_a_reset_opens_an_account_that_guesses_have_blocked(client, a_user, token_mailed):
    user = a_user(Role.SUPERVISOR)
    client.post("/auth/forgot-password", json={"email": user.email})
    token = token_mailed()
    assert [login(client, user.email, "wrong horse") for _ in range(11)] == [401] * 10 + [429]
    client.post("/auth/reset-password", json={"email": user.email, "token": token, "newPassword": "a fine new one"})
    assert login(client, user.email, "a fine new one") == 200
