"""Fees and penalties are put on a loan, and given up."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments import steps, wire
from services.payments.domain.account import LoanStatus, check_takes_charges
from services.payments.domain.facts import ChargeKind
from services.payments.domain.value_date import Books, check_value_date
from services.payments.events import AccountState, ChargeWaived
from services.payments.models.ledger import Row
from services.payments.queries import accounts, charges, ledger
from services.payments.queries.ledger import disbursed_on, has_schedule
from services.payments.steps import MorePaidThanOwed
from services.payments.usecases.receiving import DEFAULT_BOOKS
from services.payments.usecases.repayment import LoanNotFound
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound
from shared.ids import new_id
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
) -> Row:
    """Put a fee or a penalty on a loan: on the instalment whose period holds `due_on`. Returns the charge.

    Money that is there already is put on the schedule again, with the charge on it.
    Raises LoanNotFound, LoanNotChargeable, DateOutOfBounds.
    """
    account = _account(uow, by, loan_id)
    check_value_date(due_on, books, today=business_date, not_before=disbursed_on(account), field="dueOn")
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
    change = steps.derive(uow, account, at=at)
    told = _write(uow, change, charge["account_version"])
    shown = steps.tell_charge(uow, charge, account, told, action="CHARGE_ADDED")
    _tell_moved(uow, change, charge["account_version"])
    return shown


def new_charge(
    account: Row,
    *,
    kind: ChargeKind,
    amount: Decimal,
    due_on: date,
    note: str | None,
    recorded_by: UUID | None,
    at: datetime,
    business_date: date,
) -> dict[str, Any]:
    """A charge as the next fact of an account, whose lock is held."""
    return {
        "id": new_id(),
        "loan_id": account["loan_id"],
        "kind": kind.value,
        "due_on": due_on,
        "amount": amount,
        "note": note,
        "recorded_by": recorded_by,
        "recorded_at": at,
        "business_date": business_date,
        "account_version": account["version"] + 1,
        "late_instalment_id": None,
        "repayment_id": None,
    }


def waive_charge(
    uow: UnitOfWork,
    *,
    by: Actor,
    loan_id: UUID,
    charge_id: UUID,
    reason: str,
    at: datetime,
    business_date: date,
) -> Row:
    """Give a charge up, all of it; what was paid of it is put elsewhere on the loan. Returns the charge.

    Raises LoanNotFound, LoanNotChargeable, ChargeNotFound, NotWaivable, ChargeAlreadyPaid.
    """
    account = _account(uow, by, loan_id)
    charge = charges.charge_of_loan(uow.connection, loan_id, charge_id)
    if charge is None:
        raise ChargeNotFound("Charge not found")
    if charge["waived_at"] or charge["kind"] == ChargeKind.INTEREST_REBATE:
        raise NotWaivable("This charge was already waived." if charge["waived_at"] else "A rebate cannot be waived.")
    waiver = {
        "charge_id": charge_id,
        "reason": reason,
        "waived_by": by.id,
        "waived_at": at,
        "business_date": business_date,
        "account_version": account["version"] + 1,
    }
    ledger.add_waiver(uow.connection, waiver)
    try:
        change = steps.derive(uow, account, at=at)
    except MorePaidThanOwed as error:
        raise ChargeAlreadyPaid("This charge was already paid, and nothing else is owed on the loan.") from error
    told = _write(uow, change, waiver["account_version"])
    after = dict(charge) | {name: waiver[name] for name in ("reason", "waived_by", "waived_at")}
    uow.publish(_waived(after, account, waiver["account_version"], told))
    _tell_moved(uow, change, waiver["account_version"])
    uow.audit(
        action="CHARGE_WAIVED",
        entity_name="Charge",
        entity_id=charge_id,
        before=wire.charge(charge),
        after=wire.charge(after),
        metadata=_figures(change) | {"reason": reason},
    )
    return after


def _account(uow: UnitOfWork, by: Actor, loan_id: UUID) -> Row:
    account = accounts.account_in_scope(uow.connection, loan_id, by)
    if account is None:
        raise LoanNotFound("Loan not found")
    check_takes_charges(LoanStatus(account["status"]), has_schedule=has_schedule(account))
    return account


def _write(uow: UnitOfWork, change: steps.Change, version: int) -> AccountState:
    steps.write(uow, change, version=version + bool(change.moved))
    return steps.account_after(change, version=version)


def _tell_moved(uow: UnitOfWork, change: steps.Change, version: int) -> None:
    if change.moved:
        steps.tell_replayed(uow, change, version=version + 1)


def _waived(charge: Row, account: Row, version: int, told: AccountState) -> ChargeWaived:
    return ChargeWaived(
        aggregate_id=charge["loan_id"],
        version=version,
        charge_id=charge["id"],
        loan_id=charge["loan_id"],
        union_id=account["union_id"],
        kind=charge["kind"],
        due_on=charge["due_on"],
        amount=charge["amount"],
        reason=charge["reason"],
        by=charge["waived_by"],
        account=told,
    )


def _figures(change: steps.Change) -> dict[str, Any]:
    account = change.account
    return {"loanNumber": account["loan_number"], "outstanding": money(account["outstanding"])}
