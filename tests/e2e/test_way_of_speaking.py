"""Refusals of all routes have one shape and one wording, and the rules of docs/api.md hold at each of them."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest

from deploy.local.platform import Platform
from tests.client import Answer, Person
from tests.institution import Team, new_staff

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MEMBERS = {"success", "message", "code", "requestId"}
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
# How marshmallow and werkzeug speak to programmers.
FOREIGN = re.compile(
    r"Missing data|Not a valid|may not be null|Invalid (input|value|type)|did not match|URL was not found"
)
NONSENSE = "nonsense"
# What would end the session that asks.
LEAVING = {"/auth/logout", "/auth/sessions/revoke-others", "/stream"}
# What names an object rather than narrowing a list: it is absent.
NAMING = {"/repayments/collection-sheet"} | {
    f"/{reports}/{page}"
    for reports in ("supervisor-reports", "reports")
    for page in ("dashboard", "officers", "activity", "sessions")
}
# What says how to answer rather than about what.
SAYING_HOW = {"format", "order", "period", "periodType", "groupBy"}
BODIES = {"nothing": b"", "no JSON": b"not json", "no object": b"[]", "text": b'"text"', "empty object": b"{}"}


@pytest.fixture(scope="module")
def document(platform: Platform) -> dict[str, Any]:
    with urlopen(f"{platform.url}/api/docs/openapi.json") as answer:
        read: dict[str, Any] = json.load(answer)
    return read


@pytest.fixture(scope="module")
def person(admin: Person) -> Person:
    return new_staff(admin, "ADMIN")


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path relative to /api and operation of all that is documented."""
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method.lower() in operations and path.removeprefix("/api") not in LEAVING:
                yield method, path.removeprefix("/api"), operations[method.lower()]


def _named(path: str) -> str:
    return re.sub(r"\{\w+\}", NONSENSE, path)


def _parameters(
    document: dict[str, Any], operation: dict[str, Any], place: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for parameter in operation.get("parameters", []):
        if "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        if parameter["in"] == place:
            yield parameter["name"], parameter["schema"]


def _has_a_form(schema: dict[str, Any]) -> bool:
    """Whether a value is a day, a moment or a switch."""
    shapes = [schema, *schema.get("anyOf", [])]
    return any(shape.get("format") in ("date", "date-time") or shape.get("type") == "boolean" for shape in shapes)


def _ask(person: Person, method: str, path: str, body: bytes | None = None) -> Answer:
    """An answer that need not be JSON where it is no refusal."""
    headers = {"Authorization": f"Bearer {person.token}"} | (
        {} if body is None else {"Content-Type": "application/json"}
    )
    status, got, text = person._send(method, f"/api{path}", body, headers)
    return Answer(status, got, json.loads(text) if "json" in got.get("content-type", "") else None)


def assert_well_said(answer: Answer) -> None:
    """The answer is a refusal in the shape and the wording that all have."""
    body = answer.body
    assert body.keys() >= MEMBERS, body
    assert body["success"] is False
    assert CODE.fullmatch(body["code"]), body
    assert body["requestId"] == answer.headers["x-request-id"]
    messages = [body["message"], *(error["message"] for error in body.get("errors", []))]
    for message in messages:
        assert message
        assert not message.endswith("."), message
        assert not FOREIGN.search(message), message
    for error in body.get("errors", []):
        assert error.keys() == {"field", "message"}
    assert body.get("error", body["message"]) == body["message"]


def test_every_refusal_is_well_said_whatever_is_wrong_with_the_request(
    document: dict[str, Any], person: Person
) -> None:
    asked, refused = 0, 0
    for method, path, _ in _operations(document):
        bodies = BODIES.values() if method != "GET" else [None]
        for body in bodies:
            answer = _ask(person, method, _named(path), body)
            asked += 1
            if answer.status >= 400:
                refused += 1
                assert answer.status < 500, (method, path, answer.body)
                assert_well_said(answer)
    assert refused > asked / 2 > 100


def test_what_needs_a_body_says_so(document: dict[str, Any], person: Person) -> None:
    missed = []
    for method, path, operation in _operations(document):
        content = operation.get("requestBody", {"required": False})
        if content["required"] and set(content["content"]) == {"application/json"} and "{" not in path:
            for headers in ({}, {"Content_Type": "text/plain"}):
                answer = person.call(method, path, b"", **headers)
                if (answer.status, answer.body["code"]) != (400, "body-missing"):
                    missed.append((method, path, answer.status, answer.body["message"]))
    assert missed == []


def test_where_nothing_is_the_address_that_was_called_is_named(document: dict[str, Any], person: Person) -> None:
    prefixes = {path.split("/")[2] for path in document["paths"]} | {"nothing"}
    assert {"reports", "customers", "supervisor-reports"} <= prefixes
    for prefix in sorted(prefixes):
        address = f"/{prefix}/no/such/thing/at/all"
        for ending in ("", "/"):
            answer = person.call("POST", address + ending, {})
            assert answer.status == 404
            assert answer.body["message"] == f"Route POST /api{address}{ending} was not found"
            assert answer.body["code"] == "not-found"
            assert_well_said(answer)
    generated = person.call("POST", "/reports/generate/of/no/kind", {})
    assert generated.body["message"] == "Route POST /api/reports/generate/of/no/kind was not found"


def test_a_method_that_is_not_answered_is_named_with_the_address(document: dict[str, Any], person: Person) -> None:
    for path, operations in document["paths"].items():
        for method in METHODS:
            address = _named(path)
            if method.lower() in operations:
                continue
            answer = person.call(method, address.removeprefix("/api"), None if method == "GET" else {})
            assert_well_said(answer)
            if answer.status == 405:
                assert answer.body["message"] == f"Method {method} is not allowed at {address}"
                assert answer.body["code"] == "method-not-allowed"
                assert "allow" in answer.headers
            else:
                assert answer.status == 404, (method, path)


def test_filters_by_an_id_or_a_word_find_nothing_and_malformed_values_are_refused(
    document: dict[str, Any], person: Person
) -> None:
    found = {"nothing": 0, "refused": 0}
    for method, path, operation in _operations(document):
        if method != "GET" or "{" in path:
            continue
        for name, schema in _parameters(document, operation, "query"):
            answer = _ask(person, method, f"{path}?{name}={NONSENSE}")
            assert answer.status < 500
            if schema.get("format") == "uuid" and path not in NAMING:
                faults = answer.body["errors"] if answer.status == 400 else []
                assert name not in {error["field"] for error in faults}, (path, name, answer.body)
                assert answer.status == 200 or faults, (path, name, answer.body)
                found["nothing"] += 1
            elif "enum" in schema and name not in SAYING_HOW:
                assert answer.status == 200, (path, name, answer.body)
            elif _has_a_form(schema):
                assert answer.status == 400, (path, name, answer.body)
                assert name in {error["field"] for error in answer.body["errors"]}
                found["refused"] += 1
    assert min(found.values()) > 10


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/users", {"role": NONSENSE}),
        ("/users", {"supervisorId": NONSENSE}),
        ("/notes", {"category": NONSENSE}),
        (f"/notes/category/{NONSENSE}", {}),
        ("/user-activity/login-history", {"activityType": NONSENSE}),
        ("/user-activity/login-history", {"userId": NONSENSE}),
        ("/loans", {"status": NONSENSE}),
        ("/loans", {"unionId": NONSENSE}),
        ("/unions", {"creditOfficerId": NONSENSE}),
        ("/union-members", {"branchId": NONSENSE}),
        ("/repayments", {"method": NONSENSE}),
        ("/schedules", {"status": NONSENSE}),
        ("/assignment-history", {"type": NONSENSE}),
        ("/audit-logs", {"entityName": NONSENSE}),
    ],
    ids=str,
)
def test_what_nothing_has_is_an_empty_list(team: Team, path: str, query: dict[str, str]) -> None:
    answer = team.admin.get(path, page=1, limit=10, **query)
    assert answer.status == 200, answer.body
    assert answer.body["pagination"]["total"] == 0


def test_a_union_is_given_to_an_officer_by_the_bulk_operation(team: Team, other_team: Team) -> None:
    body = {
        "userIds": [other_team.officer.id],
        "operation": "assignBranch",
        "data": {"branchId": team.union["id"]},
    }
    assert team.admin.post("/users/bulk-operation", body).data["affectedCount"] == 1
    assert team.admin.get(f"/unions/{team.union['id']}").data["creditOfficerId"] == other_team.officer.id
    history = team.admin.get("/assignment-history", type="MANAGER_ASSIGNMENT", limit=5).data
    assert history[0]["newManagerId"] == other_team.officer.id
    body["data"] = {"branchId": other_team.officer.id}
    answer = team.admin.post("/users/bulk-operation", body)
    assert (answer.status, answer.message) == (404, "Union not found")


def test_an_instalment_was_made_and_changed_at_one_time_whoever_is_asked(team: Team) -> None:
    loan = team.active_loan()
    team.pay(loan["id"], 10).accepted()
    of_loan = team.officer.get(f"/loans/{loan['id']}/schedule").data
    of_detail = team.officer.get(f"/loans/{loan['id']}").data["scheduleItems"]
    of_payments = team.officer.get(f"/schedules/{loan['id']}").data["schedule"]
    for name in ("id", "createdAt", "updatedAt"):
        assert [line[name] for line in of_loan] == [line[name] for line in of_detail]
        assert [line[name] for line in of_loan] == [line[name] for line in of_payments], name
