"""What is recorded of days that are over leaves a note, for the sums of these days (see `usecases.on_time`)."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Connection

from services.reporting.domain.portfolio import Loan
from services.reporting.queries import on_time_days
from services.reporting.steps.loan_events import Brought


def note_what_came_late(
    connection: Connection, brought: Brought, loans: Iterable[tuple[Loan, Loan]], *, today: date
) -> None:
    """Leave a note of the earliest day before today that the sums may change from; none when all counts from today.

    `loans` are those that changed, before and after.
    """
    days = (*brought.due_days(), *(day for before, after in loans for day in _days_of_change(before, after)))
    earliest = min(days, default=today)
    if earliest < today:
        on_time_days.note(connection, earliest)


def _days_of_change(before: Loan, after: Loan) -> Iterator[date]:
    """When a loan is disbursed on another day, or deleted, nothing of it has fallen due as it had."""
    was, now = before.facts, after.facts
    if was is None or now is None or (was.disbursed_on, was.is_deleted) != (now.disbursed_on, now.is_deleted):
        for facts in (was, now):
            if facts is not None and facts.disbursed_on is not None:
                yield facts.disbursed_on
