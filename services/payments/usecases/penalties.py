"""Penalties accrue on late loans, day by day, where the terms say that they are charged and not only shown."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.payments import steps
from services.payments.domain.facts import ChargeKind
from services.payments.events import whole_account_after
from services.payments.models.ledger import Row
from services.payments.queries import counts
from services.payments.queries import penalties as penalty_queries
from services.payments.usecases.charges import new_charge
from shared.db import UnitOfWork
from shared.ids import new_id

NOTE = "Late payment"


def accrue_penalties(uow: UnitOfWork, loan_ids: Collection[UUID], day: date, *, at: datetime) -> int:
    """Charge the penalty of one day to those of the loans that are late on it beyond their grace; returns how many.

    A loan is late on the days after the due date of its oldest instalment of which interest or principal is unpaid now,
    and pays for each of them once, however often this is asked for.
    """
    late = penalty_queries.late_loans(uow.connection, loan_ids, day)
    penalties = {row["loan_id"]: _penalty(row, day, at) for row in late}
    accounts = penalty_queries.add_penalties(uow.connection, list(penalties.values()))
    lines = _put_on_lines(uow, late, penalties, at)
    for loan_id, penalty in penalties.items():
        account = accounts[loan_id]
        told = whole_account_after(account, [lines[loan_id]])
        steps.tell_charge(uow, penalty, account, told, action="PENALTY_ACCRUED")
    return len(late)


def _penalty(late: Row, day: date, at: datetime) -> dict[str, Any]:
    penalty = new_charge(
        late,
        kind=ChargeKind.PENALTY,
        amount=late["daily_penalty"],
        due_on=day,
        note=NOTE,
        recorded_by=None,
        at=at,
        business_date=day,
    )
    return penalty | {"late_instalment_id": late["late_instalment_id"]}


def _put_on_lines(
    uow: UnitOfWork, late: Collection[Row], penalties: Mapping[UUID, Row], at: datetime
) -> dict[UUID, Row]:
    """Add each penalty to the line it falls due with; returns these lines by loan."""
    raised, added = [], []
    for row in late:
        penalty = penalties[row["loan_id"]]
        there = row["instalment_id"] or row["charge_line_id"]
        if there:
            raised.append({"id": there, "amount": penalty["amount"], "day": penalty["due_on"], "at": at})
        else:
            line = {name: row[name] for name in ("loan_id", "officer_id")} | {"id": new_id(), "at": at}
            added.append(
                line | {"sequence": row["last_sequence"] + 1, "due_on": penalty["due_on"], "amount": penalty["amount"]}
            )
    before = penalty_queries.raise_instalments(uow.connection, raised)
    new = penalty_queries.add_charge_lines(uow.connection, added)
    for officer_id, number in Counter(row["officer_id"] for row in before.values() if row["was_closed_at"]).items():
        counts.add(uow.connection, counts.INSTALMENTS, officer_id, {counts.PAID: -number, counts.OPEN: number})
    for officer_id, number in Counter(row["officer_id"] for row in new.values()).items():
        counts.add(uow.connection, counts.INSTALMENTS, officer_id, {counts.OPEN: number})
    return {**before, **new}
