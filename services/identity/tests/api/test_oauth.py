from dataclasses import replace
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from sqlalchemy import select, text

from services.identity.app import create_app
from services.identity.models import ExternalSignIn, StaffSession
from services.identity.tests.conftest import AT
from services.identity.tests.stand_ins.openid import CLIENT_ID, CLIENT_SECRET, Person, Stranger, make_stranger
from services.identity.tests.stand_ins.server import served

PROVIDERS = ["google", "github"]


@pytest.fixture(scope="module")
def provider():
    stranger = Stranger()
    with served(make_stranger(stranger)) as url:
        stranger.url = url
        yield stranger


@pytest.fixture(scope="module")
def oauth_app(settings, provider):
    return create_app(
        replace(
            settings,
            google_client_id=CLIENT_ID,
            google_client_secret=CLIENT_SECRET,
            google_issuer=provider.url,
            github_client_id=CLIENT_ID,
            github_client_secret=CLIENT_SECRET,
            github_url=provider.url,
            github_api_url=provider.url,
            frontend_url="https://app.example.org",
            public_url="https://api.example.org",
        )
    )


@pytest.fixture
def browser(oauth_app, sessions):
    return oauth_app.test_client()


@pytest.fixture
def user(a_user, provider):
    """An officer who sits at the browser."""
    user = a_user()
    provider.as_new(Person(user.email))
    return user


def begin(browser, name):
    """Goes to the provider; the address it was sent to."""
    answer = browser.get(f"/auth/oauth/{name}/start")
    assert answer.status_code == 302
    cookie = browser.get_cookie("oauth_browser", path="/api/auth/oauth")
    # Without the gateway there is no `/api` in front.
    browser.set_cookie("oauth_browser", cookie.value, path="/auth/oauth")
    return answer.headers["Location"]


def at_provider(address):
    """Signs in there, over real HTTP; the query the browser comes back with."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = urlsplit(connection.getresponse().getheader("Location"))
    connection.close()
    assert back.netloc == "api.example.org"
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def come_back(browser, name, query):
    return browser.get(f"/auth/oauth/{name}/callback?{urlencode(query)}")


def journey(browser, name):
    return come_back(browser, name, at_provider(begin(browser, name)))


def is_refused(answer):
    return answer.status_code == 401 and "access_token" not in str(answer.headers)


def test_what_is_switched_on_is_listed_and_the_rest_looks_absent(client, browser, user):
    providers = [{"name": name, "enabled": True} for name in PROVIDERS]
    assert browser.get("/auth/oauth/providers").json["data"] == providers
    assert client.get("/auth/oauth/providers").json["data"] == [one | {"enabled": False} for one in providers]
    for name in (*PROVIDERS, "facebook", "../google"):
        for step in ("start", "callback"):
            assert client.get(f"/auth/oauth/{name}/{step}").status_code == 404


@pytest.mark.parametrize("name", PROVIDERS)
def test_staff_sign_in_with_a_verified_address_and_go_on_to_the_web_client(browser, user, name, sessions):
    answer = journey(browser, name)
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://app.example.org")
    token = browser.get_cookie("access_token").value
    me = browser.get("/auth/me", headers={"Authorization": f"Bearer {token}"}).json["data"]
    assert me["id"] == str(user.id)
    with sessions() as session:
        assert session.scalars(select(StaffSession.user_id)).all() == [user.id]
        assert session.scalars(select(ExternalSignIn)).all() == []


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    ("facts", "status"), [({"is_active": False}, 403), ({"deleted_at": AT}, 401)], ids=["inactive", "deleted"]
)
def test_only_active_staff_sign_in(browser, a_user, provider, name, facts, status):
    provider.as_new(Person(a_user(**facts).email))
    assert journey(browser, name).status_code == status


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_account_is_made_and_none_is_linked_by_an_unverified_address(browser, user, provider, name, sessions):
    provider.as_new(Person("stranger@example.org"))
    assert is_refused(journey(browser, name))
    provider.as_new(Person(user.email, is_verified=False))
    assert is_refused(journey(browser, name))
    with sessions() as session:
        assert session.scalars(select(StaffSession)).all() == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_state_serves_once(browser, user, name):
    query = at_provider(begin(browser, name))
    assert come_back(browser, name, query).status_code == 303
    assert is_refused(come_back(browser, name, query))


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_code_serves_once_even_with_another_state(browser, user, name):
    query = at_provider(begin(browser, name))
    assert come_back(browser, name, query).status_code == 303
    another = parse_qs(urlsplit(begin(browser, name)).query)["state"][0]
    assert is_refused(come_back(browser, name, query | {"state": another}))


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_sign_in_begun_in_one_browser_is_worth_nothing_in_another(browser, oauth_app, user, name):
    query = at_provider(begin(browser, name))
    other = oauth_app.test_client()
    assert is_refused(come_back(other, name, query))
    # Nor here, after somebody has tried it elsewhere.
    assert is_refused(come_back(browser, name, query))


def test_a_state_of_one_provider_is_worth_nothing_at_another(browser, user):
    query = at_provider(begin(browser, "google"))
    assert is_refused(come_back(browser, "github", query))


@pytest.mark.parametrize("name", PROVIDERS)
def test_who_takes_too_long_begins_anew(browser, user, name, sessions):
    query = at_provider(begin(browser, name))
    with sessions.begin() as session:
        session.execute(text("UPDATE external_sign_in SET expires_at = expires_at - interval '10 minutes'"))
    assert is_refused(come_back(browser, name, query))


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("change", [{"state": "guess"}, {"state": ""}, {"code": "guess"}, {"code": ""}], ids=str)
def test_a_callback_that_fits_nothing_is_refused(browser, user, name, change):
    query = at_provider(begin(browser, name))
    assert is_refused(come_back(browser, name, query | change))


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_answer_that_says_it_comes_from_somebody_else_is_refused(browser, user, provider, name):
    provider.issuer_named = "https://evil.example"
    assert is_refused(journey(browser, name))


def test_an_answer_that_says_where_it_comes_from_is_accepted(browser, user, provider):
    provider.issuer_named = provider.url
    assert journey(browser, "google").status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["loans-at-potters", "another-client"], "azp": "another-client"},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": 1_700_000_000},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
    ],
    ids=str,
)
def test_an_id_token_with_a_flaw_is_refused(browser, user, provider, claims):
    provider.claims = claims
    assert is_refused(journey(browser, "google"))


def test_an_id_token_signed_by_somebody_else_is_refused(browser, user, provider):
    provider.forger = generate_private_key(65537, 2048)
    assert is_refused(journey(browser, "google"))


def test_a_key_the_provider_has_begun_to_use_since_is_fetched(browser, user, provider):
    assert journey(browser, "google").status_code == 303
    provider.key = generate_private_key(65537, 2048)
    assert journey(browser, "google").status_code == 303


def test_what_goes_to_the_provider_and_into_the_browser(browser, user, sessions):
    address = begin(browser, "google")
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert query["redirect_uri"] == "https://api.example.org/api/auth/oauth/google/callback"
    assert query["code_challenge_method"] == "S256"
    with sessions() as session:
        [kept] = session.scalars(select(ExternalSignIn)).all()
    assert query["nonce"] == kept.nonce
    assert query["state"] not in vars(kept).values()
    assert kept.code_verifier not in address
    header = browser.get("/auth/oauth/google/start").headers["Set-Cookie"]
    assert all(part in header for part in ("HttpOnly", "SameSite=Lax", "Path=/api/auth/oauth", "Max-Age=600"))


def test_a_provider_that_does_not_answer_is_a_passing_failure(settings, sessions):
    url = "http://127.0.0.1:9"
    google = replace(settings, google_client_id="a", google_client_secret="b", google_issuer=url)
    answer = create_app(google).test_client().get("/auth/oauth/google/start")
    assert (answer.status_code, answer.json["code"]) == (503, "provider-away")
