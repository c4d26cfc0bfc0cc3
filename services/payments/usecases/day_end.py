"""The steps of closing a day: penalties for what was late on it, then who was in arrears and what was at risk.

The loans are divided into parts, which several processes take one after the other. Each part is written down in one
transaction, so that a process that dies leaves either all of it or nothing. What is closed stays as it is.
"""

from datetime import timedelta

from services.payments.models.ledger import loan_accounts
from services.payments.queries import closed_days
from services.payments.queries.closed_days import Part
from services.payments.queries.positions import AsOf
from shared.db import UnitOfWork

LOANS_OF_A_PART = 10_000
KEEP_ARREARS_DAYS = 400


def begin_day(uow: UnitOfWork, as_of: AsOf, *, parts: int | None = None, again: bool = False) -> None:
    """Divide the loans, by default into parts of ten thousand, unless that was done for this day before.

    `again` forgets first what was written down for a day that is closed.
    """
    if again:
        closed_days.reopen_day(uow.connection, as_of.day)
    number = parts or 1 + closed_days.count_loans(uow.connection) // LOANS_OF_A_PART
    closed_days.start_day(uow.connection, as_of.day, number)


def close_part(uow: UnitOfWork, part: Part, as_of: AsOf) -> int:
    """Write down how the loans of a part stood on the day; returns how many were live: none of them
    counts when the part was lost to another."""
    if not closed_days.hold_part(uow.connection, part):
        return 0
    loans = closed_days.write_down(uow.connection, as_of, part.holds(loan_accounts.c.loan_id))
    closed_days.finish_part(uow.connection, part)
    return loans


def end_day(uow: UnitOfWork, as_of: AsOf) -> None:
    """Close the day when all of its parts are done, and forget which loans were in arrears over a year ago."""
    if closed_days.close_day_if_done(uow.connection, as_of.day):
        closed_days.forget_arrears(uow.connection, before=as_of.day - timedelta(days=KEEP_ARREARS_DAYS))
