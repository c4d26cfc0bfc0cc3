"""Putting every repayment of a loan on its schedule again, because the schedule is another one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.payments.domain.account import LISTED, LoanStatus, account_status
from services.payments.domain.instalment import Instalment, instalment_status
from services.payments.domain.replay import Repayment, Replayed, replay
from services.payments.events import AccountReplayed, account_told, allocations_told
from services.payments.models import Row
from services.payments.queries import counts, following
from services.payments.queries.accounts import allocation_row
from shared.db import UnitOfWork
from shared.money import ZERO

Values = dict[str, Any]


def replay_account(
    uow: UnitOfWork, *, loan_id: UUID, schedule_version: int, lines: Sequence[Row], at: datetime
) -> None:
    """Put a newer schedule in place of the one that is there, and every repayment on it; an older one is ignored.

    `lines` hold `instalment_id`, `sequence`, `due_on`, `interest` and `principal` of each instalment. When there are
    repayments, the others are told where each of them went. Raises Overpayment when the schedule is below what is paid.
    """
    account = following.locked_account(uow.connection, loan_id)
    if account["schedule_version"] >= schedule_version:
        return
    facts = [_fact(row) for row in following.repayments_of(uow.connection, loan_id)]
    schedule = [Instalment(line["sequence"], line["due_on"], line["interest"], line["principal"]) for line in lines]
    ids = {line["sequence"]: line["instalment_id"] for line in lines}
    replayed = replay(schedule, facts)
    instalments = [_instalment_row(account, ids[due.sequence], due, replayed, at) for due in schedule]
    postings = {
        repayment_id: [
            allocation_row(part, repayment_id=repayment_id, instalment_id=ids[part.sequence], at=at) for part in parts
        ]
        for repayment_id, parts in replayed.allocations.items()
    }
    forgotten = following.forget_schedule(uow.connection, loan_id)
    following.write_schedule(uow.connection, instalments, [line for lines in postings.values() for line in lines])
    _count(uow, account["officer_id"], forgotten, instalments)
    changes = _changes(account, replayed, schedule_version)
    following.update_account(uow.connection, loan_id, changes)
    if facts:
        _tell(uow, {**account, **changes}, instalments, postings)


def _fact(repayment: Row) -> Repayment:
    return Repayment(
        repayment["id"],
        repayment["amount"],
        repayment["paid_on"],
        repayment["paid_at"],
        arrival=repayment["account_version"],
    )


def _instalment_row(account: Row, instalment_id: UUID, due: Instalment, replayed: Replayed, at: datetime) -> Values:
    owed = replayed.owed[due.sequence]
    return {
        "id": instalment_id,
        "loan_id": account["loan_id"],
        "officer_id": account["officer_id"],
        "is_listed": account["status"] in LISTED,
        "sequence": due.sequence,
        "due_on": due.due_on,
        "penalty": due.penalty,
        "fee": due.fee,
        "interest": due.interest,
        "principal": due.principal,
        "penalty_paid": due.penalty - owed.penalty,
        "fee_paid": due.fee - owed.fee,
        "interest_paid": due.interest - owed.interest,
        "principal_paid": due.principal - owed.principal,
        "status": instalment_status(due=due.total, paid=due.total - owed.total).value,
        "closed_at": replayed.closed_at.get(due.sequence),
        "created_at": at,
        "updated_at": at,
    }


def _changes(account: Row, replayed: Replayed, schedule_version: int) -> Values:
    """What the replay makes of the account. The version counts what is told, and only repayments are worth telling."""
    outstanding = sum((owed.total for owed in replayed.owed.values()), ZERO)
    status = account_status(LoanStatus(account["facts"]["status"]), paid=account["paid"], outstanding=outstanding)
    return {
        "schedule_version": schedule_version,
        "version": account["version"] + (1 if replayed.allocations else 0),
        "status": status.value,
        "outstanding": outstanding,
        "outstanding_principal": sum((owed.principal for owed in replayed.owed.values()), ZERO),
    }


def _count(uow: UnitOfWork, officer_id: UUID, forgotten: Sequence[str], instalments: Sequence[Row]) -> None:
    change = Counter(counts.PAID if row["closed_at"] else counts.OPEN for row in instalments if row["is_listed"])
    change.subtract(forgotten)
    counts.add(uow.connection, counts.INSTALMENTS, officer_id, change)


def _tell(uow: UnitOfWork, account: Row, instalments: Sequence[Row], postings: Mapping[UUID, Sequence[Row]]) -> None:
    uow.publish(
        AccountReplayed(
            aggregate_id=account["loan_id"],
            version=account["version"],
            loan_id=account["loan_id"],
            repayments=[
                {"repayment_id": repayment_id, "allocations": allocations_told(parts)}
                for repayment_id, parts in postings.items()
            ],
            account=account_told(account, _touched(instalments)),
        )
    )


def _touched(instalments: Sequence[Row]) -> list[Values]:
    parts = ("penalty_paid", "fee_paid", "interest_paid", "principal_paid")
    paid = [(row, sum((row[part] for part in parts), ZERO)) for row in instalments]
    return [{**row, "instalment_id": row["id"], "paid": amount} for row, amount in paid if amount]
