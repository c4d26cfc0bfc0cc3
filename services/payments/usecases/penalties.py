"""Penalties accrue on late loans, day by day, where the terms say that they are charged and not only shown."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from services.payments.domain.facts import ChargeKind
from services.payments.events import whole_account_after
from services.payments.models.rows import ChargeRow, InstalmentRow, LateLoan
from services.payments.queries import counts
from services.payments.queries import penalties as penalty_queries
from services.payments.steps.charges import new_charge, publish_charge
from shared.db import UnitOfWork
from shared.ids import new_id

NOTE = "Late payment"


def accrue_penalties(uow: UnitOfWork, loan_ids: Collection[UUID], day: date, *, at: datetime) -> int:
    """Charge the penalty of one day to those of the loans that are late on it beyond their grace; returns how many.

    A loan is late on the days after the due date of its oldest instalment of which interest or principal is unpaid now,
    and pays for each of them once, however often this is asked for.
    """
    late = penalty_queries.late_loans(uow.connection, loan_ids, day)
    penalties = {loan.loan_id: _penalty(loan, day, at) for loan in late}
    accounts = penalty_queries.add_penalties(uow.connection, list(penalties.values()))
    lines = _put_on_lines(uow, late, penalties, at)
    for loan_id, penalty in penalties.items():
        account = accounts[loan_id]
        publish_charge(uow, penalty, account, whole_account_after(account, [lines[loan_id]]), action="PENALTY_ACCRUED")
    return len(late)


def _penalty(late: LateLoan, day: date, at: datetime) -> ChargeRow:
    return new_charge(
        late,
        kind=ChargeKind.PENALTY,
        amount=late.daily_penalty,
        due_on=day,
        note=NOTE,
        recorded_by=None,
        at=at,
        business_date=day,
        late_instalment_id=late.late_instalment_id,
    )


def _put_on_lines(
    uow: UnitOfWork, late: Collection[LateLoan], penalties: Mapping[UUID, ChargeRow], at: datetime
) -> dict[UUID, InstalmentRow]:
    """Add each penalty to the line it falls due with; returns these lines by loan."""
    raised, added = [], []
    for loan in late:
        penalty = penalties[loan.loan_id]
        line_id = loan.instalment_id or loan.charge_line_id
        if line_id:
            raised.append({"id": line_id, "amount": penalty.amount, "day": penalty.due_on, "at": at})
        else:
            added.append(
                {
                    "id": new_id(),
                    "loan_id": loan.loan_id,
                    "officer_id": loan.officer_id,
                    "sequence": loan.last_sequence + 1,
                    "due_on": penalty.due_on,
                    "amount": penalty.amount,
                    "at": at,
                }
            )
    existing = penalty_queries.raise_instalments(uow.connection, raised)
    new = penalty_queries.add_charge_lines(uow.connection, added)
    for officer_id, number in Counter(line.officer_id for line in existing if line.was_closed_at).items():
        counts.add(uow.connection, counts.INSTALMENTS, officer_id, {counts.PAID: -number, counts.OPEN: number})
    for officer_id, number in Counter(line.officer_id for line in new).items():
        counts.add(uow.connection, counts.INSTALMENTS, officer_id, {counts.OPEN: number})
    return {line.loan_id: line for line in (*existing, *new)}
