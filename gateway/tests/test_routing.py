"""Who answers what, and that nothing is forwarded which could be read in two ways."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.routes import find_route
from gateway.tests.client import Client
from gateway.tests.services import Services


@pytest.mark.parametrize(
    ("path", "service", "target"),
    [
        ("/api/users/1", "identity", "/users/1"),
        ("/api/system/payments", "payments", "/system"),
        ("/api/system/lending/dead-letters/resend", "lending", "/system/dead-letters/resend"),
        ("/api/settings/company", "identity", "/settings/company"),
        ("/api/unions?page=2&search=a%20b", "membership", "/unions?page=2&search=a%20b"),
        ("/api/documents/types", "membership", "/documents/types"),
        ("/api/documents/union-member/7", "membership", "/documents/union-member/7"),
        ("/api/documents/loan/7/guarantor/8", "lending", "/documents/loan/7/guarantor/8"),
        ("/api/loan-types", "lending", "/loan-types"),
        ("/api/loans/7/schedule", "lending", "/loans/7/schedule"),
        ("/api/loans/7/settlement?on=2026-03-18", "payments", "/loans/7/settlement?on=2026-03-18"),
        ("/api/loans/7/charges/8/waive", "payments", "/loans/7/charges/8/waive"),
        ("/api/loans/7/statement?asOf=2026-03-18", "payments", "/loans/7/statement?asOf=2026-03-18"),
        ("/api/union-members/7/statement", "payments", "/union-members/7/statement"),
        ("/api/unions/7/statement", "payments", "/unions/7/statement"),
        ("/api/unions/7/stats", "lending", "/unions/7/stats"),
        ("/api/loans/charges", "lending", "/loans/charges"),
        ("/api/repayments", "payments", "/repayments"),
        ("/api/schedules/loan/7", "payments", "/schedules/loan/7"),
        ("/api/supervisor-reports/dashboard", "reporting", "/supervisor-reports/dashboard"),
        ("/api/reports/dashboard?periodStart=x", "reporting", "/supervisor-reports/dashboard?periodStart=x"),
        ("/api/audit-logs", "reporting", "/audit-logs"),
        ("/api/branches", "membership", "/branches"),
        ("/api/analytics/branch?periodType=daily", "reporting", "/analytics/branch?periodType=daily"),
        ("/api/branches/7", "membership", "/branches/7"),
        ("/api/branches/7/toggle-status", "membership", "/branches/7/toggle-status"),
        ("/api/branches/7/stats", "lending", "/branches/7/stats"),
        ("/api/branch-transfers/7/execute", "membership", "/branch-transfers/7/execute"),
        ("/api/customers/7", "membership", "/union-members/7"),
        ("/api/customers/7/loans?page=2", "lending", "/union-members/7/loans?page=2"),
        ("/api/union-members/7/loans", "lending", "/union-members/7/loans"),
        ("/api/settings/email", "notifications", "/settings/email"),
        ("/api/backup/dependencies/user/7", "identity", "/backup/dependencies/user/7"),
        ("/api/backup/dependencies/union/7", "membership", "/backup/dependencies/union/7"),
        ("/api/backup/dependencies/unionMember/7", "membership", "/backup/dependencies/unionMember/7"),
        ("/api/backup/dependencies/loanType/7", "lending", "/backup/dependencies/loanType/7"),
        ("/api/backup/dependencies/loan/7", "reporting", "/backup/dependencies/loan/7"),
        ("/api/backup/list", "reporting", "/backup/list"),
        ("/api/settings/email/test", "notifications", "/settings/email/test"),
        ("/api/settings/email-templates/x", "notifications", "/settings/email-templates/x"),
        ("/api/settings/mails?page=2", "notifications", "/settings/mails?page=2"),
    ],
)
def test_a_path_reaches_the_service_that_owns_it(
    officer: Client, services: Services, path: str, service: str, target: str
) -> None:
    assert officer.get(path).status == 200
    assert [(seen.service, seen.target) for seen in services.seen] == [(service, target)]


@pytest.mark.parametrize(
    ("method", "status", "asked"),
    [("GET", 405, ["membership", "lending"]), ("PUT", 200, ["membership"]), ("DELETE", 404, ["membership"])],
)
def test_a_method_that_one_service_does_not_have_at_a_path_is_asked_of_the_other(
    officer: Client, services: Services, method: str, status: int, asked: list[str]
) -> None:
    services.react("/branches/7", status=status, body={"success": False, "message": "No"})
    officer.request(method, "/api/branches/7")
    assert [seen.service for seen in services.seen] == asked


@pytest.mark.parametrize("path", ["/api/nothing", "/api/paper/7", "/api/internal/sessions/x", "/nothing", "/api"])
def test_an_unknown_route_is_named_in_the_envelope(officer: Client, services: Services, path: str) -> None:
    answer = officer.get(path)
    assert answer.status == 404
    said = {"success": False, "message": f"Route GET {path} was not found", "code": "not-found"}
    assert answer.json == said | {"requestId": answer.header("X-Request-Id")}
    assert not services.seen


def test_the_services_own_pages_are_not_reachable(officer: Client, services: Services) -> None:
    for path in (
        "/health/ready",
        "/api/health/ready",
        "/openapi.json",
        "/api/openapi.json",
        "/metrics",
        "/api/metrics",
    ):
        assert officer.get(path).status == 404
    assert not services.seen


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "BREW"])
def test_an_unknown_method_is_refused(officer: Client, services: Services, method: str) -> None:
    answer = officer.request(method, "/api/loans")
    assert (answer.status, answer.json["success"]) == (405, False)
    assert not services.seen


@pytest.mark.parametrize(
    "target",
    [
        "/api//loans",
        "/api/loans/../users",
        "/api/loans/%2e%2e/users",
        "/api/loans/%2E./users",
        "/api/loans/.hidden",
        "/api/loans;x=1",
        "/api/loans/a%3bx=1",
        "/api/loans\\users",
        "/api/loans%5cusers",
        "/api/loans/%00",
        "/api/loans/%0d%0aX-Role:%20ADMIN",
        "@evil.example/api/loans",
        "api/loans",
        "*",
    ],
)
def test_an_ambiguous_path_is_refused(officer: Client, services: Services, target: str) -> None:
    token = officer.headers["Authorization"]
    assert officer.raw_status(f"GET {target} HTTP/1.1", "Host: x", f"Authorization: {token}") == 400
    assert not services.seen


def test_the_host_of_an_absolute_target_is_not_followed(officer: Client, services: Services) -> None:
    token = officer.headers["Authorization"]
    lines = ("GET http://evil.example/api/loans HTTP/1.1", "Host: evil.example", f"Authorization: {token}")
    assert officer.raw_status(*lines) == 200
    assert services.seen[0].service == "lending"
    assert services.seen[0].header("Host") != "evil.example"


PARTS = st.sampled_from(
    ["loans", "users", "documents", "loan", "types", "reports", "..", ".", "", "%2e%2e", "%2F", "%5c", ";x", "@evil",
     "%00", "%0a", "%252e%252e", "é", "%c3%a9", "%ff", "a b", "%20", ":80", "~x", "a%2Fb", "|", "%3f", "+", "'"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(PARTS, min_size=1, max_size=5), query=st.sampled_from(["", "?a=b", "?../x", "?%0d%0a", "?a=é|^"]))
def test_what_was_authorised_is_what_the_service_routes(
    officer: Client, services: Services, parts: list[str], query: str
) -> None:
    services.forget()
    path = "/api/" + "/".join(parts)
    head = f"GET {path}{query} HTTP/1.1\r\nHost: x\r\nAuthorization: {officer.headers['Authorization']}\r\n"
    answer = officer.raw(f"{head}Connection: close\r\n\r\n".encode())
    status = int(answer.split(b" ", 2)[1])
    if not services.seen:
        assert status in (400, 404)
        return
    # Flask would route by this: the target of the service's request line, decoded once.
    decoded = unquote_to_bytes(services.seen[0].target.partition("?")[0]).decode("latin-1")
    # A slash at the end means nothing.
    meant = unquote_to_bytes(path.encode()).decode("latin-1").removeprefix("/api").removesuffix("/")
    route = find_route(meant)
    assert route is not None
    assert (services.seen[0].service, decoded) == (route.upstream, route.target_path(meant))


@pytest.mark.parametrize("status", [404, 405])
def test_what_no_service_answers_is_named_as_it_was_called(officer: Client, services: Services, status: int) -> None:
    unknown = {"X-Unknown-Route": "true", "Allow": "GET"}
    services.react(
        "/supervisor-reports/generate", status=status, headers=unknown, body={"success": False, "message": "No"}
    )
    words = {404: "Route POST {} was not found", 405: "Method POST is not allowed at {}"}[status]
    for address in ("/api/reports/generate", "/api/supervisor-reports/generate/", "/api/reports/gener%61te"):
        answer = officer.post(address)
        assert answer.status == status
        assert answer.json["message"] == words.format(address.replace("%61", "a"))
        assert answer.json["requestId"] == answer.header("X-Request-Id")
        assert answer.header("Allow") == "GET"
        assert answer.header("X-Unknown-Route") is None


def test_what_a_service_says_of_an_object_stays(officer: Client, services: Services) -> None:
    services.react("/loans/7", status=404, body={"success": False, "message": "Loan not found"})
    assert officer.get("/api/loans/7").json["message"] == "Loan not found"
