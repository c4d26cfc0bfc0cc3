"""What every way of taking money has in common: the payment, its checks, and putting it on its loan."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments import wire
from services.payments.domain.account import LISTED, LoanStatus, account_status, check_takes_money
from services.payments.domain.allocation import Overpayment, allocate
from services.payments.domain.facts import RepaymentKind
from services.payments.domain.instalment import Instalment, InstalmentStatus, instalment_status
from services.payments.domain.value_date import Books, check_value_date
from services.payments.events import AccountState, RepaymentRecorded, account_after, allocations_of
from services.payments.models.ledger import Row
from services.payments.queries import accounts, counts
from services.payments.queries.ledger import disbursed_on, has_schedule, interest_rule
from shared.context import Actor
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.wire import money

DEFAULT_BOOKS = Books()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money a member brings for a loan, who receives it, and when.

    `is_dated`: whoever pays said when, and is held to it. `meant_for_instalment_id` is kept with the payment and does
    not change where the money goes.
    """

    by: Actor
    loan_id: UUID
    amount: Decimal
    method: str
    paid_at: datetime
    paid_on: date
    recorded_at: datetime
    business_date: date
    reference: str | None = None
    notes: str | None = None
    meant_for_instalment_id: UUID | None = None
    is_dated: bool = False
    books: Books = DEFAULT_BOOKS
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A repayment with where it went and the account of its loan after it; `is_new` unless it was here before."""

    repayment: Row
    allocations: Sequence[Row]
    account: Row
    is_new: bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """A payment, the locked account it finds, and the instalments it reaches (`accounts.instalments_reached_by`)."""

    payment: Payment
    account: Row
    reached: Sequence[Row]


def check_payment(account: Row, payment: Payment) -> None:
    """Raises LoanNotPayable, DateOutOfBounds or Overpayment unless the account takes this money on its day."""
    check_takes_money(LoanStatus(account["status"]), has_schedule=has_schedule(account))
    not_before = disbursed_on(account) if payment.is_dated else None
    check_value_date(payment.paid_on, payment.books, today=payment.business_date, not_before=not_before, field="paidAt")
    if payment.amount > account["outstanding"]:
        raise Overpayment(account["outstanding"])


def needs_replay(account: Row, payment: Payment) -> bool:
    """Whether it cannot simply be taken off the loan, or only a closer look can tell."""
    return is_backdated(account, payment) or may_settle(account, payment)


def is_backdated(account: Row, payment: Payment) -> bool:
    """Whether it comes before other money that is there already."""
    return account["last_paid_on"] is not None and payment.paid_on < account["last_paid_on"]


def may_settle(account: Row, payment: Payment) -> bool:
    """Whether it could close the loan before everything is paid; only a closer look can tell.

    All principal is part of what settles a loan, so that smaller payments need not be looked at.
    """
    is_enough = account["outstanding_principal"] <= payment.amount < account["outstanding"]
    return is_enough and interest_rule(account).by_day


def new_repayment(account: Row, payment: Payment) -> dict[str, Any]:
    """The row of a payment that is about to be recorded on an account, with who receives it."""
    is_written_off = account["status"] == LoanStatus.WRITTEN_OFF
    return {
        "id": payment.id,
        "loan_id": account["loan_id"],
        "officer_id": account["officer_id"],
        "amount": payment.amount,
        "currency": account["currency"],
        "method": payment.method,
        "paid_at": payment.paid_at,
        "paid_on": payment.paid_on,
        "recorded_at": payment.recorded_at,
        "business_date": payment.business_date,
        "reference": payment.reference,
        "notes": payment.notes,
        "received_by": payment.by.id,
        "meant_for_instalment_id": payment.meant_for_instalment_id,
        "account_version": account["version"] + 1,
        "kind": (RepaymentKind.RECOVERY if is_written_off else RepaymentKind.REPAYMENT).value,
        "reversal_of_id": None,
        "receiver_email": payment.by.email,
        "receiver_role": payment.by.role.value,
    }


def receive(
    uow: UnitOfWork, payments: Sequence[Incoming], begin: Callable[[Payment], None] | None = None
) -> list[Recorded]:
    """Record payments of different loans that need no replay, count them, and tell the others of each, in their order.

    `begin` is called before a payment is told of. Raises Overpayment.
    """
    recorded = [_put_on(one) for one in payments]
    accounts.write_repayments(uow.connection, [(one.repayment, one.allocations, one.account) for one in recorded])
    _count(uow, payments, recorded)
    for one, done in zip(payments, recorded, strict=True):
        if begin:
            begin(one.payment)
        tell_recorded(uow, done, account_after(done.account, done.allocations))
    return recorded


def tell_recorded(uow: UnitOfWork, recorded: Recorded, told: AccountState) -> None:
    """Tell the others of a repayment, with where it went and what is `told` of the account after it, and audit it."""
    repayment, account = recorded.repayment, recorded.account
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
            allocations=allocations_of(recorded.allocations),
            account=told,
            kind=repayment["kind"],
        )
    )
    meant_for = repayment["meant_for_instalment_id"]
    uow.audit(
        action="REPAYMENT_CREATED",
        entity_name="Repayment",
        entity_id=repayment["id"],
        after=wire.repayment(repayment),
        metadata={"loanNumber": account["loan_number"], "outstanding": money(account["outstanding"])}
        | ({"scheduleItemId": str(meant_for)} if meant_for else {}),
    )


def _put_on(incoming: Incoming) -> Recorded:
    repayment = new_repayment(incoming.account, incoming.payment)
    postings = _postings(repayment, incoming.reached)
    return Recorded(repayment, postings, _account_after(incoming.account, repayment, postings), is_new=True)


def _count(uow: UnitOfWork, payments: Sequence[Incoming], recorded: Sequence[Recorded]) -> None:
    methods: Counter[tuple[UUID, str]] = Counter()
    instalments: Counter[tuple[UUID, str]] = Counter()
    for one, done in zip(payments, recorded, strict=True):
        officer_id = one.account["officer_id"]
        methods[officer_id, one.payment.method] += 1
        if one.account["status"] in LISTED:
            closed = sum(1 for posting in done.allocations if posting["closed_at"])
            instalments[officer_id, counts.OPEN] -= closed
            instalments[officer_id, counts.PAID] += closed
    counts.add_all(uow.connection, counts.REPAYMENTS, methods)
    counts.add_all(uow.connection, counts.INSTALMENTS, instalments)


def _postings(repayment: Row, reached: Sequence[Row]) -> list[dict[str, Any]]:
    """The allocations of a repayment, each with what it makes of its instalment."""
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


def _account_after(account: Row, repayment: Row, postings: Sequence[Row]) -> dict[str, Any]:
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
