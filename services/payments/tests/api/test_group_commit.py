"""Payments that come at the same time are recorded in one transaction, and each as it would be alone."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from services.payments.api.repayments import GROUP_COMMIT
from services.payments.models.ledger import loan_accounts
from services.payments.tests.conftest import Loan, account_of, repayments_of, weekly
from shared import idempotency
from shared.db import Sessions
from shared.idempotency import CommandKey
from shared.ids import new_id
from shared.messaging.outbox import outbox
from shared.testing import SignedIn, eventually

OPERATION, HELD = "POST /repayments", "held"
PAY_REFERENCE = "PAY-1773221400000-x7Fq2"
SECONDS = 20


@dataclass(frozen=True, slots=True)
class Coming:
    """A payment of 50 in cash that is about to come."""

    loan: Loan
    by: SignedIn
    key: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as threads:
        yield threads


@pytest.fixture
def send(app: Flask) -> Callable[[Coming], TestResponse]:
    def send(coming: Coming) -> TestResponse:
        headers = coming.by.headers | ({"Idempotency-Key": coming.key} if coming.key else {})
        body = {"loanId": str(coming.loan.id), "amount": 50, "method": "CASH"} | coming.changes
        return app.test_client().post("/repayments", json=body, headers=headers)

    return send


@pytest.fixture
def come(
    app: Flask, sessions: Sessions, threads: ThreadPoolExecutor, send: Callable[..., Any], a_loan: Any, admin: SignedIn
) -> Callable[..., list[TestResponse]]:
    """Has payments come while another one is held up by a rival for its key, so that they form a group."""

    def come(*payments: Coming) -> list[TestResponse]:
        line = app.extensions[GROUP_COMMIT].queue._line
        rival, first = CommandKey(admin.id, OPERATION, HELD), Coming(a_loan(), admin, HELD)
        with sessions() as session:
            idempotency.claim(session.connection(), {rival: "another"})
            held = threads.submit(send, first)
            eventually(lambda: is_waiting(sessions))
            coming = []
            for number, payment in enumerate(payments, start=1):
                coming.append(threads.submit(send, payment))
                eventually(lambda number=number: len(line) == number)
            session.rollback()
        assert held.result(SECONDS).status_code == 201
        return [answer.result(SECONDS) for answer in coming]

    return come


def is_waiting(sessions: Sessions) -> bool:
    """Whether a transaction of this database waits for another."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with sessions() as session:
        return bool(session.execute(waiting).scalar_one())


def transactions(sessions: Sessions, loans: list[Loan]) -> int:
    """In how many transactions the payments of these loans were written."""
    query = text("SELECT count(DISTINCT xmin::text) FROM repayments WHERE loan_id = ANY(:loan_ids)")
    with sessions() as session:
        return int(session.execute(query, {"loan_ids": [loan.id for loan in loans]}).scalar_one())


def test_payments_of_different_loans_are_recorded_in_one_transaction(
    sessions: Sessions, come: Callable[..., Any], a_loan: Callable[..., Loan], officer: SignedIn, admin: SignedIn
) -> None:
    loans = [a_loan() for _ in range(8)]
    payers = [officer, admin] * 4
    answers = come(*[Coming(loan, by, f"key-{n}") for n, (loan, by) in enumerate(zip(loans, payers, strict=True))])
    assert [answer.status_code for answer in answers] == [201] * 8
    assert [answer.json["data"]["loanId"] for answer in answers] == [str(loan.id) for loan in loans]
    assert [answer.json["data"]["receivedBy"]["id"] for answer in answers] == [str(by.id) for by in payers]
    assert transactions(sessions, loans) == 1
    for loan in loans:
        account = account_of(sessions, loan.id)
        assert (account["paid"], account["outstanding"]) == (Decimal(50), Decimal(250))


def test_each_is_told_and_audited_under_its_own_request(
    sessions: Sessions, come: Callable[..., Any], a_loan: Callable[..., Loan], officer: SignedIn, admin: SignedIn
) -> None:
    answers = come(Coming(a_loan(), officer), Coming(a_loan(), admin))
    for answer, by in zip(answers, (officer, admin), strict=True):
        events = dict(pair.split("=") for pair in answer.headers["X-Events"].split(","))
        assert list(events) == ["payments.repayment.recorded.v1", "payments.audit.recorded.v1"]
        with sessions() as session:
            query = select(outbox.c.body).where(outbox.c.id.in_(events.values())).order_by(outbox.c.seq)
            recorded, audited = (orjson.loads(body) for body in session.execute(query).scalars())
        assert recorded["actor_id"] == audited["actor_id"] == audited["data"]["actor_id"] == str(by.id)
        assert recorded["request_id"] == audited["request_id"] == answer.headers["X-Request-Id"]
        assert recorded["data"]["repayment_id"] == audited["data"]["entity_id"] == answer.json["data"]["id"]


def test_one_that_is_refused_is_told_so_and_keeps_no_other_back(
    sessions: Sessions, come: Callable[..., Any], send: Callable[..., Any], a_loan: Callable[..., Loan], admin: SignedIn
) -> None:
    good, bad = a_loan(), a_loan()
    too_much = Coming(bad, admin, "key-2", {"amount": 301})
    taken, refused, absent = come(
        Coming(good, admin, "key-1"), too_much, Coming(Loan(union_id=new_id()), admin, "key-3")
    )
    assert (taken.status_code, refused.status_code, absent.status_code) == (201, 400, 404)
    assert refused.json["payable"] == "300.00"
    assert repayments_of(sessions, bad.id) == []
    # A refused command leaves its key free.
    assert send(Coming(bad, admin, "key-2", {"amount": 300})).status_code == 201


def test_two_of_one_loan_and_one_key_twice(
    sessions: Sessions, come: Callable[..., Any], a_loan: Callable[..., Loan], admin: SignedIn
) -> None:
    loan, other = a_loan(), a_loan()
    twice = [Coming(loan, admin, "key-1"), Coming(loan, admin, "key-2"), Coming(other, admin, "key-3")]
    first, second, third, again, misused = come(
        *twice, Coming(other, admin, "key-3"), Coming(a_loan(), admin, "key-1", {"amount": 60})
    )
    assert [answer.status_code for answer in (first, second, third, again)] == [201] * 4
    assert [row["account_version"] for row in repayments_of(sessions, loan.id)] == [1, 2]
    assert account_of(sessions, loan.id)["paid"] == Decimal(100)
    assert again.json == third.json
    assert {answer.headers.get("Idempotent-Replay") for answer in (third, again)} == {None, "true"}
    assert len(repayments_of(sessions, other.id)) == 1
    assert misused.status_code == 422


def test_a_key_that_was_used_before_is_answered_as_then(
    sessions: Sessions, come: Callable[..., Any], send: Callable[..., Any], a_loan: Callable[..., Loan], admin: SignedIn
) -> None:
    loan, other = a_loan(), a_loan()
    before = send(Coming(loan, admin, "key-1"))
    again, fresh = come(Coming(loan, admin, "key-1"), Coming(other, admin, "key-2"))
    assert (again.json, again.headers["Idempotent-Replay"]) == (before.json, "true")
    assert (fresh.status_code, len(repayments_of(sessions, loan.id))) == (201, 1)


def test_a_reference_of_the_web_client_that_comes_again_is_the_payment_that_is_there(
    sessions: Sessions, come: Callable[..., Any], send: Callable[..., Any], a_loan: Callable[..., Loan], admin: SignedIn
) -> None:
    loan, other = a_loan(), a_loan()
    before = send(Coming(loan, admin, changes={"reference": PAY_REFERENCE}))
    again, fresh = come(
        Coming(loan, admin, "key-1", {"reference": PAY_REFERENCE}),
        Coming(other, admin, "key-2", {"reference": PAY_REFERENCE}),
    )
    assert (again.status_code, again.json["data"]["id"]) == (200, before.json["data"]["id"])
    assert (fresh.status_code, len(repayments_of(sessions, loan.id))) == (201, 1)


def test_a_loan_of_another_officer_looks_absent_in_a_group_as_well(
    sessions: Sessions,
    come: Callable[..., Any],
    a_loan: Callable[..., Loan],
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    loan, mine = a_loan(), a_loan()
    foreign, own = come(Coming(loan, other_officer), Coming(mine, officer))
    assert (foreign.status_code, own.status_code) == (404, 201)
    assert repayments_of(sessions, loan.id) == []


def test_what_has_its_loan_replayed_is_recorded_beside_the_group(
    sessions: Sessions, come: Callable[..., Any], send: Callable[..., Any], a_loan: Callable[..., Loan], admin: SignedIn
) -> None:
    loan, other = a_loan(lines=weekly(3, "100.00", "10.00")), a_loan()
    assert send(Coming(loan, admin, changes={"paidAt": "2026-03-20"})).status_code == 201
    backdated, plain = come(Coming(loan, admin, changes={"paidAt": "2026-03-15", "amount": 70}), Coming(other, admin))
    assert (backdated.status_code, plain.status_code) == (201, 201)
    earlier = next(row for row in repayments_of(sessions, loan.id) if row["amount"] == 70)
    assert earlier["parts"] == [(1, Decimal("10.00"), Decimal("60.00"))]


@pytest.mark.parametrize(("place", "status"), [(0, 201), (2, 201), (None, 400)])
def test_what_a_payment_is_meant_for_has_to_be_of_its_loan(
    come: Callable[..., Any], a_loan: Callable[..., Loan], admin: SignedIn, place: int | None, status: int
) -> None:
    loan = a_loan()
    meant_for = new_id() if place is None else loan.lines[place].instalment_id
    answer, other = come(Coming(loan, admin, changes={"scheduleItemId": str(meant_for)}), Coming(a_loan(), admin))
    assert (answer.status_code, other.status_code) == (status, 201)


def test_a_loan_somebody_else_is_changing_keeps_only_its_own_payment_waiting(
    app: Flask, sessions: Sessions, threads: ThreadPoolExecutor, come: Callable[..., Any], send: Callable[..., Any],
    a_loan: Callable[..., Loan], admin: SignedIn
) -> None:  # fmt: skip
    locked, free = a_loan(), a_loan()
    with sessions() as session:
        session.execute(select(loan_accounts).where(loan_accounts.c.loan_id == locked.id).with_for_update())
        waiting = threads.submit(send, Coming(locked, admin))
        eventually(lambda: is_waiting(sessions))
        assert not app.extensions[GROUP_COMMIT].queue._is_busy
        assert send(Coming(free, admin)).status_code == 201
        assert not waiting.done()
        session.rollback()
    assert waiting.result(SECONDS).status_code == 201
