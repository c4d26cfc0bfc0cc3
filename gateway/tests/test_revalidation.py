"""What is read again and has not changed is not sent again, and nothing is kept that must not be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.responses.response import Response
from gateway.responses.revalidation import revalidate
from gateway.tests.client import Client
from gateway.tests.services import Services
from shared.context import Role
from shared.testing import SigningKey, an_actor

LIST = {"success": True, "message": "Loans.", "data": [{"loanNumber": f"LN{number:08d}"} for number in range(200)]}


@pytest.mark.parametrize("coding", ["", "br", "gzip"])
def test_what_has_not_changed_is_not_sent_again(officer: Client, services: Services, coding: str) -> None:
    services.react("/loans", body=LIST)
    first = officer.get("/api/loans", Accept_Encoding=coding)
    tag = first.header("ETag") or ""
    assert (first.status, first.header("Cache-Control"), tag[:3]) == (200, "private, no-cache", 'W/"')
    again = officer.get("/api/loans", If_None_Match=tag, Accept_Encoding=coding)
    assert (again.status, again.body, again.header("ETag")) == (304, b"", tag)
    assert (again.header("Cache-Control"), again.header("Content-Length")) == ("private, no-cache", None)
    assert "Accept-Encoding" in again.values("Vary")
    services.react("/loans", body=LIST | {"message": "Other loans."})
    changed = officer.get("/api/loans", If_None_Match=tag, Accept_Encoding=coding)
    assert changed.status == 200
    assert changed.header("ETag") not in (tag, None)


def test_the_answer_to_another_person_is_another_one(
    officer: Client, client: Client, services: Services, signing_key: SigningKey
) -> None:
    supervisor = client.signed_in(signing_key.token(an_actor(Role.SUPERVISOR)))
    services.react("/loans", body=LIST)
    tag = officer.get("/api/loans").header("ETag") or ""
    services.react("/loans", body={"success": True, "message": "Loans.", "data": []})
    assert supervisor.get("/api/loans", If_None_Match=tag).json["data"] == []
    services.react("/loans", body=LIST)
    assert client.get("/api/loans", If_None_Match=tag).status == 401


@pytest.mark.parametrize(
    ("method", "path", "reaction"),
    [
        ("GET", "/auth/me", {}),
        ("GET", "/auth/sessions", {}),
        ("POST", "/loans", {}),
        ("GET", "/loans", {"status": 404}),
        ("GET", "/loans", {"status": 201}),
        ("GET", "/loans", {"headers": {"Content-Type": "text/csv"}}),
        ("GET", "/loans", {"headers": {"Cache-Control": "no-store"}}),
    ],
)
def test_what_must_not_be_kept_has_no_tag(
    officer: Client, services: Services, method: str, path: str, reaction: dict[str, Any]
) -> None:
    services.react(path, **{"body": LIST} | reaction)
    answer = officer.request(method, f"/api{path}", headers={"If-None-Match": "*"})
    assert (answer.header("ETag"), answer.header("Cache-Control")) == (None, "no-store")
    assert answer.status == reaction.get("status", 200)


@given(
    st.binary(max_size=50),
    st.lists(st.sampled_from(['"a"', 'W/"b"', "*", "", "rubbish"]), max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_only_the_very_answer_is_taken_as_known(body: bytes, others: list[str], has_it: bool, is_strong: bool) -> None:
    def ask(sent: str) -> Response:
        answer = Response(200, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body)
        revalidate(answer, {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": sent}, "/api/loans")
        return answer

    tag = ask("").header("etag")
    sent = [*others, tag.removeprefix("W/") if is_strong else tag] if has_it else others
    answer = ask(", ".join(sent))
    assert (answer.status, answer.body) == ((304, b"") if has_it else (200, body))
    assert answer.header("etag") == tag
