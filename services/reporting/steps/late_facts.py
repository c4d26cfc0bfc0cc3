"""What is recorded of days that are over leaves a note, for the sums of these days (see `usecases.on_time`)."""

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.domain.portfolio import Loan
from services.reporting.queries import on_time_days
from services.reporting.steps.loan_events import Brought


def note_what_came_late(
    connection: Connection, brought: Brought, loans: Iterable[tuple[Loan, Loan]], *, today: date
) -> None:
    """Leave a note of the earliest day before today that the sums may change from, with the unions in which they may;
    none when all counts from today.

    `loans` are those that changed, before and after. All facts and repayments are written by now.
    """
    of_loans = ((after.id, day) for before, after in loans for day in _days_of_change(before, after))
    late = [(loan_id, day) for loan_id, day in (*brought.due_days(), *of_loans) if day < today]
    if late:
        on_time_days.note(connection, min(day for _, day in late), {loan_id for loan_id, _ in late})


def _days_of_change(before: Loan, after: Loan) -> Iterator[date]:
    """When a loan is disbursed on another day, is of another type, or is deleted, nothing of it has fallen due, and
    nothing has come in, as it had."""
    was, now = before.facts, after.facts
    if was is None or now is None or _place_of(before) != _place_of(after):
        for facts in (was, now):
            if facts is not None and facts.disbursed_on is not None:
                yield facts.disbursed_on


def _place_of(loan: Loan) -> tuple[date | None, bool, UUID | None] | None:
    facts = loan.facts
    return None if facts is None else (facts.disbursed_on, facts.is_deleted, facts.loan_type_id)
