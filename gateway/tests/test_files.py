"""Documents whose id does not show their owner, signed links, and the files everybody may see."""

import pytest

from gateway.tests.client import Client
from gateway.tests.process import ORIGIN, Gateway
from gateway.tests.services import Services

ABSENT = {"success": False, "message": "Document not found", "code": "document-not-found"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/documents/serve/7", b""),
        ("HEAD", "/documents/serve/7", b""),
        ("PUT", "/documents/7/verify", b'{"type": "unionMember", "verified": true}'),
        ("DELETE", "/documents/7?type=unionMember", b""),
    ],
)
def test_what_lending_does_not_know_membership_may(
    officer: Client, services: Services, method: str, path: str, body: bytes
) -> None:
    asked = path.partition("?")[0]
    assert officer.request(method, f"/api{path}", body=body).status == 200
    assert [seen.service for seen in services.seen_at(asked)] == ["lending"]

    services.forget()
    services.react(asked, status=404, body=ABSENT)
    answer = officer.request(method, f"/api{path}", body=body)
    seen = services.seen_at(asked)
    assert [one.service for one in seen] == ["lending", "membership"]
    assert [(one.method, one.target, one.body) for one in seen] == [(method, path, body)] * 2
    assert answer.status == 404
    assert method == "HEAD" or answer.json == ABSENT


@pytest.mark.parametrize(("status", "asked"), [(421, ["identity", "membership"]), (404, ["identity"])])
def test_who_can_tell_that_another_service_answers_says_so(
    officer: Client, services: Services, status: int, asked: list[str]
) -> None:
    services.react("/users/bulk-operation", status=status, body={"success": False, "message": "No"})
    officer.post("/api/users/bulk-operation", {"operation": "assignBranch"})
    assert [seen.service for seen in services.seen if seen.target == "/users/bulk-operation"] == asked


@pytest.mark.parametrize("status", [200, 400, 403, 409, 500])
def test_the_next_owner_is_asked_only_for_what_is_absent(officer: Client, services: Services, status: int) -> None:
    services.react("/documents/7", status=status, body={"success": False, "message": "No"})
    officer.request("DELETE", "/api/documents/7?type=loan")
    assert [seen.service for seen in services.seen] == ["lending"]


@pytest.mark.parametrize("path", ["/loans/7", "/documents/loan/7", "/documents/union-member/7", "/documents/types/7"])
def test_what_has_one_owner_is_asked_of_nobody_else(officer: Client, services: Services, path: str) -> None:
    services.react(path, status=404, body=ABSENT)
    assert officer.get(f"/api{path}").status == 404
    assert len(services.seen) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/documents/serve/7?expires=1&session=2&signature=3", 200),
        ("/api/documents/serve/7?signature=3", 200),
        ("/api/documents/serve/7", 401),
        ("/api/documents/serve/7?x=signature=3", 401),
        ("/api/documents/serve/7?xsignature=3", 401),
        ("/api/documents/7?type=loan&signature=3", 401),
        ("/api/documents/loan/7?signature=3", 401),
        ("/api/loans?signature=3", 401),
    ],
)
def test_a_signed_link_needs_no_sign_in_and_opens_nothing_else(
    gateway: Gateway, services: Services, path: str, status: int
) -> None:
    assert gateway.client.get(path).status == status
    assert [seen.target for seen in services.seen] == ([path.removeprefix("/api")] if status == 200 else [])


@pytest.mark.parametrize("prefix", ["", "/", "/api"])
@pytest.mark.parametrize("service", ["identity", "membership"])
def test_public_files_are_for_every_page_and_need_no_sign_in(
    gateway: Gateway, services: Services, prefix: str, service: str
) -> None:
    services.react(
        "/uploads/1f.png", headers={"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public"}
    )
    for origin in (ORIGIN, "https://another.example"):
        answer = gateway.client.get(f"{prefix}/uploads/{service}/1f.png", Origin=origin)
        assert answer.status == 200
        assert answer.header("Access-Control-Allow-Origin") == "*"
        assert answer.header("Access-Control-Allow-Credentials") is None
        assert answer.header("Cross-Origin-Resource-Policy") == "cross-origin"
        assert answer.header("Cache-Control") == "public"
    assert {(seen.service, seen.target) for seen in services.seen} == {(service, "/uploads/1f.png")}


@pytest.mark.parametrize("path", ["/uploads/lending/1.png", "/uploads/1.png", "/api/uploads/payments/1", "/uploads/"])
def test_no_other_service_has_public_files(gateway: Gateway, services: Services, path: str) -> None:
    assert gateway.client.get(path).status == 404
    assert not services.seen


def test_customers_are_members_under_an_older_name(officer: Client, services: Services) -> None:
    for path, target in {
        "/api/customers?limit=500": "/union-members?limit=500",
        "/api/customers/7/documents/8": "/union-members/7/documents/8",
        "/api/documents/customer/7": "/documents/union-member/7",
    }.items():
        assert officer.get(path).status == 200
        assert (services.seen[-1].service, services.seen[-1].target) == ("membership", target)
