"""Whoever takes a table of people out of the platform leaves an entry in the audit trail."""

from urllib.request import Request, urlopen

import pytest

from tests.client import Person
from tests.security.access import ACCESS

EXPORTS = sorted(route.removeprefix("GET ") for route in ACCESS if "export" in route)


IN_JSON_TOO = {"/union-members/export/csv", "/unions/export/csv", "/users/export"}


def test_the_exports_are_those_that_are_known() -> None:
    lists = {"/union-members/export", "/unions/export", "/loans/export", "/repayments/export", "/schedules/export"}
    assert set(EXPORTS) == IN_JSON_TOO | lists | {"/audit-logs/export"}


@pytest.mark.parametrize(
    ("path", "form"),
    [(path, form) for path in EXPORTS for form in ("csv", "json" if path in IN_JSON_TOO else "xlsx")],
)
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
