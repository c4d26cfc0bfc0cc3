"""Whoever takes a table of people out of the platform leaves an entry in the audit trail."""

from urllib.request import Request, urlopen

import pytest

from tests.client import Person
from tests.security.access import ACCESS

EXPORTS = sorted(route.removeprefix("GET ") for route in ACCESS if "export" in route)


def test_the_exports_are_those_that_are_known() -> None:
    assert EXPORTS == ["/union-members/export/csv", "/unions/export/csv", "/users/export"]


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("path", EXPORTS)
def test_every_export_is_in_the_trail_with_its_answer(admin: Person, path: str, form: str) -> None:
    before = admin.get("/audit-logs?action=EXPORTED&limit=1").body["pagination"]["total"]
    url = Request(f"{admin.url}/api{path}?format={form}&search=nobody")
    url.add_header("Authorization", f"Bearer {admin.token}")
    with urlopen(url, timeout=30) as table:
        assert table.status == 200
    answer = admin.get("/audit-logs?action=EXPORTED&limit=1").body
    assert answer["pagination"]["total"] == before + 1
    [entry] = answer["data"]
    assert (entry["metadata"]["path"], entry["metadata"]["format"]) == (path, form)
    assert (entry["metadata"]["filters"], entry["metadata"]["count"]) == ({"search": "nobody"}, 0)
