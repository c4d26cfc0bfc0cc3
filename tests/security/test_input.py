"""Whatever is written into a query or a name stays text, and no list comes without a bound."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from deploy.local.platform import Platform
from tests.client import Person, random_name
from tests.institution import Team

SQL = ["'", "' OR '1'='1' --", "1; SELECT pg_sleep(5)", "'||pg_sleep(5)||'", "%", "_", "\\", "%a" * 500]
SLOW_SECONDS = 5.0
LARGEST_PAGE = 1000


@pytest.fixture(scope="module")
def lists(platform: Platform) -> list[tuple[str, list[str]]]:
    """Every path that takes parameters in its query and no id, with their names."""
    with urlopen(f"{platform.url}/api/docs/openapi.json") as answer:
        document: dict[str, Any] = json.load(answer)
    return [(path.removeprefix("/api"), names) for path, names in _queried(document) if "{" not in path]


def _queried(document: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    common = {f"#/components/parameters/{name}": part for name, part in document["components"]["parameters"].items()}
    for path, operations in document["paths"].items():
        named = operations.get("get", {}).get("parameters", [])
        parameters = [common[parameter["$ref"]] if "$ref" in parameter else parameter for parameter in named]
        names = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
        if names:
            yield path, names


def test_no_parameter_of_any_list_becomes_sql(team: Team, lists: list[tuple[str, list[str]]]) -> None:
    officer, wrong = team.admin.again(), []
    assert len(lists) > 20
    for path, names in lists:
        for name in names:
            for text in SQL if name == "search" else SQL[:4]:
                started = time.monotonic()
                status = officer._send("GET", f"/api{path}?{name}={quote(text)}", None, _token(officer))[0]
                if status >= 500 or time.monotonic() - started > SLOW_SECONDS:
                    wrong.append((path, name, text, status))
    assert wrong == []


def _token(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


def test_every_list_is_bounded_however_much_is_asked_for(admin: Person, lists: list[tuple[str, list[str]]]) -> None:
    paged = [path for path, names in lists if "limit" in names]
    assert len(paged) > 10
    for path in paged:
        for query in ("limit=999999999", "limit=0&page=999999999", "limit=-1&page=-1", "page=1e9&limit=x"):
            answer = admin.call("GET", f"{path}?{query}")
            if answer.status == 200 and "pagination" in answer.body:
                assert 1 <= answer.body["pagination"]["limit"] <= LARGEST_PAGE, (path, query)
            assert answer.status in (200, 400), (path, query, answer.body)


def test_markup_in_a_name_travels_as_text(team: Team) -> None:
    name = f"<img src=x onerror=alert(1)> {random_name('Union')}"
    body = {"name": name, "creditOfficerId": team.officer.id}
    union = team.supervisor.post("/unions", body).data
    answer = team.officer.get(f"/unions/{union['id']}")
    assert answer.data["name"] == name
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
