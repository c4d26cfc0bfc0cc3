"""Money comes in from a member."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments import steps, wire
from services.payments.domain.account import LISTED, LoanStatus, account_status, check_takes_money
from services.payments.domain.allocation import Overpayment, allocate
from services.payments.domain.facts import ChargeKind, RepaymentKind
from services.payments.domain.instalment import Instalment, InstalmentStatus, instalment_status
from services.payments.domain.reference import is_made_by_client
from services.payments.domain.settlement import settlement
from services.payments.domain.value_date import Books, check_value_date
from services.payments.events import RepaymentRecorded, account_told, allocations_told, charge_added
from services.payments.models import Row
from services.payments.queries import accounts, counts, ledger, repayments
from services.payments.queries.ledger import disbursed_on, has_schedule, interest_rule, standings_of
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import NotFound, RuleViolated
from shared.ids import new_id
from shared.money import ZERO
from shared.wire import money

DEFAULT_BOOKS = Books()


class LoanNotFound(NotFound):
    """No such loan, or not one of this officer's."""


class ScheduleItemOfAnotherLoan(RuleViolated):
    """The instalment a payment is said to be meant for is not one of the loan's."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A repayment with where it went and the account of its loan after it; `is_new` unless it was here before."""

    repayment: Row
    allocations: Sequence[Row]
    account: Row
    is_new: bool


def record_repayment(
    uow: UnitOfWork,
    *,
    by: Actor,
    loan_id: UUID,
    amount: Decimal,
    method: str,
    paid_at: datetime,
    paid_on: date,
    recorded_at: datetime,
    business_date: date,
    reference: str | None = None,
    notes: str | None = None,
    meant_for_instalment_id: UUID | None = None,
    is_dated: bool = False,
    books: Books = DEFAULT_BOOKS,
    repayment_id: UUID | None = None,
) -> Recorded:
    """Take money for a loan: put it on the oldest instalments, take it off the account, and tell the others.

    The lock on the account is held from the first statement to the commit, so that concurrent payments of a loan are
    judged one after the other. A payment the web client repeats under its own reference is returned as it was recorded.
    `meant_for_instalment_id` is kept with the payment and does not change where the money goes. `is_dated`: whoever
    pays said when, and is held to it. Money dated before other money of the loan, and money that settles the loan
    early, have the loan replayed. On a written-off loan it is a recovery.
    Raises LoanNotFound, LoanNotPayable, DateOutOfBounds, Overpayment, ScheduleItemOfAnotherLoan.
    """
    account = account_to_pay(uow, loan_id, by)
    if reference is not None and is_made_by_client(reference):
        earlier = repayments.repayment_by_reference(uow.connection, loan_id, reference)
        if earlier is not None:
            parts = repayments.allocations_by_repayment(uow.connection, [earlier["id"]])
            return Recorded(earlier, parts[earlier["id"]], account, is_new=False)
    check_payment(account, amount, paid_on, business_date=business_date, is_dated=is_dated, books=books)
    if meant_for_instalment_id and not accounts.is_instalment_of(uow.connection, loan_id, meant_for_instalment_id):
        raise ScheduleItemOfAnotherLoan("The schedule item does not belong to this loan.", field="scheduleItemId")

    repayment = new_repayment(
        account,
        by,
        repayment_id=repayment_id,
        amount=amount,
        method=method,
        paid_at=paid_at,
        paid_on=paid_on,
        recorded_at=recorded_at,
        business_date=business_date,
        reference=reference,
        notes=notes,
        meant_for_instalment_id=meant_for_instalment_id,
    )
    rebate = _rebate(uow, account, amount, paid_on)
    if rebate or is_backdated(account, paid_on):
        return _record_and_replay(uow, repayment, account, rebate)
    postings = post(repayment, accounts.instalments_reached(uow.connection, loan_id, amount))
    after = account_after(account, repayment, postings)
    accounts.write_repayments(uow.connection, [(repayment, postings, after)])
    _count(uow, account, repayment, postings)
    tell_recorded(uow, repayment, postings, after, account_told(after, postings))
    return Recorded(repayment, postings, after, is_new=True)


def new_repayment(
    account: Row,
    by: Actor,
    *,
    amount: Decimal,
    method: str,
    paid_at: datetime,
    paid_on: date,
    recorded_at: datetime,
    business_date: date,
    reference: str | None,
    notes: str | None,
    meant_for_instalment_id: UUID | None = None,
    repayment_id: UUID | None = None,
) -> dict[str, Any]:
    """The row of a repayment that is about to be recorded on an account, with who receives it."""
    return {
        "id": repayment_id or new_id(),
        "loan_id": account["loan_id"],
        "officer_id": account["officer_id"],
        "amount": amount,
        "currency": account["currency"],
        "method": method,
        "paid_at": paid_at,
        "paid_on": paid_on,
        "recorded_at": recorded_at,
        "business_date": business_date,
        "reference": reference,
        "notes": notes,
        "received_by": by.id,
        "meant_for_instalment_id": meant_for_instalment_id,
        "account_version": account["version"] + 1,
        "kind": kind_of_money(account).value,
        "reversal_of_id": None,
        "receiver_email": by.email,
        "receiver_role": by.role.value,
    }


def account_to_pay(uow: UnitOfWork, loan_id: UUID, by: Actor) -> Row:
    """The account under its lock, if the actor may take money for it. Raises LoanNotFound."""
    own = None if by.role is Role.ADMIN else by.id
    account = accounts.account_for_update(uow.connection, loan_id, own)
    if account is None:
        raise LoanNotFound("Loan not found")
    return account


def check_payment(
    account: Row, amount: Decimal, paid_on: date, *, business_date: date, is_dated: bool, books: Books
) -> None:
    """Raises LoanNotPayable, DateOutOfBounds or Overpayment unless the account takes this money on this day."""
    check_takes_money(LoanStatus(account["status"]), has_schedule=has_schedule(account))
    not_before = disbursed_on(account) if is_dated else None
    check_value_date(paid_on, books, today=business_date, not_before=not_before, field="paidAt")
    if amount > account["outstanding"]:
        raise Overpayment(account["outstanding"])


def is_backdated(account: Row, paid_on: date) -> bool:
    """Whether money of this day comes before other money that is there already."""
    return account["last_paid_on"] is not None and paid_on < account["last_paid_on"]


def kind_of_money(account: Row) -> RepaymentKind:
    """What money is that comes in now."""
    is_written_off = account["status"] == LoanStatus.WRITTEN_OFF
    return RepaymentKind.RECOVERY if is_written_off else RepaymentKind.REPAYMENT


def may_settle(account: Row, amount: Decimal) -> bool:
    """Whether the amount could close the loan before everything is paid; only a closer look can tell.

    All principal is part of what settles a loan, so that smaller payments need not be looked at.
    """
    return account["outstanding_principal"] <= amount < account["outstanding"] and interest_rule(account).by_day


def _rebate(uow: UnitOfWork, account: Row, amount: Decimal, paid_on: date) -> Decimal:
    """The interest given up because the amount is exactly what settles the loan on that day; zero for any other."""
    if not may_settle(account, amount):
        return ZERO
    rule = interest_rule(account)
    standings = standings_of(uow.connection, [account["loan_id"]])[account["loan_id"]]
    closing = settlement(standings, rule, on=paid_on)
    return closing.rebate if amount == closing.total else ZERO


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
    postings, after = change.postings[repayment["id"]], change.account | {"version": last}
    told = steps.account_after(change, version=repayment["account_version"])
    tell_recorded(uow, repayment, postings, after, told)
    if charge:
        uow.publish(charge_added(charge, account, steps.account_after(change, version=version)))
    if is_moved:
        steps.tell_replayed(uow, change, version=last)
    return Recorded(repayment, postings, after, is_new=True)


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


def post(repayment: Row, reached: Sequence[Row]) -> list[dict[str, Any]]:
    """The allocations of a repayment that came in order, each with what it makes of its instalment; `reached` as
    `accounts.instalments_reached` reads it. Raises Overpayment."""
    owed_on = {row["sequence"]: row for row in reached}
    owed = [
        Instalment(
            row["sequence"], row["due_on"], row["interest"], row["principal"], penalty=row["penalty"], fee=row["fee"]
        )
        for row in reached
    ]
    postings = []
    for allocation in allocate(repayment["amount"], owed):
        row = owed_on[allocation.sequence]
        paid = row["paid"] + allocation.total
        status = instalment_status(due=row["total"], paid=paid)
        posting = accounts.allocation_row(
            allocation, repayment_id=repayment["id"], instalment_id=row["instalment_id"], at=repayment["recorded_at"]
        )
        closed_at = repayment["paid_at"] if status is InstalmentStatus.PAID else None
        postings.append({**posting, "paid": paid, "status": status.value, "closed_at": closed_at})
    return postings


def account_after(account: Row, repayment: Row, postings: Sequence[Row]) -> dict[str, Any]:
    """The account after a repayment that came in order."""
    paid = account["paid"] + repayment["amount"]
    outstanding = account["outstanding"] - repayment["amount"]
    status = account_status(LoanStatus(account["facts"]["status"]), paid=paid, outstanding=outstanding)
    return {
        **account,
        "version": repayment["account_version"],
        "status": status.value,
        "disbursed_at": account["disbursed_at"] or repayment["paid_at"],
        "closed_at": repayment["paid_at"] if status is LoanStatus.COMPLETED else account["closed_at"],
        "paid": paid,
        "outstanding": outstanding,
        "outstanding_principal": account["outstanding_principal"] - sum(line["principal"] for line in postings),
        "last_paid_on": repayment["paid_on"],
    }


def _count(uow: UnitOfWork, account: Row, repayment: Row, postings: Sequence[Row]) -> None:
    officer_id = repayment["officer_id"]
    counts.add(uow.connection, counts.REPAYMENTS, officer_id, {repayment["method"]: 1})
    closed = sum(1 for posting in postings if posting["closed_at"])
    if closed and account["status"] in LISTED:
        counts.add(uow.connection, counts.INSTALMENTS, officer_id, {counts.OPEN: -closed, counts.PAID: closed})


def tell_recorded(uow: UnitOfWork, repayment: Row, postings: Sequence[Row], account: Row, told: dict[str, Any]) -> None:
    """Tell the others of a repayment, with where it went and what is `told` of the account after it, and audit it."""
    uow.publish(
        RepaymentRecorded(
            aggregate_id=repayment["loan_id"],
            version=repayment["account_version"],
            repayment_id=repayment["id"],
            loan_id=repayment["loan_id"],
            loan_number=account["loan_number"],
            member_id=account["member_id"],
            union_id=account["union_id"],
            amount=repayment["amount"],
            currency=repayment["currency"],
            method=repayment["method"],
            paid_at=repayment["paid_at"],
            paid_on=repayment["paid_on"],
            recorded_at=repayment["recorded_at"],
            reference=repayment["reference"],
            notes=repayment["notes"],
            received_by=repayment["received_by"],
            allocations=allocations_told(postings),
            account=told,
            kind=repayment["kind"],
        )
    )
    uow.audit(
        action="REPAYMENT_CREATED",
        entity_name="Repayment",
        entity_id=repayment["id"],
        after=wire.repayment(repayment),
        metadata={"loanNumber": account["loan_number"], "outstanding": money(account["outstanding"])},
    )
