import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest

from services.identity.app import create_app
from services.identity.credentials.passwords import PasswordHashes
from services.identity.domain.token import access_claims
from services.identity.models import User
from services.identity.tests.conftest import AT, PASSWORD, TOKENS, begin, refresh_token
from shared.clock import now
from shared.context import Role
from shared.testing import forwarded_for

ADMIN_PASSWORD = "S3cret!pass"


@pytest.fixture
def login(client):
    def post(email, password=PASSWORD, **headers):
        return client.post("/auth/login", json={"email": email, "password": password}, headers=headers)

    return post


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def cookies(answer):
    return {header.partition("=")[0]: header for header in answer.headers.getlist("Set-Cookie")}


def test_signing_in_answers_who_one_is_and_two_tokens(login, a_user):
    user = a_user()
    answer = login(f"  {user.email.upper()} ")
    assert (answer.status_code, answer.json["message"]) == (200, "Login successful")
    data = answer.json["data"]
    assert data["user"] | {"firstName": "Ada", "lastName": "Obi", "role": "CREDIT_OFFICER"} == data["user"]
    assert data["expiresIn"] == 7 * 86400
    payload = json.loads(base64.b64decode(data["accessToken"].split(".")[1] + "=="))
    assert payload["sub"] == payload["userId"] == str(user.id)
    assert "identity.session.started.v1=" in answer.headers["X-Events"]


def test_the_cookies_are_out_of_reach_of_scripts_and_other_sites(login, a_user):
    set_cookies = cookies(login(a_user().email))
    access, refresh = set_cookies["access_token"], set_cookies["refresh_token"]
    assert "HttpOnly" in access
    assert "Path=/;" in access
    assert "SameSite=Lax" in access
    assert "Max-Age=604800" in access
    assert "HttpOnly" in refresh
    assert "Path=/api/auth;" in refresh
    assert "SameSite=Strict" in refresh


def test_unknown_wrong_and_inactive_with_a_wrong_password_look_alike(login, a_user):
    answers = [
        login("nobody@example.org"),
        login(a_user().email, "wrong"),
        login(a_user(is_active=False).email, "wrong"),
        login(a_user(deleted_at=AT).email),
        login(a_user().email, "x" * 73),
    ]
    seen = {(answer.status_code, answer.json["message"], answer.json["code"]) for answer in answers}
    assert seen == {(401, "Invalid credentials", "invalid-credentials")}
    assert not any("Set-Cookie" in answer.headers or "X-Events" in answer.headers for answer in answers)


def test_an_inactive_account_learns_so_once_its_password_proved_right(login, a_user):
    answer = login(a_user(is_active=False).email)
    assert answer.status_code == 403
    assert "Account is inactive" in answer.json["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "ada@example.org"},
        {"email": "not an address", "password": PASSWORD},
        {"email": "ada@example.org\u0000", "password": PASSWORD},
        {"email": None, "password": PASSWORD},
        {"email": ["ada@example.org"], "password": PASSWORD},
        {"email": "ada@example.org", "password": ""},
        {"email": "ada@example.org", "password": 12345678},
        {"email": "ada@example.org", "password": "x" * 5000},
    ],
)
def test_a_malformed_sign_in_is_refused_with_the_field_at_fault(client, body):
    answer = client.post("/auth/login", json=body)
    assert answer.status_code == 400
    assert answer.json["message"] == "Validation failed"
    assert {error["field"] for error in answer.json["errors"]} <= {"email", "password"}


def test_me_is_one_statement_and_knows_the_supervisor(client, officer, supervisor, statements):
    answer = client.get("/auth/me", headers=officer.headers)
    assert answer.json["data"]["supervisor"]["id"] == str(supervisor.id)
    assert len(statements) == 1


def test_who_is_signed_out_is_refused_at_the_next_request(client, officer):
    assert client.post("/auth/logout", headers=officer.headers).status_code == 200
    assert client.get("/auth/me", headers=officer.headers).status_code == 401


def test_signing_out_clears_the_cookies_and_may_be_repeated(client, officer):
    first, second = (client.post("/auth/logout", headers=officer.headers) for _ in range(2))
    assert "identity.session.revoked.v1=" in first.headers["X-Events"]
    assert (second.status_code, second.json["data"]) == (200, None)
    assert "X-Events" not in second.headers
    assert all("Max-Age=0" in header for header in cookies(second).values())


def test_a_browser_that_signs_out_by_cookie_forgets_what_it_kept(client, officer):
    assert "Clear-Site-Data" not in client.post("/auth/logout", headers=officer.headers).headers
    client.set_cookie("access_token", officer.headers["Authorization"].removeprefix("Bearer "))
    assert client.post("/auth/logout", headers=officer.headers).headers["Clear-Site-Data"] == '"cache"'


def test_signing_out_with_an_expired_token_is_fine_and_with_a_forged_one_is_not(client, work, a_user):
    user = a_user()
    with work() as uow:
        _, grant = begin(uow, user, at=now() - timedelta(days=8))
    expired = TOKENS.sign(access_claims(grant))
    assert client.get("/auth/me", headers=bearer(expired)).status_code == 401
    assert client.post("/auth/logout", headers=bearer(expired)).status_code == 200
    for headers in ({}, bearer(expired + "x"), bearer(refresh_token(grant)), {"Authorization": "Bearer"}):
        assert client.post("/auth/logout", headers=headers).status_code == 401


@pytest.mark.parametrize("change", [{"role": Role.SUPERVISOR}, {"is_active": False}, {"deleted_at": AT}], ids=str)
def test_authority_is_judged_by_the_state_of_now(client, work, officer, change):
    with work() as uow:
        for name, value in change.items():
            setattr(uow.session.get(User, officer.id), name, value)
    assert client.get("/auth/me", headers=officer.headers).status_code == 401


@pytest.fixture
def grant(work, a_user):
    """What somebody who has just signed in holds."""
    user = a_user()
    with work() as uow:
        return begin(uow, user, at=now())[1]


def refresh(client, token):
    return client.post("/auth/refresh", json={"refreshToken": token})


def test_a_refresh_answers_a_new_pair_of_the_same_session(client, grant):
    answer = refresh(client, refresh_token(grant))
    data = answer.json["data"]
    assert client.get("/auth/me", headers=bearer(data["accessToken"])).status_code == 200
    assert TOKENS.claims_of(data["refreshToken"], "refresh")["sid"] == str(grant.session_id)
    assert set(cookies(answer)) == {"access_token", "refresh_token"}


def test_a_lost_answer_is_given_again_to_the_letter(client, grant):
    first, second = (refresh(client, refresh_token(grant)) for _ in range(2))
    assert first.json["data"] == second.json["data"]


def test_a_spent_token_ends_the_session_everywhere(client, grant):
    second = refresh(client, refresh_token(grant)).json["data"]
    third = refresh(client, second["refreshToken"]).json["data"]
    reuse = refresh(client, refresh_token(grant))
    assert (reuse.status_code, reuse.json["code"]) == (401, "refresh-token-reused")
    assert "identity.session.revoked.v1=" in reuse.headers["X-Events"]
    assert refresh(client, third["refreshToken"]).status_code == 401
    assert client.get("/auth/me", headers=bearer(third["accessToken"])).status_code == 401


def test_the_cookie_refreshes_too(client, login, a_user):
    login(a_user().email)
    stored = client.get_cookie("refresh_token", path="/api/auth")
    # Without the gateway there is no `/api` in front.
    client.set_cookie("refresh_token", stored.value, path="/auth")
    assert client.post("/auth/refresh").status_code == 200


@pytest.mark.parametrize("body", [{}, {"refreshToken": None}, {"refreshToken": ""}])
def test_a_refresh_without_a_token_is_malformed(client, body):
    answer = client.post("/auth/refresh", json=body)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "refreshToken"


def test_an_access_token_does_not_refresh(client, officer):
    token = officer.headers["Authorization"].removeprefix("Bearer ")
    assert refresh(client, token).status_code == 401
    assert refresh(client, "garbage").status_code == 401


def register(client, headers=None, **changes):
    body = {"email": "first@example.org", "password": ADMIN_PASSWORD, "confirmPassword": ADMIN_PASSWORD} | changes
    return client.post("/auth/register", json=body, headers=headers)


def test_the_first_admin_registers_and_signs_in(client, login):
    answer = register(client)
    assert answer.status_code == 201
    assert answer.json["data"]["user"] | {"email": "first@example.org", "role": "ADMIN"} == answer.json["data"]["user"]
    assert login("first@example.org", ADMIN_PASSWORD).status_code == 200
    second = register(client, email="second@example.org")
    assert second.status_code == 409
    assert "Admin registration is not allowed" in second.json["message"]


def test_an_admin_registers_another_and_nobody_else_does(client, admin, officer):
    assert register(client, officer.headers).status_code == 403
    assert register(client, {"Authorization": "Bearer null"}).status_code == 401
    assert register(client, admin.headers).status_code == 201
    assert register(client, admin.headers).status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "short", "confirmPassword": "short"}, "password"),
        ({"password": "nouppercase1!", "confirmPassword": "nouppercase1!"}, "password"),
        ({"confirmPassword": "Different1!"}, "confirmPassword"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_a_faulty_registration_is_refused_with_the_field_at_fault(client, changes, field):
    answer = register(client, **changes)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_who_does_not_want_to_be_remembered_gets_cookies_that_go_with_the_browser(client, a_user):
    body = {"email": a_user().email, "password": PASSWORD, "rememberMe": False}
    answer = client.post("/auth/login", json=body)
    assert answer.json["data"]["expiresIn"] == 12 * 3600
    assert not any("Max-Age" in header or "Expires" in header for header in cookies(answer).values())
    again = refresh(client, answer.json["data"]["refreshToken"])
    assert not any("Max-Age" in header for header in cookies(again).values())
    assert "Max-Age" in cookies(client.post("/auth/login", json=body | {"rememberMe": True}))["access_token"]


def test_guessing_is_answered_429_with_the_time_to_wait_for_that_client_only(login, a_user):
    user = a_user()
    here = forwarded_for("41.58.1.2")
    answers = [login(user.email, "wrong", **here) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {401}
    refused = login(user.email, **here)
    assert (refused.status_code, refused.json["code"]) == (429, "too-many-attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert login(user.email, **forwarded_for("41.58.1.3")).status_code == 200


@pytest.mark.parametrize(
    "forged", ["alone", "with a signature of another address", "with a signature of another request"]
)
def test_who_asks_past_the_gateway_is_where_the_connection_comes_from(login, client, a_user, admin, forged):
    user = a_user()

    def headers(number):
        address = f"41.58.1.{number}"
        return {
            "alone": {"X-Forwarded-For": address},
            "with a signature of another address": forwarded_for("41.58.9.9") | {"X-Forwarded-For": address},
            "with a signature of another request": forwarded_for(address) | {"X-Request-Id": "another-request"},
        }[forged]

    answers = [login(user.email, "wrong", **headers(number)) for number in range(11)]
    # All of these are one client, and no other address stands in the history.
    assert answers[-1].status_code == 429
    history = client.get("/user-activity/login-history", headers=admin.headers).json["data"]["records"]
    assert {entry["ipAddress"] for entry in history if entry["userId"] == str(user.id)} == {"127.0.0.1"}


def test_twenty_strangers_at_once_make_one_admin_and_are_slowed_down(app, sessions):
    def try_to_register(number):
        return register(app.test_client(), email=f"stranger{number}@example.org").status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(try_to_register, range(40)))
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409, 429}
    assert 429 in statuses


def test_this_answers(client):
    assert client.get("/auth/test").json["data"].keys() == {"message", "timestamp"}


def test_refusals_take_equally_long_whoever_is_guessed_at(settings, a_user, work):
    """Medians of the CPU time of whole requests; a cheap old hash among them."""
    client = create_app(replace(settings, bcrypt_cost=8)).test_client()
    old = PasswordHashes(cost=5, at_once=1, places=1).make(PASSWORD)
    kinds = {
        "unknown": lambda number: f"nobody{number}@example.org",
        "wrong": lambda _: a_user().email,
        "inactive": lambda _: a_user(is_active=False).email,
        "old": lambda _: a_user(password_hash=old).email,
    }
    taken = {kind: [] for kind in kinds}
    for number in range(15):
        for kind, make in kinds.items():
            body, headers = {"email": make(number), "password": "wrong"}, forwarded_for(f"10.0.0.{number}")
            started = time.process_time()
            assert client.post("/auth/login", json=body, headers=headers).status_code == 401
            taken[kind].append(time.process_time() - started)
    medians = {kind: median(seconds) for kind, seconds in taken.items()}
    assert max(medians.values()) == pytest.approx(min(medians.values()), rel=0.15), medians
