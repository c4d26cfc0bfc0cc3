"""Money comes in from members."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.payments.domain.reference import is_made_by_client
from services.payments.models.rows import LoanInShort
from services.payments.queries import accounts, repayments
from services.payments.steps.repayments import (
    LoanNotFound,
    Locked,
    Outcome,
    Payment,
    Recorded,
    needs_replay,
    record_payments,
)
from shared.context import Role
from shared.db import UnitOfWork

Outcomes = dict[UUID, Outcome]


def record_repayments(uow: UnitOfWork, payments: Sequence[Payment], *, waits: bool = True) -> Outcomes:
    """Take money for loans: put it on the oldest instalments, take it off the accounts, publish it.

    Returns what becomes of the payments by their ids. Each is judged for itself: LoanNotFound, LoanNotPayable,
    DateOutOfBounds, Overpayment and ScheduleItemOfAnotherLoan are outcomes, and what is refused leaves nothing and
    keeps no other back. A payment the web client repeats under its own reference is returned as it was recorded. On a
    written-off loan money is a recovery. The locks on the accounts are held to the commit, so that concurrent payments
    of a loan are judged one after the other.

    Unless it `waits`, it leaves out whatever would keep the other payments waiting: a payment whose loan somebody else
    is changing or this actor may not see, the second one of a loan, and one that is repeated or has its loan replayed.
    """
    if not waits:
        return _record_at_once(uow, payments)
    outcomes: Outcomes = {}
    left = list(payments)
    while left:
        turn = _first_of_each_loan(left)
        locked = accounts.accounts_for_update(uow.connection, [payment.loan_id for payment in turn])
        outcomes |= _record(uow, locked, turn)
        left = [payment for payment in left if payment.id not in outcomes]
    return outcomes


def _record(uow: UnitOfWork, locked: Locked, payments: Sequence[Payment]) -> Outcomes:
    outcomes: Outcomes = {}
    for payment in payments:
        if not _may_take_money(payment, locked):
            outcomes[payment.id] = LoanNotFound("Loan not found")
        elif recorded := _recorded_before(uow, locked[payment.loan_id], payment):
            outcomes[payment.id] = recorded
    return outcomes | record_payments(uow, locked, [payment for payment in payments if payment.id not in outcomes])


def _record_at_once(uow: UnitOfWork, payments: Sequence[Payment]) -> Outcomes:
    first = _first_of_each_loan(payments)
    locked = accounts.free_accounts_for_update(uow.connection, [payment.loan_id for payment in first])
    simple = [
        payment
        for payment in first
        if _may_take_money(payment, locked) and not needs_replay(locked[payment.loan_id], payment)
    ]
    references = {
        (payment.loan_id, payment.reference)
        for payment in simple
        if payment.reference and is_made_by_client(payment.reference)
    }
    repeated = repayments.repayments_by_reference(uow.connection, references)
    return record_payments(
        uow, locked, [payment for payment in simple if (payment.loan_id, payment.reference) not in repeated]
    )


def _first_of_each_loan(payments: Iterable[Payment]) -> list[Payment]:
    first: dict[UUID, Payment] = {}
    for payment in payments:
        first.setdefault(payment.loan_id, payment)
    return list(first.values())


def _may_take_money(payment: Payment, locked: Locked) -> bool:
    account = locked.get(payment.loan_id)
    return account is not None and (payment.by.role is Role.ADMIN or account.officer_id == payment.by.id)


def _recorded_before(uow: UnitOfWork, account: LoanInShort, payment: Payment) -> Recorded | None:
    """The payment the web client made under the same reference, if it did."""
    if payment.reference is None or not is_made_by_client(payment.reference):
        return None
    earlier = repayments.repayment_by_reference(uow.connection, payment.loan_id, payment.reference)
    if earlier is None:
        return None
    allocations = repayments.allocations_by_repayment(uow.connection, [earlier.id])[earlier.id]
    return Recorded(earlier, allocations, account, is_new=False)
