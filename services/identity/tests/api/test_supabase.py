from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from sqlalchemy import select

from services.identity.app import create_app
from services.identity.models import OneTimeLink, User
from services.identity.tests.conftest import PASSWORD, PASSWORD_HASH, notices
from services.identity.tests.stand_ins.gotrue import API_KEY, GoTrue, make_gotrue
from services.identity.tests.stand_ins.server import served
from services.identity.worker import timers

THEIRS = "Kept-by-Supabase-1"


@pytest.fixture(scope="module")
def project():
    project = GoTrue()
    with served(make_gotrue(project)) as url:
        project.url = url
        yield project


@pytest.fixture(scope="module")
def delegated(settings, project):
    """Our settings where Supabase keeps the passwords."""
    return replace(settings, provider="supabase", supabase_url=project.url, supabase_api_key=API_KEY)


@pytest.fixture(scope="module")
def supabase_app(delegated):
    return create_app(delegated)


@pytest.fixture
def client(supabase_app, sessions):
    return supabase_app.test_client()


@pytest.fixture
def user(a_user, project):
    """An officer whom Supabase knows too."""
    user = a_user()
    project.as_new(**{user.email: THEIRS})
    return user


@pytest.fixture
def mailed(project, delegated, sessions):
    """The secret of the one link that Supabase has mailed, once our worker has asked it to."""

    def token():
        timers(delegated)[0].work(sessions)
        [(_, _, token_hash)] = project.mailed
        return token_hash

    return token


def login(client, email, password=THEIRS):
    return client.post("/auth/login", json={"email": email, "password": password})


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json['data']['accessToken']}"}


def test_who_supabase_vouches_for_gets_a_session_of_ours(client, user, project):
    answer = login(client, user.email.upper())
    assert answer.status_code == 200
    me = client.get("/auth/me", headers=bearer(answer)).json["data"]
    assert me["id"] == str(user.id)
    theirs = list(project.tokens)[-1]
    assert theirs not in answer.text
    assert client.get("/auth/me", headers={"Authorization": f"Bearer {theirs}"}).status_code == 401


def test_our_own_hash_opens_nothing(client, user):
    assert login(client, user.email, PASSWORD).status_code == 401


def test_guessing_is_slowed_here_too(client, user):
    assert [login(client, user.email, "wrong").status_code for _ in range(11)] == [401] * 10 + [429]


@pytest.mark.parametrize(("facts", "status"), [({"is_active": False}, 403), (None, 401)], ids=["inactive", "no staff"])
def test_only_active_staff_sign_in(client, a_user, project, facts, status):
    email = "stranger@example.org" if facts is None else a_user(**facts).email
    project.as_new(**{email: THEIRS})
    assert login(client, email).status_code == status


def test_an_address_that_was_never_confirmed_signs_nobody_in(client, user, project):
    project.unconfirmed = {user.email}
    assert login(client, user.email).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://evil.example/auth/v1"}, {"aud": "somebody"}, {"exp": 1_700_000_000}, {"exp": None}],
    ids=str,
)
def test_a_token_with_a_flaw_signs_nobody_in(client, user, project, claims):
    project.claims = claims
    assert login(client, user.email).status_code == 503


def test_a_token_signed_by_somebody_else_signs_nobody_in(client, user, project):
    project.forger = generate_private_key(SECP256R1())
    assert login(client, user.email).status_code == 503


def test_a_magic_link_is_mailed_by_supabase_and_opens_a_session_of_ours_once(client, user, mailed, sessions):
    assert client.post("/auth/magic-link", json={"email": user.email}).status_code == 200
    token = mailed()
    answer = client.post("/auth/magic-link/verify", json={"token": token})
    assert client.get("/auth/me", headers=bearer(answer)).status_code == 200
    assert client.post("/auth/magic-link/verify", json={"token": token}).status_code == 401
    with sessions() as session:
        assert session.scalars(select(OneTimeLink)).all() == []


def test_a_forgotten_password_is_set_at_supabase(client, user, mailed, project, sessions):
    before = login(client, user.email)
    client.post("/auth/forgot-password", json={"email": user.email})
    body = {"email": user.email, "token": mailed(), "newPassword": "a fine new one"}
    assert client.post("/auth/reset-password", json=body).status_code == 200
    assert project.passwords[user.email] == "a fine new one"
    assert client.get("/auth/me", headers=bearer(before)).status_code == 401
    assert client.post("/auth/reset-password", json=body).status_code == 400
    with sessions() as session:
        assert session.get(User, user.id).password_hash == PASSWORD_HASH
    assert [event.type for event in notices(sessions)] == ["identity.password.changed.v1"]


def test_nobody_but_staff_is_mailed_by_supabase(client, project, delegated, sessions):
    project.as_new(**{"stranger@example.org": THEIRS})
    assert client.post("/auth/forgot-password", json={"email": "stranger@example.org"}).status_code == 200
    timers(delegated)[0].work(sessions)
    assert project.mailed == []


def test_a_password_is_changed_by_who_knows_it(client, user, project):
    headers = bearer(login(client, user.email))
    new = {"newPassword": "Another-1"}
    assert client.put("/settings/password", json=new, headers=headers).status_code == 400
    wrong = new | {"currentPassword": "wrong"}
    assert client.put("/settings/password", json=wrong, headers=headers).status_code == 400
    same = {"currentPassword": THEIRS, "newPassword": THEIRS}
    assert client.put("/settings/password", json=same, headers=headers).json["code"] == "password-refused-by-supabase"
    right = new | {"currentPassword": THEIRS}
    assert client.put("/settings/password", json=right, headers=headers).status_code == 200
    assert project.passwords[user.email] == "Another-1"
    assert client.get("/auth/me", headers=headers).status_code == 200


def test_supabase_away_is_a_passing_failure_and_no_guess(settings, sessions, a_user):
    user = a_user()
    away = replace(settings, provider="supabase", supabase_url="http://127.0.0.1:9", supabase_api_key=API_KEY)
    client = create_app(away).test_client()
    answers = [login(client, user.email) for _ in range(11)]
    assert {answer.status_code for answer in answers} == {503}
    assert all("Retry-After" in answer.headers for answer in answers)
