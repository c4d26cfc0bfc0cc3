"""The web side through a pooler in transaction mode, where no two transactions need be in one session."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask

from services.payments.app import create_app
from services.payments.settings import Settings
from services.payments.tests.conftest import Loan, weekly
from shared.testing import SignedIn
from shared.tests.pooler import PROGRAM, pooler

pytestmark = pytest.mark.skipif(not PROGRAM, reason="needs Debian's pgbouncer")


@pytest.fixture(scope="module")
def pooled_app(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with pooler(tmp_path_factory.mktemp("pooler"), settings.database_url) as url:
        yield create_app(replace(settings, database_url=url, direct_database_url=settings.database_url))


def test_payments_are_recorded_and_read_through_a_pooler(
    pooled_app: Flask, a_loan: Callable[..., Loan], admin: SignedIn
) -> None:
    """By more threads than the pooler has sessions, each statement more often than it takes to prepare it."""
    loan = a_loan(lines=weekly(40, "100.00", "10.00"))

    def pay_and_read(_: int) -> int:
        client = pooled_app.test_client()
        body = {"loanId": str(loan.id), "amount": 50, "method": "CASH"}
        assert client.post("/repayments", json=body, headers=admin.headers).status_code == 201
        assert client.get("/repayments?search=nobody", headers=admin.headers).status_code == 200
        return client.get(f"/schedules/{loan.id}", headers=admin.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(pay_and_read, range(40))) == {200}
    paid = pooled_app.test_client().get(f"/repayments?loanId={loan.id}", headers=admin.headers).json["pagination"]
    assert paid["total"] == 40
    assert pooled_app.test_client().get("/health/ready").status_code == 200
