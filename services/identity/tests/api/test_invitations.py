"""Staff who choose their password themselves, and who is written down where somebody else did."""

from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from services.identity.settings import Settings
from services.identity.tests.conftest import Work, everything_kept, mailed_links, notices, secret_of, with_settings
from services.identity.usecases.institution import found_institution
from services.identity.worker import timers
from shared.context import Role
from shared.db import Sessions
from shared.messaging.events import Envelope
from shared.messaging.outbox import outbox
from shared.testing import SignedIn, check_contract

NEW = {"email": "chidi@example.org", "firstName": "Chidi", "lastName": "Eze", "role": "CREDIT_OFFICER"}
SHARED_PASSWORD = "Known-To-Both-7"


@pytest.fixture
def own_passwords_only(work: Work) -> None:
    with work() as uow:
        with_settings(uow, passwords_by_creator=False)


def last_of_account(sessions: Sessions) -> dict[str, Any]:
    """The data of the last event of an account."""
    with sessions() as session:
        bodies = session.scalars(select(outbox.c.body).order_by(outbox.c.seq)).all()
    envelopes = [Envelope.from_json(body) for body in bodies]
    last = [envelope for envelope in envelopes if envelope.type.startswith("identity.user.")][-1]
    check_contract(last)
    return last.data


def take_in(client: FlaskClient, by: SignedIn, **facts: Any) -> Any:
    return client.post("/users", headers=by.headers, json=NEW | facts)


def test_a_password_somebody_else_knows_is_taken_only_where_the_institution_wants_it(
    client: FlaskClient, admin: SignedIn, officer: SignedIn, own_passwords_only: None
) -> None:
    rows = {"users": [NEW | {"password": SHARED_PASSWORD}]}
    register = {"email": "b@example.org", "password": SHARED_PASSWORD + "@", "confirmPassword": SHARED_PASSWORD + "@"}
    answers = [
        take_in(client, admin, password=SHARED_PASSWORD),
        client.put(f"/users/{officer.id}", headers=admin.headers, json={"password": SHARED_PASSWORD}),
        client.put(f"/users/{officer.id}/reset-password", headers=admin.headers, json={"newPassword": SHARED_PASSWORD}),
        client.post("/auth/register", headers=admin.headers, json=register),
    ]
    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(400, "own-password-only")}
    report = client.post("/users/import", headers=admin.headers, json=rows).json["data"]
    assert (report["created"], report["rows"][0]["verdict"]) == (0, "failed")
    assert "choose their password themselves" in report["rows"][0]["error"]
    own = client.put(f"/users/{admin.id}", headers=admin.headers, json={"password": SHARED_PASSWORD})
    assert own.status_code == 200


def test_new_staff_choose_their_password_by_a_link_that_serves_once_and_can_be_sent_again(
    client: FlaskClient, supervisor: SignedIn, sessions: Sessions, settings: Settings, own_passwords_only: None
) -> None:
    user_id = take_in(client, supervisor).json["data"]["id"]
    answer_requests = partial(timers(settings)[0].work, sessions)
    answer_requests()
    [first] = mailed_links(sessions, settings)
    assert secret_of(first) not in everything_kept(sessions)
    with sessions.begin() as session:
        [lives] = session.scalars(text("SELECT expires_at - created_at FROM one_time_link"))
        session.execute(text("UPDATE one_time_link SET created_at = created_at - interval '61 seconds'"))
    assert lives.days == 3
    assert client.post(f"/users/{user_id}/invitation", headers=supervisor.headers).status_code == 200
    answer_requests()
    second = mailed_links(sessions, settings)[-1]
    choose = {"email": NEW["email"], "newPassword": "Chosen-Alone-7"}
    reset = partial(client.post, "/auth/reset-password")
    assert reset(json=choose | {"token": secret_of(first)}).status_code == 400
    assert reset(json=choose | {"token": secret_of(second)}).status_code == 200
    assert reset(json=choose | {"token": secret_of(second)}).status_code == 400
    signed_in = client.post("/auth/login", json={"email": NEW["email"], "password": "Chosen-Alone-7"}).json["data"]
    assert "passwordChangeRequired" not in signed_in
    again = client.post(f"/users/{user_id}/invitation", headers=supervisor.headers)
    assert (again.status_code, again.json["code"]) == (409, "has-password")


def test_an_invitation_is_for_ones_own_officers_only(client: FlaskClient, supervisor: SignedIn, a_user: Any) -> None:
    assert client.post(f"/users/{a_user().id}/invitation", headers=supervisor.headers).status_code == 404


def test_who_made_an_account_and_who_set_its_password_is_told(
    client: FlaskClient, admin: SignedIn, supervisor: SignedIn, sessions: Sessions
) -> None:
    user_id = take_in(client, supervisor, password=SHARED_PASSWORD).json["data"]["id"]
    account = last_of_account(sessions)
    assert account["created_by"] == account["password_set_by"] == str(supervisor.id)
    assert account["password_set_at"]
    client.put(f"/users/{user_id}/reset-password", headers=admin.headers, json={"newPassword": SHARED_PASSWORD + "8"})
    account = last_of_account(sessions)
    assert (account["created_by"], account["password_set_by"]) == (str(supervisor.id), str(admin.id))
    invited = take_in(client, supervisor, email="ada@example.org").json["data"]["id"]
    assert last_of_account(sessions)["password_set_by"] is None
    # Links go to the address, so who chooses that comes by the password.
    client.put(f"/users/{invited}", headers=admin.headers, json={"email": "mine@example.org"})
    assert last_of_account(sessions)["password_set_by"] == str(admin.id)


def test_a_new_installation_begins_with_what_keeps_one_person_from_doing_all_alone(
    work: Work, client: FlaskClient, a_user: Any, sign_in: Any, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM company_setting"))
    with work() as uow:
        assert found_institution(uow, is_production=True)
        assert not found_institution(uow, is_production=True)
        [event] = [event for event in uow.published if event.type == "identity.settings.updated.v1"]
    check_contract(event)
    shown = client.get("/settings/general", headers=sign_in(a_user(Role.ADMIN)).headers).json["data"]
    names = ("passwordsByCreator", "separationDays", "fourEyes", "fourEyesAmount", "idleTimeout")
    assert [shown[name] for name in names] == [False, 90, True, "0.00", 8]
    assert [event.data["settings"][name] for name in names] == [False, 90, True, "0.00", 8]


def test_one_that_is_developed_on_or_was_at_work_before_stays_open(client: FlaskClient, admin: SignedIn) -> None:
    shown = client.get("/settings/general", headers=admin.headers).json["data"]
    assert (shown["passwordsByCreator"], shown["separationDays"], shown["fourEyes"]) == (True, 0, False)


def test_a_change_of_what_keeps_one_from_doing_all_alone_is_published(
    client: FlaskClient, admin: SignedIn, sessions: Sessions
) -> None:
    answer = client.put("/settings/general", headers=admin.headers, json={"fourEyes": True, "fourEyesAmount": "100000"})
    assert answer.json["data"]["fourEyesAmount"] == "100000.00"
    with sessions() as session:
        events = [Envelope.from_json(body) for body in session.scalars(select(outbox.c.body))]
    [changed] = notices(sessions, "security.changed")
    check_contract(changed)
    assert changed.actor_id == admin.id
    assert changed.data["changed_settings"] == ["four_eyes", "four_eyes_amount"]
    assert "SECURITY_SETTINGS_UPDATED" in [event.data["action"] for event in events if ".audit." in event.type]
