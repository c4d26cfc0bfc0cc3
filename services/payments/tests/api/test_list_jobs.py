"""Repayments and instalments that a worker makes aside are those that are exported at once."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.payments.settings import Settings
from services.payments.tests.conftest import Loan, weekly
from services.payments.worker import list_worker
from shared.db import Sessions
from shared.testing import SignedIn


@pytest.mark.parametrize(("name", "filters"), [("repayments", {"method": "CASH"}), ("schedules", {"status": "PAID"})])
def test_a_list_made_aside_is_what_is_exported_at_once(
    client: FlaskClient, sessions: Sessions, settings: Settings, officer: SignedIn, other_officer: SignedIn,
    a_loan: Callable[..., Loan], a_union: Any, pay: Any, name: str, filters: dict[str, str],
) -> None:  # fmt: skip
    pay(a_loan(lines=weekly(3, "100.00", "5.00")), "107.00")
    pay(a_loan(union_id=a_union(other_officer.id), loan_number="LN00000002"), "50.00")
    body = {"format": "csv", "filters": filters}
    path = f"/reports/jobs/{name}"
    job = client.post(path, json=body, headers=officer.headers).json["data"]
    assert list_worker(settings).make_lists(sessions) == 1
    made = client.get(f"{path}/{job['id']}/file", headers=officer.headers)
    at_once = client.get(f"/{name}/export", query_string=filters, headers=officer.headers)
    assert made.data == at_once.data
    assert made.data.count(b"\r\n") == 2
    assert client.post(path, json={"filters": {"dateFrom": "yesterday"}}, headers=officer.headers).status_code == 400
