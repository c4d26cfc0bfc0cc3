"""Fees and penalties are put on a loan, and given up."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.payments.domain.account import LoanStatus, check_takes_charges
from services.payments.domain.facts import ChargeKind
from services.payments.domain.value_date import Books, check_value_date
from services.payments.events import AccountState, ChargeWaived
from services.payments.models.rows import ChargeRow, LoanInShort
from services.payments.queries import accounts, charges, ledger
from services.payments.shapes.loans import Charge
from services.payments.steps import replays
from services.payments.steps.charges import new_charge, publish_charge
from services.payments.steps.repayments import DEFAULT_BOOKS, LoanNotFound
from services.payments.steps.replays import Change, MorePaidThanOwed
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound
from shared.wire import money


class ChargeNotFound(NotFound):
    """No such charge on this loan."""


class NotWaivable(Conflict):
    """The charge was given up before, or it is none that can be: a rebate falls only with its repayment."""


class ChargeAlreadyPaid(Conflict):
    """So much is paid on the loan that without the charge more would be paid than owed."""


def add_charge(
    uow: UnitOfWork,
    *,
    by: Actor,
    loan_id: UUID,
    kind: ChargeKind,
    amount: Decimal,
    due_on: date,
    note: str | None,
    at: datetime,
    business_date: date,
    books: Books = DEFAULT_BOOKS,
) -> ChargeRow:
    """Put a fee or a penalty on a loan: on the instalment whose period holds `due_on`. Returns the charge.

    Money that was paid before is put on the schedule again, with the charge on it.
    Raises LoanNotFound, LoanNotChargeable, DateOutOfBounds.
    """
    account = _account(uow, by, loan_id)
    check_value_date(due_on, books, today=business_date, not_before=account.disbursed_on, field="dueOn")
    charge = new_charge(
        account,
        kind=kind,
        amount=amount,
        due_on=due_on,
        note=note,
        recorded_by=by.id,
        at=at,
        business_date=business_date,
    )
    ledger.add_charge(uow.connection, charge)
    change = replays.derive(uow, account, at=at)
    after = _write(uow, change, charge.account_version)
    publish_charge(uow, charge, account, after, action="CHARGE_ADDED")
    _publish_moved(uow, change, charge.account_version)
    return charge


def waive_charge(
    uow: UnitOfWork,
    *,
    by: Actor,
    loan_id: UUID,
    charge_id: UUID,
    reason: str,
    at: datetime,
    business_date: date,
) -> ChargeRow:
    """Give a charge up, all of it; what was paid of it is put elsewhere on the loan. Returns the charge.

    Raises LoanNotFound, LoanNotChargeable, ChargeNotFound, NotWaivable, ChargeAlreadyPaid.
    """
    account = _account(uow, by, loan_id)
    charge = charges.charge_of_loan(uow.connection, loan_id, charge_id)
    if charge is None:
        raise ChargeNotFound("Charge not found")
    if charge.waived_at or charge.kind == ChargeKind.INTEREST_REBATE:
        raise NotWaivable("This charge was already waived." if charge.waived_at else "A rebate cannot be waived.")
    waived = replace(charge, reason=reason, waived_by=by.id, waived_at=at, waived_on=business_date)
    version = account.version + 1
    ledger.add_waiver(uow.connection, waived, account_version=version)
    try:
        change = replays.derive(uow, account, at=at)
    except MorePaidThanOwed as error:
        raise ChargeAlreadyPaid("This charge was already paid, and nothing else is owed on the loan.") from error
    after = _write(uow, change, version)
    uow.publish(_charge_waived(waived, account, version, by=by, reason=reason, at=at, after=after))
    _publish_moved(uow, change, version)
    uow.audit(
        action="CHARGE_WAIVED",
        entity_name="Charge",
        entity_id=charge_id,
        before=Charge.of(charge),
        after=Charge.of(waived),
        metadata={
            "loanNumber": account.loan_number,
            "outstanding": money(change.account.outstanding),
            "reason": reason,
        },
    )
    return waived


def _account(uow: UnitOfWork, by: Actor, loan_id: UUID) -> LoanInShort:
    account = accounts.account_in_scope(uow.connection, loan_id, by)
    if account is None:
        raise LoanNotFound("Loan not found")
    check_takes_charges(LoanStatus(account.status), has_schedule=account.has_schedule)
    return account


def _write(uow: UnitOfWork, change: Change[LoanInShort], version: int) -> AccountState:
    replays.write(uow, change, version=version + bool(change.moved))
    return change.account_after(version=version)


def _publish_moved(uow: UnitOfWork, change: Change[LoanInShort], version: int) -> None:
    if change.moved:
        replays.publish_replay(uow, change, version=version + 1)


def _charge_waived(
    charge: ChargeRow, account: LoanInShort, version: int, *, by: Actor, reason: str, at: datetime, after: AccountState
) -> ChargeWaived:
    return ChargeWaived(
        aggregate_id=charge.loan_id,
        version=version,
        charge_id=charge.id,
        loan_id=charge.loan_id,
        union_id=account.union_id,
        kind=charge.kind,
        due_on=charge.due_on,
        amount=charge.amount,
        reason=reason,
        by=by.id,
        recorded_at=at,
        account=after,
    )
