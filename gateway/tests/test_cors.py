"""Only listed pages may read our responses, and a preflight reveals nothing else."""

import pytest

from gateway.tests.client import Client, Received
from gateway.tests.process import ORIGIN
from gateway.tests.services import Services

STRANGERS = [
    "https://app.example.org.evil", "http://app.example.org", "https://app.example.org:8443", "null", "*",
    "https://evil.example", "HTTPS://APP.EXAMPLE.ORG",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/api/loans", "/api/nothing", "/health", "/api/auth/login"])
def test_a_listed_page_may_read_every_answer(officer: Client, path: str) -> None:
    answer = officer.get(path, Origin=ORIGIN)
    assert answer.header("Access-Control-Allow-Origin") == ORIGIN
    assert answer.header("Access-Control-Allow-Credentials") == "true"
    assert "Origin" in answer.values("Vary")
    assert "X-Followers-Behind" in (answer.header("Access-Control-Expose-Headers") or "")


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_stranger_gets_no_permission(officer: Client, origin: str) -> None:
    for answer in (officer.get("/api/loans", Origin=origin), _preflight(officer, "/api/loans", origin)):
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


def test_without_an_origin_a_request_passes(officer: Client) -> None:
    answer = officer.get("/api/loans")
    assert (answer.status, answer.header("Access-Control-Allow-Origin")) == (200, None)


def test_a_preflight_allows_what_the_web_client_sends(officer: Client, services: Services) -> None:
    answer = _preflight(officer, "/api/loans", ORIGIN)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("Access-Control-Allow-Methods") == "GET, POST, PUT, PATCH, DELETE, OPTIONS"
    allowed = answer.header("Access-Control-Allow-Headers") or ""
    assert {"Content-Type", "Authorization", "X-Requested-With", "Idempotency-Key"} <= set(allowed.split(", "))
    assert not services.seen


def test_a_preflight_does_not_tell_which_routes_exist(officer: Client) -> None:
    answers = [_preflight(officer, path, ORIGIN) for path in ("/api/loans", "/api/nothing", "/api/internal/x")]
    assert len({str([header for header in answer.headers if header[0] != "X-Request-Id"]) for answer in answers}) == 1


def test_options_never_reaches_a_service(officer: Client, services: Services) -> None:
    assert officer.request("OPTIONS", "/api/loans").status == 204
    assert not services.seen


def _preflight(client: Client, path: str, origin: str) -> Received:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return client.request("OPTIONS", path, headers=headers)
