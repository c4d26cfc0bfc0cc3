"""Responses are compressed, only where it pays and leaks nothing."""

import gzip
from collections.abc import Callable

import brotli
import orjson
import pytest

from gateway.responses.compression import compress
from gateway.responses.response import Response
from gateway.tests.client import Client
from gateway.tests.services import Services

LIST = {"success": True, "message": "Loans.", "data": [{"loanNumber": f"LN{number:08d}"} for number in range(200)]}


@pytest.fixture
def officer(officer: Client, services: Services) -> Client:
    services.react("/loans", body=LIST)
    services.react("/auth/me", body=LIST)
    services.react("/loans/short", body={"success": True})
    return officer


@pytest.mark.parametrize(
    ("accepted", "coding", "unfold"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
    ],
)
def test_a_list_is_compressed_as_the_client_can_read_it(
    officer: Client, accepted: str, coding: str, unfold: Callable[[bytes], bytes]
) -> None:
    answer = officer.get("/api/loans", Accept_Encoding=accepted)
    assert (answer.header("Content-Encoding"), answer.header("Content-Length")) == (coding, str(len(answer.body)))
    assert orjson.loads(unfold(answer.body)) == LIST
    assert len(answer.body) < len(orjson.dumps(LIST)) / 3


@pytest.mark.parametrize(
    ("path", "accepted"),
    [("/api/loans", ""), ("/api/loans", "identity"), ("/api/loans", "br;q=0"), ("/api/loans/short", "br, gzip")],
)
def test_what_nobody_asked_for_or_what_is_short_stays(officer: Client, path: str, accepted: str) -> None:
    answer = officer.get(path, Accept_Encoding=accepted)
    assert answer.header("Content-Encoding") is None
    assert answer.json["success"] is True
    assert "Accept-Encoding" in answer.values("Vary")


def test_answers_of_sign_in_are_never_compressed(officer: Client) -> None:
    assert officer.get("/api/auth/me", Accept_Encoding="br").header("Content-Encoding") is None


def test_a_long_answer_is_compressed_while_it_is_sent() -> None:
    pieces = [orjson.dumps(LIST)] * 50
    answer = Response(200, [("Content-Type", "text/csv; charset=utf-8")], (piece for piece in pieces))
    compress(answer, {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "br"}, "/api/unions/export/csv")
    assert not isinstance(answer.body, bytes)
    assert brotli.decompress(b"".join(answer.body)) == b"".join(pieces)
    assert "Content-Length" not in dict(answer.headers)
