from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.payments.queries import accounts, counts
from services.payments.steps.repayments import Recorded
from services.payments.tests.conftest import (
    Loan,
    account_of,
    member_event,
    repayments_of,
    schedule_of,
    union_event,
    weekly,
)
from shared import tally
from shared.db import Sessions, UnitOfWork, unit_of_work
from shared.ids import new_id
from shared.tally import EVERYBODY
from shared.testing import SignedIn, eventually


def counted(uow: UnitOfWork, *owners: UUID) -> list[tuple[int, int, int]]:
    """Of each owner: repayments, open instalments, paid instalments."""
    return [
        (
            tally.total(uow.connection, counts.REPAYMENTS, [owner]),
            tally.total(uow.connection, counts.INSTALMENTS, [owner], [counts.OPEN]),
            tally.total(uow.connection, counts.INSTALMENTS, [owner], [counts.PAID]),
        )
        for owner in owners
    ]


def test_a_reassigned_union_takes_accounts_schedules_repayments_and_counts_along(
    sessions: Sessions,
    uow: UnitOfWork,
    a_union: Callable[..., UUID],
    a_loan: Callable[..., Loan],
    pay: Callable[..., Recorded],
    hear: Callable[..., None],
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    union_id = a_union()
    moved, stays = a_loan(union_id=union_id), a_loan()
    pay(moved, "150.00")
    pay(stays, "10.00")
    hear(union_event(union_id, other_officer.id, version=2, step="assigned"))
    assert account_of(sessions, moved.id)["officer_id"] == other_officer.id
    assert account_of(sessions, stays.id)["officer_id"] == officer.id
    rows = schedule_of(sessions, moved.id) + repayments_of(sessions, moved.id)
    assert {row["officer_id"] for row in rows} == {other_officer.id}
    assert counted(uow, officer.id, other_officer.id, EVERYBODY) == [(1, 3, 0), (1, 2, 1), (2, 5, 1)]


def test_an_assignment_heard_twice_or_late_moves_nothing_again(
    sessions: Sessions,
    uow: UnitOfWork,
    a_union: Callable[..., UUID],
    a_loan: Callable[..., Loan],
    hear: Callable[..., None],
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    union_id = a_union()
    loan = a_loan(union_id=union_id)
    assigned = union_event(union_id, other_officer.id, version=3, step="assigned")
    hear(assigned, assigned, union_event(union_id, officer.id, version=2, step="updated"))
    assert account_of(sessions, loan.id)["officer_id"] == other_officer.id
    assert counted(uow, officer.id, other_officer.id) == [(0, 0, 0), (0, 3, 0)]


def test_a_payment_after_the_assignment_counts_for_the_new_officer(
    uow: UnitOfWork,
    a_union: Callable[..., UUID],
    a_loan: Callable[..., Loan],
    pay: Callable[..., Recorded],
    hear: Callable[..., None],
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    union_id = a_union()
    loan = a_loan(union_id=union_id)
    hear(union_event(union_id, other_officer.id, version=2, step="assigned"))
    recorded: Any = pay(loan, "100.00", by=other_officer.actor)
    assert recorded.account.outstanding == Decimal(200)
    assert counted(uow, officer.id, other_officer.id) == [(0, 0, 0), (1, 2, 1)]


def test_payments_and_loans_that_come_while_a_union_is_reassigned_end_with_its_new_officer(
    sessions: Sessions,
    uow: UnitOfWork,
    a_union: Callable[..., UUID],
    a_loan: Callable[..., Loan],
    pay: Callable[..., Recorded],
    hear: Callable[..., None],
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    union_id = a_union()
    loans = [a_loan(union_id=union_id) for _ in range(8)]
    new = [Loan(union_id=union_id, lines=weekly(3, "100.00")) for _ in range(8)]
    hear(*(member_event(loan.member_id, union_id) for loan in new))
    assigned = union_event(union_id, other_officer.id, version=2, step="assigned")
    work = [partial(pay, loan, "100.00") for loan in loans] + [partial(hear, loan.event()) for loan in new]
    with ThreadPoolExecutor(10) as threads:
        pending = [threads.submit(job) for job in [*work[:5], partial(hear, assigned), *work[5:]]]
    for job in pending:
        job.result()
    for loan in (*loans, *new):
        rows = [account_of(sessions, loan.id), *schedule_of(sessions, loan.id), *repayments_of(sessions, loan.id)]
        assert {row["officer_id"] for row in rows} == {other_officer.id}
    assert counted(uow, officer.id, other_officer.id, EVERYBODY) == [(0, 0, 0), (8, 40, 8), (8, 40, 8)]


def is_waiting(sessions: Sessions) -> bool:
    """Whether somebody waits for a lock of another."""
    with sessions() as session:
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return session.execute(text(waiting)).first() is not None


def test_accounts_of_a_reassigned_union_are_locked_in_the_order_in_which_payments_lock_them(
    sessions: Sessions,
    a_union: Callable[..., UUID],
    a_loan: Callable[..., Loan],
    hear: Callable[..., None],
    other_officer: SignedIn,
) -> None:
    union_id = a_union()
    first, last = sorted((new_id(), new_id()))
    for loan_id in (last, first):
        a_loan(id=loan_id, union_id=union_id)
    with ThreadPoolExecutor(1) as thread, unit_of_work(sessions, "payments") as payer:
        accounts.accounts_for_update(payer.connection, [first])
        assignment = thread.submit(hear, union_event(union_id, other_officer.id, version=2, step="assigned"))
        eventually(lambda: is_waiting(sessions))
        assert accounts.free_accounts_for_update(payer.connection, [last]).keys() == {last}
    assignment.result()
    assert {account_of(sessions, loan_id)["officer_id"] for loan_id in (first, last)} == {other_officer.id}


def test_the_loans_of_a_member_who_moves_go_along_to_the_officer_of_the_new_union(
    sessions: Sessions,
    uow: UnitOfWork,
    a_union: Callable[..., UUID],
    a_loan: Callable[..., Loan],
    pay: Callable[..., Recorded],
    hear: Callable[..., None],
    officer: SignedIn,
    other_officer: SignedIn,
) -> None:
    loan, target = a_loan(), a_union(other_officer.id)
    pay(loan, "100.00")
    moved = member_event(loan.member_id, target, version=2)
    hear(moved, moved, member_event(loan.member_id, loan.union_id, version=1))
    account = account_of(sessions, loan.id)
    assert (account["union_id"], account["officer_id"]) == (target, other_officer.id)
    rows = schedule_of(sessions, loan.id) + repayments_of(sessions, loan.id)
    assert {row["officer_id"] for row in rows} == {other_officer.id}
    assert counted(uow, officer.id, other_officer.id, EVERYBODY) == [(0, 0, 0), (1, 2, 1), (1, 2, 1)]


def test_news_of_a_loan_from_before_its_member_moved_does_not_take_it_back(
    sessions: Sessions,
    a_union: Callable[..., UUID],
    a_loan: Callable[..., Loan],
    hear: Callable[..., None],
    other_officer: SignedIn,
) -> None:
    loan, target = a_loan(), a_union(other_officer.id)
    hear(
        member_event(loan.member_id, target, version=2),
        loan.event("defaulted", status="DEFAULTED", version=5, lines=[]),
    )
    account = account_of(sessions, loan.id)
    assert (account["union_id"], account["officer_id"], account["status"]) == (target, other_officer.id, "DEFAULTED")
