"""Every route of the API document, asked by everybody: each gets what the table says, and a route without a line in the
table, or a line without a route, is a fault."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import pytest

from deploy.local.platform import Platform
from tests.client import Answer, Person, upload
from tests.security.access import (
    ABSENT,
    ACCESS,
    ALIASES,
    BODIES,
    EMPTY,
    OPEN_ENDED,
    PARAMETERS,
    QUERIES,
    STRANGERS,
    Form,
    entry_of,
)
from tests.security.world import World, stripped, unknown_id

PARAMETER = re.compile(r"\{(\w+)\}")
# Those who come last may end what the others need.
ORDER = ("other_officer", "other_supervisor", "officer", "supervisor", "admin")
SPENDS_SESSION = frozenset({"POST /auth/logout"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str

    @property
    def entry(self) -> str:
        return entry_of(self.method, self.path)

    def parameter(self, name: str) -> str:
        """What a parameter of the path stands for here."""
        return PARAMETERS.get((self.entry, name), name)

    def names(self) -> list[str]:
        """Of every object that the request names, in its path, its query and its body."""
        said = json.dumps(BODIES.get(self.entry, "")) if not isinstance(BODIES.get(self.entry), Form) else ""
        named = PARAMETER.findall(self.path + QUERIES.get(self.entry, "") + said)
        return [self.parameter(name) for name in named]

    def ask(self, person: Person, world: World, ids: dict[str, str]) -> Answer:
        """The request, made by somebody about these objects."""
        path, body = self.filled(ids), BODIES.get(self.entry, {})
        if isinstance(body, Form):
            return upload(person, path, **world.form(body.kind), **body.fields)
        if self.method in ("GET", "DELETE"):
            return answered(person, self.method, path)
        return person.call(self.method, path, json.loads(self._filled(json.dumps(body), ids)))

    def filled(self, ids: dict[str, str]) -> str:
        """The path and the query of the request."""
        return self._filled(self.path + QUERIES.get(self.entry, ""), ids)

    def _filled(self, text: str, ids: dict[str, str]) -> str:
        return PARAMETER.sub(lambda match: ids[self.parameter(match[1])], text)


def answered(person: Person, method: str, path: str, **headers: str) -> Answer:
    """The answer to a request, whose body may be a file."""
    sent = ({"Authorization": f"Bearer {person.token}"} if person.token else {}) | headers
    status, received, body = person._send(method, f"/api{path}", None, sent)
    is_json = received.get("content-type", "").startswith("application/json")
    return Answer(status, received, json.loads(body) if is_json and body else None)


@pytest.fixture(scope="module")
def world(platform: Platform, admin: Person) -> World:
    return World.new(platform, admin)


@pytest.fixture(scope="module")
def operations(platform: Platform) -> list[Operation]:
    with urlopen(f"{platform.url}/api/docs/openapi.json") as answer:
        document = json.load(answer)
    return [
        Operation(method.upper(), path.removeprefix("/api"))
        for path, methods in sorted(document["paths"].items())
        for method in methods
    ]


def test_every_route_is_in_the_table_and_every_line_is_a_route(operations: list[Operation]) -> None:
    assert {operation.entry for operation in operations} == ACCESS.keys()
    assert BODIES.keys() | QUERIES.keys() <= ACCESS.keys()
    assert all(any(f"{operation.path}/".startswith(f"{alias}/") for operation in operations) for alias in ALIASES)


def _is_as_expected(status: int, expected: int) -> bool:
    return status == expected if expected else status < 500 and status not in (401, 403, 404)


def _faults(operation: Operation, world: World) -> Iterator[str]:
    """What one operation does otherwise than the table says."""
    access = ACCESS[operation.entry]
    for name, person in world.strangers.items():
        ids = {name: world.id(name) for name in operation.names()}
        status = operation.ask(person, world, ids).status
        if not _is_as_expected(status, STRANGERS.get((operation.entry, name), access.stranger)):
            yield f"{operation.method} {operation.path}: {name} gets {status}"
    for column in ORDER:
        person = world.staff[column]
        if operation.entry in SPENDS_SESSION:
            person = world.another_session(person)
        ids = {name: world.id(name) for name in operation.names()}
        answer = operation.ask(person, world, ids)
        expected = getattr(access, column)
        if not _is_as_expected(answer.status, expected):
            yield f"{operation.method} {operation.path}: {column} gets {answer.status} {answer.body}"
        if expected in (ABSENT, EMPTY) and ids:
            yield from _differences(operation, person, world, ids, answer)
        if operation.method == "DELETE" and answer.status < 300:
            world.forget(operation.parameter(PARAMETER.findall(operation.path)[-1]))


def _differences(
    operation: Operation, person: Person, world: World, ids: dict[str, str], answer: Answer
) -> Iterator[str]:
    """How what is out of scope differs from what is not there."""
    others = {name: unknown_id(name) for name in ids}
    absent = operation.ask(person, world, others)
    seen, expected = stripped(answer.body, [*ids.values()]), stripped(absent.body, [*others.values()])
    if (answer.status, seen) != (absent.status, expected):
        yield f"{operation.method} {operation.path}: {seen} is not {absent.status} {expected}"
    if answer.headers.keys() != absent.headers.keys():
        yield f"{operation.method} {operation.path}: {answer.headers.keys() ^ absent.headers.keys()}"


@pytest.mark.timeout(240)
def test_everybody_gets_what_the_table_says(operations: list[Operation], world: World) -> None:
    answered_whole = [operation for operation in operations if operation.entry not in OPEN_ENDED]
    assert [fault for operation in answered_whole for fault in _faults(operation, world)] == []


def test_asking_for_the_head_alone_opens_nothing(operations: list[Operation], world: World) -> None:
    nobody, stranger = world.strangers["nobody"], world.staff["other_officer"]
    for operation in operations:
        access = ACCESS[operation.entry]
        if operation.method == "GET":
            ids = {name: world.id(name) for name in operation.names()}
            path = operation.filled(ids)
            assert _is_as_expected(answered(nobody, "HEAD", path).status, access.stranger), path
            assert _is_as_expected(answered(stranger, "HEAD", path).status, access.other_officer), path


def test_asking_what_is_possible_tells_nothing(operations: list[Operation], world: World) -> None:
    unknown = answered(world.strangers["nobody"], "OPTIONS", "/nothing/at/all")
    for path in {operation.path for operation in operations}:
        answer = answered(world.staff["admin"], "OPTIONS", path)
        assert (answer.status, answer.body, answer.headers.keys()) == (204, None, unknown.headers.keys()), path


@pytest.mark.parametrize("header", ["X_HTTP_Method_Override", "X_HTTP_Method", "X_Method_Override"])
def test_no_header_makes_another_method_of_a_request(world: World, header: str) -> None:
    """An officer may read these, and may not do what the header says."""
    officer, paths = world.team.officer, [f"/users/{world.id('user_id')}", f"/unions/{world.id('union_id')}"]
    for path in paths:
        for method in ("DELETE", "PUT", "POST"):
            assert answered(officer, "GET", path, **{header.replace("_", "-"): method}).status == 200
            assert officer.get(path).status == 200
    body: dict[str, Any] = {"name": "Changed", "creditOfficerId": officer.id}
    refused = officer.call("POST", paths[1], body, **{header: "PUT"})
    assert refused.status in (404, 405)
    assert officer.get(paths[1]).data["name"] == world.team.union["name"]
