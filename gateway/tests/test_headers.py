"""What a service sees of a request, and what a client sees of an answer."""

import re

import pytest

from gateway.tests.client import Client
from gateway.tests.services import Services
from shared.forwarding import signature_of
from shared.testing import INTERNAL_SECRET

PRETENDING = [
    "X-User-Id", "x-user-role", "X-USER-Anything", "X-Identity", "X-Identity-Signature", "X-Internal-Secret",
    "X-Forwarded-User", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "True-Client-IP",
    "X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL", "Proxy-Authorization",
    "X-Events", "Via", "TE", "Upgrade", "Keep-Alive",
]  # fmt: skip


def test_headers_that_speak_for_somebody_else_never_reach_a_service(officer: Client, services: Services) -> None:
    officer.request("GET", "/api/loans", headers=dict.fromkeys(PRETENDING, "evil"))
    assert "evil" not in str(services.seen[0].headers)


def test_a_header_sent_twice_does_not_slip_through(officer: Client, services: Services) -> None:
    token = officer.headers["Authorization"]
    lines = ["GET /api/loans HTTP/1.1", "Host: x", f"Authorization: {token}", "X-User-Id: evil", "X-User-Id: evil"]
    assert officer.raw_status(*lines) == 200
    assert "evil" not in str(services.seen[0].headers)


def test_a_header_with_an_underscore_is_refused(officer: Client, services: Services) -> None:
    assert officer.raw_status("GET /api/loans HTTP/1.1", "Host: x", "X_User_Id: evil") == 400
    assert not services.seen


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "Script-Name", "Path-Info"])
def test_a_header_does_not_move_a_request(officer: Client, services: Services, name: str) -> None:
    officer.raw_status("GET /api/loans HTTP/1.1", "Host: x", f"Authorization: {_token(officer)}", f"{name}: /api")
    assert [seen.target for seen in services.seen] in ([], ["/loans"])


def test_the_gateway_makes_ids_and_the_address_itself(officer: Client, services: Services) -> None:
    answer = officer.get("/api/loans", X_Request_Id="mine", X_Forwarded_For="6.6.6.6")
    seen = services.seen[0]
    assert re.fullmatch(r"[0-9a-f-]{36}", seen.header("X-Request-Id") or "")
    assert answer.header("X-Request-Id") == seen.header("X-Request-Id")
    assert seen.header("X-Forwarded-For") == "127.0.0.1"
    expected = signature_of("127.0.0.1", seen.header("X-Request-Id") or "", INTERNAL_SECRET)
    assert seen.header("X-Forwarded-Signature") == expected
    assert seen.header("Authorization") == officer.headers["Authorization"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("00-" + "a" * 32 + "-" + "b" * 16 + "-01", True),
        ("00-" + "0" * 32 + "-" + "b" * 16 + "-01", False),
        ("00-" + "A" * 32 + "-" + "b" * 16 + "-01", False),
        ("garbage", False),
    ],
)
def test_a_well_formed_trace_id_is_kept_with_a_span_of_ours(
    officer: Client, services: Services, sent: str, kept: bool
) -> None:
    officer.get("/api/loans", traceparent=sent)
    made = services.seen[0].header("traceparent") or ""
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", made)
    assert (made[:35] == sent[:35]) is kept
    assert made[36:52] != "b" * 16


def test_connection_removes_what_it_names_and_nothing_of_ours(officer: Client, services: Services) -> None:
    named = "X-Mine, Authorization, X-Request-Id, X-Forwarded-For, traceparent, Content-Length, Content-Type"
    lines = ["POST /api/loans HTTP/1.1", "Host: x", f"Authorization: {_token(officer)}", "X-Mine: 1", "X-Kept: 1"]
    lines += ["Content-Type: application/json", "Content-Length: 2", f"Connection: {named}"]
    officer.raw("\r\n".join([*lines, "", "{}"]).encode())
    seen = services.seen[0]
    assert seen.header("X-Mine") is None
    assert seen.header("X-Kept") == "1"
    assert seen.header("Authorization") == _token(officer)
    assert all(seen.header(name) for name in ("X-Request-Id", "X-Forwarded-For", "traceparent"))
    assert (seen.header("Content-Type"), seen.body) == ("application/json", b"{}")


def test_only_identity_sees_cookies(officer: Client, services: Services) -> None:
    for path in ("/api/loans", "/api/users"):
        officer.get(path, Cookie="refresh_token=secret")
    assert [seen.header("Cookie") for seen in services.seen] == [None, "refresh_token=secret"]


def test_ordinary_headers_pass(officer: Client, services: Services) -> None:
    officer.get("/api/loans", Accept="application/json", User_Agent="test", Idempotency_Key="k", If_None_Match='"x"')
    seen = services.seen[0]
    names = ("Accept", "User-Agent", "Idempotency-Key", "If-None-Match")
    assert [seen.header(name) for name in names] == ["application/json", "test", "k", '"x"']


def test_an_answer_loses_what_is_between_us_and_the_service(officer: Client, services: Services) -> None:
    private = {"Server": "x", "X-Powered-By": "x", "X-Events": "a.b=c", "Access-Control-Allow-Origin": "*", "Via": "x"}
    services.react("/loans", headers={**private, "X-Frame-Options": "x", "ETag": '"1"', "Set-Cookie": "a=b"})
    answer = officer.get("/api/loans")
    assert [answer.header(name) for name in private] == [None] * 5
    assert answer.header("X-Frame-Options") == "DENY"
    assert (answer.header("ETag"), answer.header("Set-Cookie")) == ('"1"', "a=b")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/loans", 200), ("/api/nothing", 404), ("/api/users/304", 304), ("/api/loans//x", 400)],
)
def test_every_answer_carries_the_security_headers(officer: Client, services: Services, path: str, status: int) -> None:
    services.react("/users/304", status=304)
    answer = officer.get(path)
    assert answer.status == status
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'"
    assert answer.header("Referrer-Policy") == "no-referrer"
    assert answer.header("Cache-Control") == ("private, no-cache" if status == 200 else "no-store")
    assert answer.header("Strict-Transport-Security") is None
    assert answer.header("Server") is None


def test_a_service_may_say_how_long_its_answer_keeps(officer: Client, services: Services) -> None:
    services.react("/loans", headers={"Cache-Control": "private, max-age=60"})
    assert officer.get("/api/loans").header("Cache-Control") == "private, max-age=60"


def _token(client: Client) -> str:
    return client.headers["Authorization"]
