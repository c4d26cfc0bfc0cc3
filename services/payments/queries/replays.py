"""Loans replayed to the end of a day, from the facts that counted then: for the few of which `positions` cannot say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Connection

from services.payments.domain.charges import with_charges
from services.payments.domain.portfolio import Position, position
from services.payments.domain.replay import replay
from services.payments.domain.schedules import Schedule
from services.payments.models.rows import ChargeRow
from services.payments.queries.ledger import Ledger, ledgers_of
from services.payments.queries.past_schedules import schedules_counted
from services.payments.queries.positions import AsOf, unsettled_loans


@dataclass(frozen=True, slots=True)
class LoanReplayed:
    """A loan that owed something on the day, and where it stood."""

    loan_id: UUID
    officer_id: UUID
    position: Position


def loans_replayed(connection: Connection, as_of: AsOf, which: ColumnElement[bool]) -> Sequence[LoanReplayed]:
    """The loans that `positions` leaves out, of those that `which` chooses, each gone through from its first fact."""
    officers = unsettled_loans(connection, as_of, which)
    if not officers:
        return []
    ledgers = ledgers_on(connection, officers.keys(), as_of.day)
    positions = ((loan_id, _position(ledger, as_of.day)) for loan_id, ledger in ledgers.items())
    return [LoanReplayed(loan_id, officers[loan_id], found) for loan_id, found in positions if found.outstanding]


def ledgers_on(connection: Connection, loan_ids: Collection[UUID], day: date) -> dict[UUID, Ledger]:
    """The facts of loans that counted at the end of a day, by loan, on the schedule that counted then, in five
    statements for however many."""
    ledgers = ledgers_of(connection, loan_ids)
    counted = schedules_counted(connection, loan_ids, day)
    return {loan_id: _ledger_on(ledger, day, counted.get(loan_id)) for loan_id, ledger in ledgers.items()}


def _ledger_on(ledger: Ledger, day: date, counted: Sequence[Schedule] | None) -> Ledger:
    return Ledger(
        instalments=ledger.instalments,
        repayments=[row for row in ledger.repayments if row.paid_on <= day],
        charges=[_charge_then(row, day) for row in ledger.charges if row.due_on <= day],
        counted=counted,
    )


def _position(then: Ledger, day: date) -> Position:
    return position(replay(with_charges(then.schedule, then.live_charges), then.facts).standings, on=day)


def _charge_then(charge: ChargeRow, day: date) -> ChargeRow:
    """A charge as it was on the day: one that was waived later still counted."""
    is_waived = charge.waived_on is not None and charge.waived_on <= day
    return charge if is_waived else replace(charge, waived_at=None)
