"""What payments tells the others: money received, and what it makes of the account of the loan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.payments.models import Row
from shared.messaging.events import Event

Told = dict[str, Any]


@dataclass(frozen=True)
class RepaymentRecorded(Event):
    """Money was received from a member, put on the schedule, and taken off what is outstanding."""

    type = "payments.repayment.recorded.v1"
    repayment_id: UUID
    loan_id: UUID
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


@dataclass(frozen=True)
class AccountReplayed(Event):
    """The schedule changed and every repayment was put on it again: all allocations made before are void."""

    type = "payments.account.replayed.v1"
    loan_id: UUID
    repayments: list[Told]
    account: Told


def allocations_told(postings: Iterable[Row]) -> list[Told]:
    """The parts of one repayment, by the instalment each is put on."""
    return [
        {
            "allocation_id": posting["id"],
            "instalment_id": posting["instalment_id"],
            "sequence": posting["sequence"],
            "interest": posting["interest"],
            "principal": posting["principal"],
        }
        for posting in postings
    ]


def account_told(account: Row, touched: Iterable[Row]) -> Told:
    """The account after a change, with the instalments the change touched."""
    return {
        "version": account["version"],
        "schedule_version": account["schedule_version"],
        "paid": account["paid"],
        "outstanding": account["outstanding"],
        "outstanding_principal": account["outstanding_principal"],
        "settled": not account["outstanding"],
        "instalments": [
            {
                "instalment_id": instalment["instalment_id"],
                "sequence": instalment["sequence"],
                "paid": instalment["paid"],
                "status": instalment["status"],
                "closed_at": instalment["closed_at"],
            }
            for instalment in touched
        ],
    }
