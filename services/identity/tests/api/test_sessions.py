from uuid import uuid4

import pytest

from services.identity.tests.conftest import TOKENS, with_settings
from shared.context import Role


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def twice(a_user, sign_in):
    """Somebody who is signed in twice."""
    user = a_user()
    return sign_in(user), sign_in(user)


def test_one_sees_ones_own_sessions_and_no_token_of_them(client, twice, officer):
    here, other = twice
    answer = client.get("/auth/sessions", headers=here.headers)
    sessions = answer.json["data"]
    assert [(session["id"], session["isCurrent"]) for session in sessions] == [
        (str(other.actor.session_id), False), (str(here.actor.session_id), True),
    ]  # fmt: skip
    claims = TOKENS.claims_of(here.headers["Authorization"].removeprefix("Bearer "), "access")
    assert sessions[1]["jwtId"] == claims["jwtId"][:8]
    assert claims["jwtId"] not in answer.text


def test_one_ends_a_session_of_ones_own_and_the_next_request_there_is_refused(client, twice):
    here, other = twice
    answer = client.delete(f"/auth/sessions/{other.actor.session_id}", headers=here.headers)
    assert (answer.status_code, set(answer.json["data"])) == (200, {"message"})
    assert "identity.session.revoked.v1=" in answer.headers["X-Events"]
    assert client.get("/auth/me", headers=other.headers).status_code == 401
    assert client.get("/auth/me", headers=here.headers).status_code == 200


def test_a_session_of_somebody_else_looks_absent(client, twice, officer):
    answers = [
        client.delete(f"/auth/sessions/{session_id}", headers=twice[0].headers)
        for session_id in (officer.actor.session_id, uuid4())
    ]
    assert {(answer.status_code, answer.json["message"]) for answer in answers} == {(404, "Session not found")}
    assert client.get("/auth/me", headers=officer.headers).status_code == 200


def test_an_admin_ends_the_session_on_a_lost_phone(client, twice, admin):
    kept, lost = twice
    path = f"/users/{kept.id}/sessions"
    listed = client.get(path, headers=admin.headers).json["data"]
    assert {(each["id"], each["isCurrent"]) for each in listed} == {
        (str(held.actor.session_id), False) for held in twice
    }
    answer = client.delete(f"{path}/{lost.actor.session_id}", headers=admin.headers)
    assert "identity.session.revoked.v1=" in answer.headers["X-Events"]
    assert client.get("/auth/me", headers=lost.headers).status_code == 401
    assert client.get("/auth/me", headers=kept.headers).status_code == 200


def test_nobody_else_sees_or_ends_sessions_of_staff(client, twice, officer, admin):
    path, session_id = f"/users/{twice[0].id}/sessions", twice[0].actor.session_id
    for answer in (
        client.get(path, headers=officer.headers),
        client.delete(f"{path}/{session_id}", headers=officer.headers),
    ):
        assert answer.status_code == 403
    # Nor does an admin find it under the name of another one.
    assert client.delete(f"/users/{officer.id}/sessions/{session_id}", headers=admin.headers).status_code == 404
    assert client.get(f"/users/{uuid4()}/sessions", headers=admin.headers).status_code == 404


def test_one_ends_all_other_sessions(client, twice):
    here, other = twice
    answer = client.post("/auth/sessions/revoke-others", headers=here.headers)
    assert answer.json["data"]["count"] == 1
    assert client.get("/auth/me", headers=other.headers).status_code == 401
    assert client.get("/auth/me", headers=here.headers).status_code == 200


def test_ending_all_other_sessions_under_a_key_is_done_once(client, a_user, sign_in):
    user = a_user()
    headers = sign_in(user).headers | {"Idempotency-Key": "once"}
    first = client.post("/auth/sessions/revoke-others", headers=headers)
    newer = sign_in(user)
    again = client.post("/auth/sessions/revoke-others", headers=headers)
    assert (again.json, again.headers["Idempotent-Replay"]) == (first.json, "true")
    assert client.get("/auth/me", headers=newer.headers).status_code == 200


def test_an_admin_acts_as_an_officer_until_the_admin_signs_out(client, admin, officer, statements):
    answer = client.post(f"/auth/impersonate/{officer.id}", headers=admin.headers)
    data = answer.json["data"]
    assert officer.actor.email in answer.json["message"]
    assert data["impersonatedBy"] == {"id": str(admin.id), "email": admin.actor.email}
    acting = bearer(data["accessToken"])
    assert TOKENS.claims_of(data["accessToken"], "access")["imp"] == str(admin.id)
    statements.clear()
    me = client.get("/auth/me", headers=acting).json["data"]
    assert len(statements) == 1
    assert (me["id"], me["impersonatedBy"]["email"]) == (str(officer.id), admin.actor.email)
    assert "Max-Age" not in answer.headers.getlist("Set-Cookie")[0]
    assert client.post(f"/auth/impersonate/{officer.id}", headers=acting).status_code == 403
    body = {"newPassword": "Another-1"}
    assert client.put("/settings/password", json=body, headers=acting).status_code == 403
    body["currentPassword"] = "correct horse"
    assert client.put("/auth/change-password", json=body, headers=acting).status_code == 403
    client.post("/auth/logout", headers=admin.headers)
    assert client.get("/auth/me", headers=acting).status_code == 401
    assert client.get("/auth/me", headers=officer.headers).status_code == 200


def test_an_admin_who_acts_as_an_admin_still_changes_no_password(client, admin, a_user, sign_in):
    other = sign_in(a_user(Role.ADMIN))
    data = client.post(f"/auth/impersonate/{other.id}", headers=admin.headers).json["data"]
    acting, officer = bearer(data["accessToken"]), a_user()
    body = {"newPassword": "Another-1"}
    assert client.put(f"/users/{officer.id}/reset-password", json=body, headers=acting).status_code == 403
    assert client.put(f"/users/{officer.id}", json={"password": "Another-1"}, headers=acting).status_code == 403
    assert client.post(f"/auth/impersonate/{officer.id}", headers=acting).status_code == 403


def test_nobody_but_an_admin_acts_as_somebody_else(client, supervisor, officer, admin, a_user):
    assert client.post(f"/auth/impersonate/{officer.id}", headers=supervisor.headers).status_code == 403
    assert client.post(f"/auth/impersonate/{uuid4()}", headers=admin.headers).status_code == 404
    assert client.post(f"/auth/impersonate/{a_user(is_active=False).id}", headers=admin.headers).status_code == 409


def test_a_password_chosen_by_somebody_else_is_changed_before_anything_else(client, work, a_user):
    user = a_user(Role.ADMIN, password_is_temporary=True)
    with work() as uow:
        with_settings(uow, require_password_change=True)
    body = {"email": user.email, "password": "correct horse"}
    data = client.post("/auth/login", json=body).json["data"]
    assert data["passwordChangeRequired"] is True
    confined = bearer(data["accessToken"])
    refused = client.get("/users", headers=confined)
    assert (refused.status_code, refused.json["code"]) == (403, "password-change-required")
    me = client.get("/auth/me", headers=confined)
    assert (me.status_code, me.json["data"]["passwordChangeRequired"]) == (200, True)
    fresh = client.post("/auth/refresh", json={"refreshToken": data["refreshToken"]}).json["data"]["accessToken"]
    assert client.get("/users", headers=bearer(fresh)).status_code == 403
    assert client.put("/settings/password", json={"newPassword": "Another-1"}, headers=confined).status_code == 200
    # What that session may do was said in its tokens, so it ends.
    assert client.get("/auth/me", headers=confined).status_code == 401
    data = client.post("/auth/login", json=body | {"password": "Another-1"}).json["data"]
    assert "passwordChangeRequired" not in data
    assert client.get("/users", headers=bearer(data["accessToken"])).status_code == 200
