"""A cookie alone changes nothing: the browser sends it along whoever's page asked for the request."""

import pytest

from gateway.routes import PUBLIC_PATHS, ROUTES
from gateway.tests.client import Client
from gateway.tests.process import ORIGIN
from gateway.tests.services import Services
from shared.context import Role
from shared.testing import SigningKey, an_actor

UNSAFE = ["POST", "PUT", "PATCH", "DELETE"]
FOREIGN = ["https://evil.example", "null", "https://app.example.org.evil", "http://app.example.org", "", "http://["]


@pytest.fixture
def cookie(signing_key: SigningKey) -> str:
    return f"access_token={signing_key.token(an_actor(Role.ADMIN))}"


def send(client: Client, method: str, path: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, path, headers={"Content-Type": "application/json", **named}, body=b"{}").status


@pytest.mark.parametrize("prefix", [prefix for prefix in ROUTES if not prefix.startswith("uploads/")])
def test_no_unsafe_method_of_any_route_takes_a_cookie_for_enough(
    client: Client, services: Services, cookie: str, prefix: str
) -> None:
    path = f"/api/{prefix.rstrip('/')}/1"
    for method in UNSAFE:
        assert send(client, method, path, Cookie=cookie) == 403
        assert send(client, method, path, Cookie=cookie, Origin="https://evil.example") == 403
    assert not services.seen


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_is_refused(client: Client, services: Services, cookie: str, origin: str) -> None:
    answer = client.request("POST", "/api/loans", headers={"Cookie": cookie, "Origin": origin}, body=b"{}")
    assert (answer.status, answer.json["code"]) == (403, "foreign-page")
    assert not services.seen


def test_a_page_we_know_passes(client: Client, cookie: str) -> None:
    assert send(client, "POST", "/api/loans", Cookie=cookie, Origin=ORIGIN) == 200
    assert send(client, "POST", "/api/loans", Cookie=cookie, Origin=f"http://127.0.0.1:{client.port}") == 200
    assert send(client, "POST", "/api/loans", Cookie=cookie, X_Requested_With="XMLHttpRequest") == 200


def test_a_token_in_the_header_is_enough(client: Client, cookie: str, signing_key: SigningKey) -> None:
    bearer = f"Bearer {signing_key.token(an_actor(Role.ADMIN))}"
    foreign = {"Cookie": cookie, "Origin": "https://evil.example"}
    assert send(client, "POST", "/api/loans", Authorization=bearer, **foreign) == 200
    # Words that stand for no token: the cookie is all there is.
    for empty in ("Bearer null", "Bearer undefined", "Bearer "):
        assert send(client, "POST", "/api/loans", Authorization=empty, **foreign) == 403


def test_reading_is_not_changing(client: Client, cookie: str) -> None:
    assert client.request("GET", "/api/loans", headers={"Cookie": cookie}).status == 200


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/refresh", "/auth/register"])
def test_what_judges_tokens_by_itself_needs_more_than_a_cookie_too(client: Client, cookie: str, path: str) -> None:
    for held in (cookie, "refresh_token=x"):
        assert send(client, "POST", f"/api{path}", Cookie=held) == 403
        assert send(client, "POST", f"/api{path}", Cookie=held, Origin=ORIGIN) == 200
    assert send(client, "POST", f"/api{path}") == 200


@pytest.mark.parametrize("path", sorted(PUBLIC_PATHS - {"/auth/logout", "/auth/refresh", "/auth/register"}))
def test_what_needs_no_sign_in_takes_an_old_cookie_for_nothing(client: Client, cookie: str, path: str) -> None:
    assert send(client, "POST", f"/api{path}", Cookie=cookie) == 200
