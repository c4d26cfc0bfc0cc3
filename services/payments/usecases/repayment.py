"""Money comes in from a member."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments import steps
from services.payments.domain.facts import ChargeKind
from services.payments.domain.reference import is_made_by_client
from services.payments.domain.settlement import settlement
from services.payments.models.ledger import Row
from services.payments.queries import accounts, counts, ledger, repayments
from services.payments.queries.ledger import interest_rule, standings_of
from services.payments.usecases.receiving import (
    Incoming,
    Payment,
    Recorded,
    check_payment,
    is_backdated,
    may_settle,
    new_repayment,
    receive,
    tell_recorded,
)
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import NotFound, RuleViolated
from shared.ids import new_id
from shared.money import ZERO


class LoanNotFound(NotFound):
    """No such loan, or not one of this officer's."""


class ScheduleItemOfAnotherLoan(RuleViolated):
    """The instalment a payment is said to be meant for is not one of the loan's."""


def record_repayment(uow: UnitOfWork, payment: Payment) -> Recorded:
    """Take money for a loan: put it on the oldest instalments, take it off the account, and tell the others.

    The lock on the account is held from the first statement to the commit, so that concurrent payments of a loan are
    judged one after the other. A payment the web client repeats under its own reference is returned as it was recorded.
    Money dated before other money of the loan, and money that settles the loan early, have the loan replayed. On a
    written-off loan it is a recovery.
    Raises LoanNotFound, LoanNotPayable, DateOutOfBounds, Overpayment, ScheduleItemOfAnotherLoan.
    """
    loan_id, reference, meant_for = payment.loan_id, payment.reference, payment.meant_for_instalment_id
    account = account_to_pay(uow, loan_id, payment.by)
    if reference is not None and is_made_by_client(reference):
        earlier = repayments.repayment_by_reference(uow.connection, loan_id, reference)
        if earlier is not None:
            parts = repayments.allocations_by_repayment(uow.connection, [earlier["id"]])
            return Recorded(earlier, parts[earlier["id"]], account, is_new=False)
    check_payment(account, payment)
    if meant_for and not accounts.is_instalment_of(uow.connection, loan_id, meant_for):
        raise ScheduleItemOfAnotherLoan("The schedule item does not belong to this loan.", field="scheduleItemId")

    rebate = _rebate(uow, account, payment)
    if rebate or is_backdated(account, payment):
        return _record_and_replay(uow, new_repayment(account, payment), account, rebate)
    reached = accounts.instalments_reached(uow.connection, loan_id, payment.amount)
    return receive(uow, [Incoming(payment, account, reached)])[0]


def account_to_pay(uow: UnitOfWork, loan_id: UUID, by: Actor) -> Row:
    """The account under its lock, if the actor may take money for it. Raises LoanNotFound."""
    own = None if by.role is Role.ADMIN else by.id
    account = accounts.account_for_update(uow.connection, loan_id, own)
    if account is None:
        raise LoanNotFound("Loan not found")
    return account


def _rebate(uow: UnitOfWork, account: Row, payment: Payment) -> Decimal:
    """The interest given up because the amount is exactly what settles the loan on that day; zero for any other."""
    if not may_settle(account, payment):
        return ZERO
    rule = interest_rule(account)
    standings = standings_of(uow.connection, [account["loan_id"]])[account["loan_id"]]
    closing = settlement(standings, rule, on=payment.paid_on)
    return closing.rebate if payment.amount == closing.total else ZERO


def _record_and_replay(uow: UnitOfWork, repayment: Row, account: Row, rebate: Decimal) -> Recorded:
    ledger.add_repayment(uow.connection, repayment)
    version = repayment["account_version"]
    charge = None
    if rebate:
        version += 1
        charge = _rebate_row(repayment, rebate, version)
        ledger.add_charge(uow.connection, charge)
    change = steps.derive(uow, account, at=repayment["recorded_at"], closed_at=repayment["paid_at"])
    is_moved = bool(change.moved - {repayment["id"]})
    last = version + is_moved
    steps.write(uow, change, version=last)
    counts.add(uow.connection, counts.REPAYMENTS, account["officer_id"], {repayment["method"]: 1})
    after = change.account | {"version": last}
    recorded = Recorded(repayment, change.postings[repayment["id"]], after, is_new=True)
    tell_recorded(uow, recorded, steps.account_after(change, version=repayment["account_version"]))
    if charge:
        told = steps.account_after(change, version=version)
        steps.tell_charge(uow, charge, account, told, action="INTEREST_REBATED")
    if is_moved:
        steps.tell_replayed(uow, change, version=last)
    return recorded


def _rebate_row(repayment: Row, rebate: Decimal, version: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "loan_id": repayment["loan_id"],
        "kind": ChargeKind.INTEREST_REBATE.value,
        "due_on": repayment["paid_on"],
        "amount": rebate,
        "note": None,
        "recorded_by": repayment["received_by"],
        "recorded_at": repayment["recorded_at"],
        "business_date": repayment["business_date"],
        "account_version": version,
        "late_instalment_id": None,
        "repayment_id": repayment["id"],
    }
