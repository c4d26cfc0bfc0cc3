"""Money comes in from a member."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments import wire
from services.payments.domain.account import LoanStatus, account_status, check_takes_money
from services.payments.domain.allocation import Overpayment, allocate
from services.payments.domain.instalment import Instalment, InstalmentStatus, instalment_status
from services.payments.domain.reference import is_made_by_client
from services.payments.events import RepaymentRecorded, account_told, allocations_told
from services.payments.models import Row
from services.payments.queries import accounts, counts, repayments
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import NotFound, RuleViolated
from shared.ids import new_id
from shared.wire import money


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
) -> Recorded:
    """Take money for a loan: put it on the oldest instalments, take it off the account, and tell the others.

    The lock on the account is held from the first statement to the commit, so that concurrent payments of a loan are
    judged one after the other. A payment the web client repeats under its own reference is returned as it was recorded.
    `meant_for_instalment_id` is kept with the payment and does not change where the money goes.
    Raises LoanNotFound, LoanNotPayable, Overpayment, ScheduleItemOfAnotherLoan.
    """
    own = None if by.role is Role.ADMIN else by.id
    account = accounts.account_for_update(uow.connection, loan_id, own)
    if account is None:
        raise LoanNotFound("Loan not found")
    if reference is not None and is_made_by_client(reference):
        earlier = repayments.repayment_by_reference(uow.connection, loan_id, reference)
        if earlier is not None:
            parts = repayments.allocations_by_repayment(uow.connection, [earlier["id"]])
            return Recorded(earlier, parts[earlier["id"]], account, is_new=False)
    check_takes_money(LoanStatus(account["status"]), has_schedule=account["schedule_version"] > 0)
    if amount > account["outstanding"]:
        raise Overpayment(account["outstanding"])
    if meant_for_instalment_id and not accounts.is_instalment_of(uow.connection, loan_id, meant_for_instalment_id):
        raise ScheduleItemOfAnotherLoan("The schedule item does not belong to this loan.", field="scheduleItemId")

    repayment = {
        "id": new_id(),
        "loan_id": loan_id,
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
        "receiver_email": by.email,
        "receiver_role": by.role.value,
    }
    postings = _post(repayment, accounts.instalments_reached(uow.connection, loan_id, amount))
    after = _account_after(account, repayment, postings)
    accounts.write_repayment(uow.connection, repayment, postings, after)
    _count(uow, repayment, postings)
    _tell(uow, repayment, postings, after)
    return Recorded(repayment, postings, after, is_new=True)


def _post(repayment: Row, reached: Sequence[Row]) -> list[dict[str, Any]]:
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
        "closed_at": repayment["paid_at"] if status is LoanStatus.COMPLETED else None,
        "paid": paid,
        "outstanding": outstanding,
        "outstanding_principal": account["outstanding_principal"] - sum(line["principal"] for line in postings),
    }


def _count(uow: UnitOfWork, repayment: Row, postings: Sequence[Row]) -> None:
    officer_id = repayment["officer_id"]
    counts.add(uow.connection, counts.REPAYMENTS, officer_id, {repayment["method"]: 1})
    closed = sum(1 for posting in postings if posting["closed_at"])
    if closed:
        counts.add(uow.connection, counts.INSTALMENTS, officer_id, {counts.OPEN: -closed, counts.PAID: closed})


def _tell(uow: UnitOfWork, repayment: Row, postings: Sequence[Row], account: Row) -> None:
    uow.publish(
        RepaymentRecorded(
            aggregate_id=repayment["loan_id"],
            version=account["version"],
            repayment_id=repayment["id"],
            loan_id=repayment["loan_id"],
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
            account=account_told(account, postings),
        )
    )
    uow.audit(
        action="REPAYMENT_CREATED",
        entity_name="Repayment",
        entity_id=repayment["id"],
        after=wire.repayment(repayment),
        metadata={"loanNumber": account["loan_number"], "outstanding": money(account["outstanding"])},
    )
