"""What payments tells the others: money received, and what it makes of the account of the loan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments.models.ledger import Row
from shared.messaging.events import Event

Told = dict[str, Any]


@dataclass(frozen=True)
class RepaymentRecorded(Event):
    """Money was received from a member, put on the schedule, and taken off what is outstanding."""

    type = "payments.repayment.recorded.v1"
    repayment_id: UUID
    loan_id: UUID
    loan_number: str
    member_id: UUID
    union_id: UUID
    amount: Decimal
    currency: str
    method: str
    paid_at: datetime
    paid_on: date
    recorded_at: datetime
    reference: str | None
    notes: str | None
    received_by: UUID
    allocations: list[Told]
    account: Told
    kind: str = "REPAYMENT"


@dataclass(frozen=True)
class RepaymentReversed(Event):
    """A repayment was taken back: it no longer counts, though both entries stay."""

    type = "payments.repayment.reversed.v1"
    reversal_id: UUID
    repayment_id: UUID
    loan_id: UUID
    union_id: UUID
    amount: Decimal
    currency: str
    method: str
    reason: str
    reversed_by: UUID
    reversed_at: datetime
    recorded_at: datetime
    paid_on: date
    account: Told


@dataclass(frozen=True)
class ChargeAdded(Event):
    """A fee or penalty is owed beyond the schedule; or, as an INTEREST_REBATE, interest is not asked for."""

    type = "payments.charge.added.v1"
    charge_id: UUID
    loan_id: UUID
    union_id: UUID
    kind: str
    due_on: date
    amount: Decimal
    note: str | None
    by: UUID | None
    account: Told


@dataclass(frozen=True)
class ChargeWaived(Event):
    """A fee or penalty was given up."""

    type = "payments.charge.waived.v1"
    charge_id: UUID
    loan_id: UUID
    union_id: UUID
    kind: str
    due_on: date
    amount: Decimal
    reason: str
    by: UUID
    account: Told


@dataclass(frozen=True)
class AccountReplayed(Event):
    """Every repayment was put on the schedule again: all allocations told before are void."""

    type = "payments.account.replayed.v1"
    loan_id: UUID
    repayments: list[Told]
    account: Told


def charge_added(charge: Row, account: Row, account_told: Told) -> ChargeAdded:
    """The event about a new charge or rebate, with the account after it."""
    return ChargeAdded(
        aggregate_id=charge["loan_id"],
        version=charge["account_version"],
        charge_id=charge["id"],
        loan_id=charge["loan_id"],
        union_id=account["union_id"],
        kind=charge["kind"],
        due_on=charge["due_on"],
        amount=charge["amount"],
        note=charge["note"],
        by=charge["recorded_by"],
        account=account_told,
    )


def allocations_told(postings: Iterable[Row]) -> list[Told]:
    """The parts of one repayment, by the instalment each is put on."""
    return [
        {
            "allocation_id": posting["id"],
            "instalment_id": posting["instalment_id"],
            "sequence": posting["sequence"],
            "penalty": posting["penalty"],
            "fee": posting["fee"],
            "interest": posting["interest"],
            "principal": posting["principal"],
        }
        for posting in postings
    ]


def account_told(account: Row, touched: Iterable[Row]) -> Told:
    """The account after a repayment that came in order, with how far the instalments it touched are paid."""
    return _account(account) | {
        "instalments": [
            {
                "instalment_id": instalment["instalment_id"],
                "sequence": instalment["sequence"],
                "paid": instalment["paid"],
                "status": instalment["status"],
                "closed_at": instalment["closed_at"],
            }
            for instalment in touched
        ]
    }


def account_told_in_full(account: Row, touched: Iterable[Row]) -> Told:
    """The account after a change that may change what falls due, with its instalments that are not what they were."""
    return _account(account) | {
        "closed_at": account["closed_at"],
        "instalments": [
            {
                "instalment_id": instalment["id"],
                "sequence": instalment["sequence"],
                "due_on": instalment["due_on"],
                "penalty": instalment["penalty"],
                "fee": instalment["fee"],
                "interest": instalment["interest"],
                "principal": instalment["principal"],
                "is_charge_line": instalment["is_charge_line"],
                "paid": instalment["paid"],
                "status": instalment["status"],
                "closed_at": instalment["closed_at"],
            }
            for instalment in touched
        ],
    }


def _account(account: Row) -> Told:
    return {
        "version": account["version"],
        "schedule_version": account["schedule_version"],
        "paid": account["paid"],
        "outstanding": account["outstanding"],
        "outstanding_principal": account["outstanding_principal"],
        "settled": not account["outstanding"],
    }
