"""One sheet handed in many times at once: by threads, and to two processes."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import func, select

from deploy.local.ports import Ports
from services.payments.domain.collection_sheet import CASH, PaidLine, UnpaidLine, Verdict
from services.payments.models.collection import attendance, sheets_handed_in
from services.payments.models.ledger import repayments
from services.payments.tests.conftest import AT, Loan, account_of, member_event, record, weekly
from services.payments.usecases.collection_sheet import Dating, SheetRecorded, record_sheet
from shared.context import Context
from shared.db import Sessions, make_sessions, run_transaction
from shared.errors import DomainError
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.testing import SignedIn, eventually

ROOT = Path(__file__).parent.parent.parent.parent.parent
AT_ONCE = 8
DATING = Dating(paid_at=AT, paid_on=AT.date(), recorded_at=AT, business_date=AT.date())


@pytest.fixture
def union_id(a_union: Callable[..., UUID]) -> UUID:
    return a_union()


@pytest.fixture
def loans(a_loan: Callable[..., Loan], union_id: UUID, hear: Any) -> list[Loan]:
    made = [a_loan(union_id=union_id, lines=weekly(3, "100.00")) for _ in range(6)]
    for number, loan in enumerate(made):
        hear(member_event(loan.member_id, union_id, version=2, code=f"MEM{number}"))
    return made


@pytest.fixture
def at_once(settings: BaseSettings) -> Iterator[Callable[..., list[Any]]]:
    """Does things at the same moment, each in a transaction of its own."""
    engine = make_engine(settings.database_url, pool_size=2 * AT_ONCE)

    def at_once(works: list[Callable[..., Any]], by: SignedIn) -> list[Any]:
        start = Barrier(len(works))

        def run(work: Callable[..., Any]) -> Any:
            start.wait()
            try:
                return run_transaction(make_sessions(engine), "payments", work, Context(actor=by.actor))[0]
            except DomainError as error:
                return error

        with ThreadPoolExecutor(len(works)) as threads:
            return list(threads.map(run, works))

    yield at_once
    engine.dispose()


def sheet_of(loans: list[Loan], amount: str, prefix: str = "key") -> list[PaidLine]:
    return [
        PaidLine(number=number, loan_id=loan.id, key=f"{prefix}-{loan.id}", amount=Decimal(amount), method=CASH)
        for number, loan in enumerate(loans, start=1)
    ]


def handing_in(lines: list[PaidLine], union_id: UUID, by: SignedIn) -> Callable[..., SheetRecorded]:
    cash = sum((line.amount for line in lines), Decimal(0))
    return lambda uow: record_sheet(
        uow, by=by.actor, union_id=union_id, lines=lines, cash_handed_over=cash, dating=DATING
    )


def recorded(sessions: Sessions) -> int:
    with sessions() as session:
        return session.execute(select(func.count()).select_from(repayments)).scalar_one()


def test_the_same_sheet_at_once_posts_every_line_once(
    sessions: Sessions, loans: list[Loan], union_id: UUID, officer: SignedIn, at_once: Callable[..., list[Any]]
) -> None:
    # Every other copy has its lines in another order.
    copies = [sheet_of(loans[:: 1 - 2 * (number % 2)], "40.00") for number in range(AT_ONCE)]
    sheets = at_once([handing_in(lines, union_id, officer) for lines in copies], officer)
    verdicts = [{outcome.verdict for outcome in sheet.outcomes} for sheet in sheets]
    assert sorted(verdicts, key=str) == [{Verdict.ALREADY_RECORDED}] * (AT_ONCE - 1) + [{Verdict.RECORDED}]
    assert recorded(sessions) == len(loans)
    assert {account_of(sessions, loan.id)["paid"] for loan in loans} == {Decimal(40)}


def test_sheets_and_single_payments_of_the_same_loans_never_take_more_than_is_owed(
    sessions: Sessions, loans: list[Loan], union_id: UUID, admin: SignedIn, at_once: Callable[..., list[Any]]
) -> None:
    # Each of the sheets and each round of payments would pay 120.00 of the 300.00 of every loan.
    sheets = [handing_in(sheet_of(loans, "120.00", f"k{number}"), union_id, admin) for number in range(AT_ONCE // 2)]
    singles = [lambda uow, loan=loan: record(uow, loan, "120.00", by=admin.actor) for loan in loans]
    at_once(sheets + singles, admin)
    assert {account_of(sessions, loan.id)["paid"] for loan in loans} == {Decimal(240)}
    assert recorded(sessions) == 2 * len(loans)


@pytest.fixture
def web_urls(settings: BaseSettings) -> Iterator[list[str]]:
    """Two web processes of payments."""
    names = ("database_url", "broker_url", "jwks_url", "internal_secret", "environment")
    surroundings = os.environ | {name.upper(): getattr(settings, name) for name in names}
    ports = Ports()
    binds = [f"127.0.0.1:{ports.take()}" for _ in range(2)]
    command = [sys.executable, "-m", "services.payments", "web"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=surroundings | {"PAYMENTS_BIND": bind}, stderr=subprocess.DEVNULL)
        for bind in binds
    ]
    urls = [f"http://{bind}" for bind in binds]
    eventually(lambda: all(_is_live(url) for url in urls), seconds=60)
    yield urls
    for process in processes:
        process.terminate()
        process.wait()


def _is_live(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/live") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_same_sheet_sent_to_two_processes_at_once_posts_nothing_twice(
    sessions: Sessions, loans: list[Loan], union_id: UUID, officer: SignedIn, web_urls: list[str]
) -> None:
    lines = [{"loanId": str(loan.id), "amount": 40, "idempotencyKey": str(loan.id)} for loan in loans]
    body = orjson.dumps({"unionId": str(union_id), "cashHandedOver": 40 * len(loans), "lines": lines})
    headers = officer.headers | {"Content-Type": "application/json"}
    start = Barrier(AT_ONCE)

    def send(number: int) -> list[str]:
        url = f"{web_urls[number % 2]}/repayments/collection-sheet"
        start.wait()
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            return [line["verdict"] for line in orjson.loads(answer.read())["data"]["lines"]]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        verdicts = [verdict for sheet in threads.map(send, range(AT_ONCE)) for verdict in sheet]
    assert verdicts.count("RECORDED") == len(loans) == recorded(sessions)
    assert verdicts.count("ALREADY_RECORDED") == (AT_ONCE - 1) * len(loans)


def test_a_sheet_of_absent_members_sent_many_times_at_once_is_handed_in_once(
    sessions: Sessions, at_once: Any, loans: list[Loan], union_id: UUID, officer: SignedIn
) -> None:
    lines = [
        UnpaidLine(number=number, loan_id=loan.id, key=None, verdict=Verdict.ABSENT)
        for number, loan in enumerate(loans, start=1)
    ]

    def hand_in(uow: Any) -> SheetRecorded:
        sheet = {"union_id": union_id, "lines": lines, "cash_handed_over": Decimal(0), "dating": DATING}
        return record_sheet(uow, by=officer.actor, **sheet)

    answers = at_once([hand_in] * AT_ONCE, officer)
    assert sum(answer.is_new for answer in answers) == 1
    with sessions() as session:
        assert session.execute(select(func.count()).select_from(sheets_handed_in)).scalar_one() == 1
        assert session.execute(select(func.count()).select_from(attendance)).scalar_one() == len(loans)
