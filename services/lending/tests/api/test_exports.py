"""The list of loans as a file."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.context import Role
from shared.testing import SignedIn

COMPLETE = {"startDate": "2026-03-01", "processingFeeAmount": 500, "penaltyFeePerDayAmount": 0}
Apply = Callable[..., dict[str, Any]]


def exported(client: FlaskClient, who: SignedIn, **query: str) -> list[dict[str, str]]:
    answer = client.get("/loans/export", query_string=query, headers=who.headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.json
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_loans_are_exported_as_they_are_listed(
    client: FlaskClient, applied: Apply, admin: SignedIn, sign_in: Callable[..., SignedIn]
) -> None:
    applied(by=admin, **COMPLETE)
    draft = applied()
    listed = client.get("/loans", headers=admin.headers).json["data"]
    rows = exported(client, admin)
    assert [row["Loan"] for row in rows] == [loan["loanNumber"] for loan in listed]
    assert {row["Status"] for row in rows} == {"Active", "Draft"}
    assert {(row["Principal (₦)"], row["Term"], row["Unit of term"]) for row in rows} == {("50000.00", "12", "Month")}
    for query, number in (
        ({"status": "DRAFT"}, 1), ({"status": "OVERDUE"}, 1), ({"search": draft["loanNumber"].lower()}, 1),
        ({"unionId": draft["unionId"]}, 1), ({"minAmount": "60000"}, 0), ({"status": "NONE"}, 0),
    ):  # fmt: skip
        assert len(exported(client, admin, **query)) == number, query
    assert exported(client, sign_in(Role.SUPERVISOR)) == []


@pytest.mark.parametrize(("file_format", "start"), [("xlsx", b"PK"), ("pdf", b"%PDF")])
def test_loans_come_as_spreadsheet_and_on_paper_and_leave_an_entry(
    client: FlaskClient, applied: Apply, admin: SignedIn, file_format: str, start: bytes
) -> None:
    applied(by=admin, **COMPLETE)
    answer = client.get(f"/loans/export?format={file_format}", headers=admin.headers)
    assert answer.status_code == 200
    assert answer.data.startswith(start)
    assert "lending.audit.recorded.v1" in answer.headers["X-Events"]
    assert client.get("/loans/export?format=xml", headers=admin.headers).status_code == 400
