"""Deeds on one loan at the same moment, with real threads and a real database: in effect one after the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest

from services.payments.domain.account import LoanNotChargeable
from services.payments.domain.allocation import Overpayment
from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import (
    AT,
    DISBURSED_ON,
    Loan,
    account_of,
    record,
    repayments_of,
    schedule_of,
    weekly,
)
from services.payments.usecases.charges import ChargeAlreadyPaid
from services.payments.usecases.penalties import accrue_penalties
from services.payments.usecases.reversal import AlreadyReversed
from shared.context import Context
from shared.db import Sessions, UnitOfWork, make_sessions, run_transaction
from shared.errors import DomainError
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.testing import SignedIn

ROUNDS = 6
Deed = Callable[..., Any]


@pytest.fixture
def at_once(settings: BaseSettings, admin: SignedIn) -> Iterator[Callable[..., list[Any]]]:
    """Does deeds, each a function of a unit of work, at the same moment; returns what each came to."""
    engine = make_engine(settings.database_url, pool_size=10)
    sessions = make_sessions(engine)

    def at_once(*deeds: Deed) -> list[Any]:
        start = Barrier(len(deeds))

        def do(deed: Deed) -> Any:
            start.wait()
            try:
                return run_transaction(sessions, "payments", deed, Context(actor=admin.actor))[0]
            except DomainError as error:
                return error

        with ThreadPoolExecutor(len(deeds)) as threads:
            return list(threads.map(do, deeds))

    yield at_once
    engine.dispose()


def assert_sound(sessions: Sessions, loan: Loan) -> None:
    """The account is what its schedule and its repayments sum up to."""
    account, schedule = account_of(sessions, loan.id), schedule_of(sessions, loan.id)
    entries = repayments_of(sessions, loan.id)
    assert account["paid"] == sum(row["amount"] for row in entries) == sum(row["paid"] for row in schedule)
    assert account["outstanding"] == sum(row["total"] - row["paid"] for row in schedule)
    assert account["outstanding_principal"] == sum(row["principal"] - row["principal_paid"] for row in schedule)
    versions = [row["account_version"] for row in entries]
    assert len(set(versions)) == len(versions)


def test_of_many_reversals_of_one_repayment_one_is_taken(
    sessions: Sessions, a_loan: Callable[..., Loan], pay: Callable[..., Recorded], reverse_in: Deed, at_once: Deed
) -> None:
    loan = a_loan()
    paid = pay(loan, "150.00").repayment
    outcomes = at_once(*[lambda uow: reverse_in(uow, paid.id) for _ in range(8)])
    assert sum(isinstance(outcome, AlreadyReversed) for outcome in outcomes) == 7
    assert len(repayments_of(sessions, loan.id)) == 2
    assert_sound(sessions, loan)


def test_a_reversal_and_a_payment_of_what_it_frees_come_one_after_the_other(
    sessions: Sessions,
    a_loan: Callable[..., Loan],
    pay: Callable[..., Recorded],
    reverse_in: Deed,
    at_once: Deed,
    admin: SignedIn,
) -> None:
    for _ in range(ROUNDS):
        loan = a_loan()
        paid = pay(loan, "200.00").repayment
        reversed_, second, third = at_once(
            lambda uow, paid=paid: reverse_in(uow, paid.id),
            lambda uow, loan=loan: record(uow, loan, "150.00", by=admin.actor),
            lambda uow, loan=loan: record(uow, loan, "90.00", by=admin.actor, paid_on=DISBURSED_ON - timedelta(1)),
        )
        assert reversed_.amount == Decimal(-200)
        assert isinstance(third, Recorded)
        assert isinstance(second, Recorded | Overpayment)
        taken = Decimal(240) if isinstance(second, Recorded) else Decimal(90)
        assert account_of(sessions, loan.id)["paid"] == taken
        assert_sound(sessions, loan)


def test_a_waiver_and_a_payment_of_the_charge_never_both_count(
    sessions: Sessions,
    a_loan: Callable[..., Loan],
    charge: Deed,
    waive_in: Deed,
    at_once: Deed,
    admin: SignedIn,
) -> None:
    for _ in range(ROUNDS):
        loan = a_loan(lines=weekly(1, "100.00"))
        penalty = charge(loan, "20.00", due_on=DISBURSED_ON)
        waived, paid = at_once(
            lambda uow, loan=loan, penalty=penalty: waive_in(uow, loan, penalty.id),
            lambda uow, loan=loan: record(uow, loan, "120.00", by=admin.actor),
        )
        account = account_of(sessions, loan.id)
        if isinstance(paid, Recorded):
            assert isinstance(waived, ChargeAlreadyPaid | LoanNotChargeable)
            assert (account["status"], account["outstanding"]) == ("COMPLETED", Decimal(0))
        else:
            assert isinstance(paid, Overpayment)
            assert (account["status"], account["outstanding"]) == ("ACTIVE", Decimal(100))
        assert_sound(sessions, loan)


def test_penalties_that_two_accrue_at_once_while_money_comes_in_are_charged_once(
    sessions: Sessions, a_loan: Callable[..., Loan], a_union: Callable[..., Any], at_once: Deed, admin: SignedIn
) -> None:
    union_id, terms = a_union(), {"penalty_mode": "CHARGED"}
    facts = {"penalty_per_day": Decimal("3.00"), "terms": terms}
    loans = [a_loan(union_id=union_id, facts=facts) for _ in range(5)]
    day = loans[0].lines[0].due_on + timedelta(days=1)

    def accrue(uow: UnitOfWork) -> int:
        return accrue_penalties(uow, [loan.id for loan in loans], day, at=AT)

    paying = [lambda uow, loan=loan: record(uow, loan, "60.00", by=admin.actor) for loan in loans]
    first, second, *paid = at_once(accrue, accrue, *paying)
    assert first + second == 5
    assert all(isinstance(outcome, Recorded) for outcome in paid)
    for loan in loans:
        assert account_of(sessions, loan.id)["outstanding"] == Decimal(243)
        assert_sound(sessions, loan)
