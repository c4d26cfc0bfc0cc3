"""Services that are slow, away, restarted or broken: one clear answer, and nothing done twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.responses.response import Response
from gateway.tests.client import Client
from gateway.tests.process import Gateway
from gateway.tests.services import Services
from gateway.upstreams.client import HELD_BYTES, REPETITIONS, Upstream, UpstreamDown, UpstreamSlow
from gateway.upstreams.connection import MAX_HEAD_BYTES
from shared.context import Role
from shared.testing import SigningKey, an_actor

# What the web client takes for a broken database.
ALARMING = ["reach database", "Connection terminated", "Connection timeout", "ECONNREFUSED", "ETIMEDOUT", "ENOTFOUND"]


@pytest.fixture
def lending(services: Services) -> Iterator[Upstream]:
    upstream = Upstream("lending", services.environment["LENDING_URL"])
    yield upstream
    upstream.close()


def _ask(upstream: Upstream, path: str = "/loans", **options: Any) -> Response:
    return upstream.send(options.pop("method", "GET"), path, **options)


def test_a_connection_is_used_again(lending: Upstream, services: Services) -> None:
    for _ in range(3):
        _ask(lending)
    assert len({seen.connection for seen in services.seen}) == 1


def test_a_connection_that_was_closed_meanwhile_is_replaced(lending: Upstream, services: Services) -> None:
    _ask(lending)
    services.hang_up()
    assert _ask(lending, method="POST").status == 200
    assert len({seen.connection for seen in services.seen}) == 2


@pytest.mark.parametrize(
    ("method", "repeatable", "asked"), [("GET", True, 3), ("POST", True, 3), ("POST", False, 2), ("PUT", False, 2)]
)
def test_only_what_may_be_done_twice_is_asked_again(
    lending: Upstream, services: Services, method: str, repeatable: bool, asked: int
) -> None:
    _ask(lending)
    services.react("/loans", hang_ups=1, body={})
    if repeatable:
        assert _ask(lending, method=method, repeatable=True, body=b"{}").status == 200
    else:
        with pytest.raises(UpstreamDown):
            _ask(lending, method=method, body=b"{}")
    assert len(services.seen) == asked


def test_a_service_that_hangs_up_again_and_again_is_given_up(lending: Upstream, services: Services) -> None:
    services.react("/loans", hang_ups=10)
    with pytest.raises(UpstreamDown):
        _ask(lending, repeatable=True)
    assert len(services.seen) == 1 + REPETITIONS


@pytest.mark.parametrize(
    "raw", [b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"]
)
def test_half_an_answer_is_not_asked_for_again(lending: Upstream, services: Services, raw: bytes) -> None:
    _ask(lending, "/other")
    services.react("/loans", raw=raw)
    with pytest.raises(UpstreamDown):
        _ask(lending, repeatable=True)
    assert len(services.seen_at("/loans")) == 1


_OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        _OK + b"nocolon\r\n\r\n",
        _OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        _OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        _OK + b"Content-Length: 0\r\n\r\n" + _OK + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n",
        _OK + b"X-Long: " + b"x" * (MAX_HEAD_BYTES + 100_000),
    ],
)
def test_what_is_not_http_is_a_service_that_is_away(lending: Upstream, services: Services, raw: bytes) -> None:
    services.react("/loans", raw=raw)
    with pytest.raises(UpstreamDown):
        _ask(lending)


@pytest.mark.parametrize("raw", [CHUNKED[:-30], _OK + b"Content-Length: %d\r\n\r\n{}" % (HELD_BYTES + 1)])
def test_half_a_document_is_none(lending: Upstream, services: Services, raw: bytes) -> None:
    services.react("/openapi.json", raw=raw)
    with pytest.raises(UpstreamDown):
        lending.get_json("/openapi.json")


def test_a_slow_service_is_given_up(lending: Upstream, services: Services) -> None:
    services.react("/loans", delay_seconds=0.5)
    with pytest.raises(UpstreamSlow):
        _ask(lending, read_seconds=0.1)


def test_an_early_refusal_of_a_long_body_is_heard(lending: Upstream, services: Services) -> None:
    # Whatever the stand-in reads, what it answers must get through.
    services.react("/loans", status=413, body={"success": False})
    headers = [("Content-Length", str(5_000_000))]
    assert _ask(lending, method="POST", headers=headers, body=b"x" * 5_000_000).status == 413


def test_a_line_break_never_gets_into_a_request(lending: Upstream) -> None:
    with pytest.raises(ValueError, match="line break"):
        _ask(lending, headers=[("X-Name", "a\r\nX-Role: ADMIN")])


def test_an_interim_answer_is_passed_over(lending: Upstream, services: Services) -> None:
    services.react("/loans", raw=b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    answer = _ask(lending)
    assert (answer.status, answer.headers, answer.body) == (204, [], b"")


@pytest.mark.parametrize("raw", [CHUNKED, b"HTTP/1.1 200 OK\r\n\r\nhello world", b"HTTP/1.0 200 OK\r\n\r\nhello world"])
def test_a_body_of_unknown_length_is_passed_on(officer: Client, services: Services, raw: bytes) -> None:
    services.react("/loans", raw=raw)
    answer = officer.get("/api/loans")
    assert (answer.status, answer.body) == (200, b"hello world")


def test_a_long_answer_is_passed_on_whole_and_its_connection_kept(officer: Client, services: Services) -> None:
    services.react("/loans", body=b"0123456789" * 300_000)
    for _ in range(2):
        answer = officer.get("/api/loans")
        assert len(answer.body) == 3_000_000
    assert len({seen.connection for seen in services.seen_at("/loans")}) == 1


def test_the_answer_to_head_has_no_body(officer: Client, services: Services) -> None:
    services.react("/loans", body=b"0123456789" * 300_000)
    answer = officer.request("HEAD", "/api/loans")
    assert (answer.status, answer.header("Content-Length"), answer.body) == (200, "3000000", b"")
    assert officer.get("/api/users").status == 200


def test_a_connection_on_which_head_was_asked_carries_the_next_request(lending: Upstream, services: Services) -> None:
    services.react("/loans", body={"success": True})
    for method in ("HEAD", "GET", "HEAD"):
        assert _ask(lending, method=method).status == 200
    assert len({seen.connection for seen in services.seen}) == 1


def test_a_write_is_repeated_only_with_a_key(officer: Client, services: Services) -> None:
    officer.post("/api/loans", Idempotency_Key="k")
    services.react("/loans", hang_ups=1, body={})
    assert officer.post("/api/loans", Idempotency_Key="k").status == 200
    services.react("/loans", hang_ups=1, body={})
    answer = officer.post("/api/loans")
    assert (answer.status, answer.json["code"], answer.header("Retry-After")) == (503, "upstream-down", "2")
    assert len(services.seen) == 4


def test_what_is_no_command_is_not_repeated_even_with_a_key(officer: Client, services: Services) -> None:
    officer.request("PUT", "/api/loans", headers={"Idempotency-Key": "k"})
    services.react("/loans", hang_ups=1, body={})
    assert officer.request("PUT", "/api/loans", headers={"Idempotency-Key": "k"}).status == 503
    assert len(services.seen) == 2


@pytest.mark.parametrize(("status", "connections"), [(413, 2), (200, 1)])
def test_a_connection_on_which_a_body_was_refused_carries_no_other_request(
    lending: Upstream, services: Services, status: int, connections: int
) -> None:
    services.react("/loans", status=status, body={})
    _ask(lending, method="POST", body=b"{}")
    _ask(lending, method="POST", body=b"{}")
    assert len({seen.connection for seen in services.seen}) == connections


def test_trouble_behind_the_gateway_is_told_in_the_envelope(
    lonely_gateway: Gateway, services: Services, signing_key: SigningKey
) -> None:
    officer = lonely_gateway.client.signed_in(signing_key.token(an_actor(Role.CREDIT_OFFICER)))
    services.react("/loans", delay_seconds=1)
    for path, status, code in (
        ("/api/loans", 504, "upstream-slow"),
        ("/api/audit-logs", 503, "upstream-down"),
    ):
        answer = officer.get(path)
        assert (answer.status, answer.json["success"], answer.json["code"]) == (status, False, code)
        assert answer.json["message"]
        assert not any(words in answer.json["message"] for words in ALARMING)


@pytest.mark.parametrize("reaction", [{"hang_ups": 2}, {"status": 503, "body": {}}])
def test_who_am_i_is_asked_until_identity_is_back(
    officer: Client, services: Services, reaction: dict[str, Any]
) -> None:
    services.react("/auth/me", **reaction)
    if "status" in reaction:
        services.react("/auth/me", **reaction, before=lambda: services.react("/auth/me", body={"success": True}))
    assert officer.get("/api/auth/me").status == 200


def test_a_failure_that_is_no_json_gets_the_envelope(officer: Client, services: Services) -> None:
    services.react("/loans", status=500, body=b"<html>", headers={"Content-Type": "text/html"})
    answer = officer.get("/api/loans")
    assert (answer.status, answer.json["code"]) == (500, "upstream-failure")
    assert answer.json["message"]


def test_a_failure_in_json_passes_as_it_is(officer: Client, services: Services) -> None:
    services.react("/loans", status=409, body={"success": False, "message": "No.", "code": "no"})
    assert officer.get("/api/loans").json["code"] == "no"
