"""The account of a loan as it is published anew, with every fact of it."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from services.payments.domain.account import Account
from services.payments.events import (
    AccountRestated,
    RecordedCharge,
    RecordedRepayment,
    allocations_of,
    whole_account_after,
)
from services.payments.models.rows import AllocationRow, ChargeRow, RepaymentRow
from services.payments.queries.ledger import Ledger


def account_restated(account: Account, recorded: Ledger, former_version: int) -> AccountRestated:
    """The event about an account as it stands now, with every fact of it."""
    allocated: defaultdict[UUID, list[AllocationRow]] = defaultdict(list)
    for part in sorted(recorded.allocations, key=lambda part: part.sequence):
        allocated[part.repayment_id].append(part)
    return AccountRestated(
        aggregate_id=account.loan_id,
        version=account.version,
        loan_id=account.loan_id,
        loan_number=account.loan_number,
        member_id=account.member_id,
        union_id=account.union_id,
        former_version=former_version,
        repayments=[
            _recorded_repayment(row, allocated[row.id])
            for row in sorted(recorded.repayments, key=lambda row: row.account_version)
        ],
        charges=[
            _recorded_charge(row) for row in sorted(recorded.charges, key=lambda row: (row.account_version, row.id))
        ],
        account=whole_account_after(account, recorded.instalments),
    )


def _recorded_repayment(row: RepaymentRow, parts: Iterable[AllocationRow]) -> RecordedRepayment:
    return {
        "repayment_id": row.id,
        "kind": row.kind,
        "amount": row.amount,
        "currency": row.currency,
        "method": row.method,
        "paid_at": row.paid_at,
        "paid_on": row.paid_on,
        "recorded_at": row.recorded_at,
        "reference": row.reference,
        "notes": row.notes,
        "received_by": row.received_by,
        "reversal_of_id": row.reversal_of_id,
        "account_version": row.account_version,
        "allocations": allocations_of(parts),
    }


def _recorded_charge(row: ChargeRow) -> RecordedCharge:
    return {
        "charge_id": row.id,
        "kind": row.kind,
        "due_on": row.due_on,
        "amount": row.amount,
        "note": row.note,
        "by": row.recorded_by,
        "recorded_at": row.recorded_at,
        "waived_at": row.waived_at,
        "waived_by": row.waived_by,
        "reason": row.reason,
    }
