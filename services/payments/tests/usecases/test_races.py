"""Many at once on one loan, with real threads and a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest

from services.payments.domain.account import LoanNotPayable
from services.payments.domain.allocation import Overpayment
from services.payments.domain.facts import Repayment
from services.payments.domain.instalment import Instalment
from services.payments.domain.replay import replay
from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import Loan, account_of, record, repayments_of, schedule_of, weekly
from shared.context import Context
from shared.db import Sessions, UnitOfWork, make_sessions, run_transaction
from shared.errors import DomainError
from shared.postgres.engine import make_engine
from shared.settings import BaseSettings
from shared.testing import SignedIn

AT_ONCE = 50
Outcome = Recorded | DomainError


@pytest.fixture
def all_at_once(settings: BaseSettings, admin: SignedIn) -> Callable[..., list[Outcome]]:
    """Records fifty equal payments of a loan at the same moment; what each of them came to."""

    def all_at_once(loan: Loan, amount: str, **facts: str) -> list[Outcome]:
        engine = make_engine(settings.database_url, pool_size=AT_ONCE)
        sessions, start = make_sessions(engine), Barrier(AT_ONCE)

        def work(uow: UnitOfWork) -> Recorded:
            return record(uow, loan, amount, by=admin.actor, **facts)

        def pay(_: int) -> Outcome:
            start.wait()
            try:
                context = Context(actor=admin.actor)
                return run_transaction(sessions, "payments", work, context)[0]
            except DomainError as error:
                return error

        with ThreadPoolExecutor(AT_ONCE) as threads:
            outcomes = list(threads.map(pay, range(AT_ONCE)))
        engine.dispose()
        return outcomes

    return all_at_once


def test_fifty_payments_at_once_are_all_taken_and_sum_up_to_the_cent(
    sessions: Sessions, a_loan: Callable[..., Loan], all_at_once: Callable[..., list[Outcome]]
) -> None:
    loan = a_loan(lines=weekly(12, "83.33", "1.67"))
    assert all(isinstance(outcome, Recorded) for outcome in all_at_once(loan, "17.37"))
    account, schedule, repayments = (
        account_of(sessions, loan.id), schedule_of(sessions, loan.id), repayments_of(sessions, loan.id),
    )  # fmt: skip
    assert account["paid"] == sum(repayment["amount"] for repayment in repayments) == Decimal("868.50")
    assert account["outstanding"] == Decimal("1020.00") - Decimal("868.50")
    assert account["paid"] == sum(row["paid"] for row in schedule)
    assert account["outstanding_principal"] == sum(row["principal"] - row["principal_paid"] for row in schedule)
    assert [repayment["account_version"] for repayment in repayments] == list(range(1, AT_ONCE + 1))
    assert all(sum(i + p for _, i, p in row["parts"]) == row["amount"] for row in repayments)


def test_what_fifty_payments_at_once_came_to_is_what_a_replay_makes_of_them(
    sessions: Sessions, a_loan: Callable[..., Loan], all_at_once: Callable[..., list[Outcome]]
) -> None:
    loan = a_loan(lines=weekly(12, "83.33", "1.67"))
    all_at_once(loan, "20.40")
    lines = [Instalment(line.sequence, line.due_on, line.interest, line.principal) for line in loan.lines]
    recorded = repayments_of(sessions, loan.id)
    facts = [Repayment(r["id"], r["amount"], r["paid_on"], r["paid_at"], r["account_version"]) for r in recorded]
    allocated = replay(lines, facts).allocations
    for repayment in recorded:
        again = [(part.sequence, part.interest, part.principal) for part in allocated[repayment["id"]]]
        assert again == repayment["parts"]


def test_of_fifty_full_payments_at_once_one_is_taken(
    sessions: Sessions, a_loan: Callable[..., Loan], all_at_once: Callable[..., list[Outcome]]
) -> None:
    loan = a_loan(lines=weekly(3, "100.00"))
    outcomes = all_at_once(loan, "300.00")
    assert sum(isinstance(outcome, Recorded) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, LoanNotPayable) for outcome in outcomes) == AT_ONCE - 1
    account = account_of(sessions, loan.id)
    assert (account["paid"], account["outstanding"], account["status"]) == (Decimal(300), Decimal(0), "COMPLETED")


def test_of_fifty_payments_too_many_are_refused_as_overpayment(
    sessions: Sessions, a_loan: Callable[..., Loan], all_at_once: Callable[..., list[Outcome]]
) -> None:
    loan = a_loan(lines=weekly(3, "100.00"))
    outcomes = all_at_once(loan, "70.00")
    assert sum(isinstance(outcome, Recorded) for outcome in outcomes) == 4
    assert sum(isinstance(outcome, Overpayment) for outcome in outcomes) == AT_ONCE - 4
    assert account_of(sessions, loan.id)["outstanding"] == Decimal(20)


def test_fifty_copies_of_one_payment_are_one_payment(
    sessions: Sessions, a_loan: Callable[..., Loan], all_at_once: Callable[..., list[Outcome]]
) -> None:
    loan = a_loan(lines=weekly(1, "100.00"))
    outcomes = all_at_once(loan, "100.00", reference="PAY-1773221400000-x7Fq2")
    assert len({outcome.repayment.id for outcome in outcomes if isinstance(outcome, Recorded)}) == 1
    assert sum(outcome.is_new for outcome in outcomes if isinstance(outcome, Recorded)) == 1
    assert account_of(sessions, loan.id)["paid"] == Decimal(100)
