"""The closing of a day as work that several processes share: its parts, and whose they are at the moment.

A part is taken for a while by the clock of the database. Whoever took it and dies loses it when that while is over;
whoever is only slow finds out when it holds the part to finish it.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Select, delete, func, insert, select, text

from services.payments.domain.portfolio import Bucket, Holding, bucket
from services.payments.models.collection import arrears_of_day, closed_days, closing_parts, portfolio_of_day
from services.payments.models.ledger import loan_accounts
from services.payments.queries.portfolio import holding_of
from services.payments.queries.positions import DAY, AsOf, bucket_of, position_of, sums
from services.payments.queries.replays import LoanReplayed, loans_replayed
from shared.postgres.recordset import json_rows, recordset_statement

_START = text(
    "INSERT INTO closed_days (day, started_at) VALUES (:day, clock_timestamp()) ON CONFLICT DO NOTHING RETURNING 1"
)
# The smallest id of all stands before the first loan, so that the first part begins there and an empty book has one.
_DIVIDE = text(
    """
    INSERT INTO closing_parts (day, part, first_loan_id, end_loan_id)
    SELECT :day, part, first_loan_id, lead(first_loan_id) OVER (ORDER BY part)
      FROM (SELECT DISTINCT ON (part) part, loan_id AS first_loan_id
              FROM (SELECT loan_id, ntile(:parts) OVER (ORDER BY loan_id) AS part
                      FROM (SELECT loan_id FROM loan_accounts UNION ALL SELECT CAST(:smallest AS uuid)) AS loan
                   ) AS numbered
             ORDER BY part, loan_id) AS beginning
    """
)
_TAKE = text(
    """
    UPDATE closing_parts
       SET worker_id = :worker_id, leased_until = clock_timestamp() + make_interval(secs => :seconds)
     WHERE day = :day AND part = (
               SELECT part FROM closing_parts
                WHERE day = :day AND done_at IS NULL AND (leased_until IS NULL OR leased_until < clock_timestamp())
                ORDER BY part LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING part, first_loan_id, end_loan_id
    """
)
_KEEP = text(
    """
    UPDATE closing_parts SET leased_until = clock_timestamp() + make_interval(secs => :seconds)
     WHERE day = :day AND part = :part AND worker_id = :worker_id AND done_at IS NULL
    RETURNING 1
    """
)
_HOLD = text(
    """
    SELECT 1 FROM closing_parts
     WHERE day = :day AND part = :part AND worker_id = :worker_id AND done_at IS NULL FOR UPDATE
    """
)
_FINISH = text("UPDATE closing_parts SET done_at = clock_timestamp() WHERE day = :day AND part = :part")
_CLOSE = text(
    """
    UPDATE closed_days SET closed_at = clock_timestamp()
     WHERE day = :day AND closed_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM closing_parts WHERE day = :day AND done_at IS NULL)
    """
)
_ADD = recordset_statement(
    """
    INSERT INTO portfolio_of_day AS earlier
           (day, officer_id, bucket, loans, outstanding_principal, outstanding, arrears)
    SELECT :day, part.* FROM {part}
    ON CONFLICT (day, officer_id, bucket) DO UPDATE
       SET loans = earlier.loans + excluded.loans,
           outstanding_principal = earlier.outstanding_principal + excluded.outstanding_principal,
           outstanding = earlier.outstanding + excluded.outstanding,
           arrears = earlier.arrears + excluded.arrears
    """,
    part="""
        officer_id uuid, bucket text, loans integer, outstanding_principal numeric, outstanding numeric, arrears numeric
    """,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the loans, taken by a worker to close a day on them."""

    day: date
    number: int
    worker_id: UUID
    first_loan_id: UUID
    end_loan_id: UUID | None

    def holds(self, loan_id: Column[UUID]) -> ColumnElement[bool]:
        """The condition that chooses its loans."""
        condition = loan_id >= self.first_loan_id
        return condition if self.end_loan_id is None else condition & (loan_id < self.end_loan_id)

    @property
    def key(self) -> dict[str, Any]:
        return {"day": self.day, "part": self.number, "worker_id": self.worker_id}


def day_to_close(connection: Connection, last: date) -> date | None:
    """The first day that began to be closed, else the one after the last closed one, but none later than `last`.

    A book that was never closed begins with the day `last`.
    """
    begun = select(func.min(closed_days.c.day)).where(closed_days.c.closed_at.is_(None), closed_days.c.day <= last)
    after = select(func.max(closed_days.c.day) + 1)
    day: date = connection.execute(
        select(func.coalesce(begun.scalar_subquery(), after.scalar_subquery(), last))
    ).scalar_one()
    return day if day <= last else None


def is_closed(connection: Connection, day: date) -> bool:
    """Whether a day is closed."""
    query = select(closed_days.c.day).where(closed_days.c.day == day, closed_days.c.closed_at.is_not(None))
    return connection.execute(query).first() is not None


def count_loans(connection: Connection) -> int:
    """How many accounts there are to divide."""
    return connection.execute(select(func.count()).select_from(loan_accounts)).scalar_one()


def has_charged_loans(connection: Connection, part: Part) -> bool:
    """Whether there are loans in a part on which penalties accrue."""
    charged = select(loan_accounts.c.loan_id).where(loan_accounts.c.daily_penalty > 0)
    return connection.execute(charged.where(part.holds(loan_accounts.c.loan_id)).limit(1)).first() is not None


def start_day(connection: Connection, day: date, parts: int) -> None:
    """Divide the loans into so many parts of equal size, unless that was done for this day before."""
    if connection.execute(_START, {"day": day}).first():
        connection.execute(_DIVIDE, {"day": day, "parts": parts, "smallest": UUID(int=0)})


def reopen_day(connection: Connection, day: date) -> None:
    """Forget that a day was closed, and all that was written down for it. One that is being closed stays as it is."""
    closed = delete(closed_days).where(closed_days.c.day == day, closed_days.c.closed_at.is_not(None))
    if connection.execute(closed.returning(closed_days.c.day)).first():
        for table in (arrears_of_day, portfolio_of_day):
            connection.execute(delete(table).where(table.c.day == day))


def take_part(connection: Connection, day: date, worker_id: UUID, seconds: float) -> Part | None:
    """A part nobody is at work on, taken for so many seconds; None when there is none just now."""
    taken = connection.execute(_TAKE, {"day": day, "worker_id": worker_id, "seconds": seconds}).first()
    return Part(day, taken.part, worker_id, taken.first_loan_id, taken.end_loan_id) if taken else None


def keep_part(connection: Connection, part: Part, seconds: float) -> bool:
    """Take a part for longer; False when somebody else has it by now."""
    return connection.execute(_KEEP, part.key | {"seconds": seconds}).first() is not None


def hold_part(connection: Connection, part: Part) -> bool:
    """Keep a part to the end of the transaction, however long that takes; False when somebody else has it by now."""
    return connection.execute(_HOLD, part.key).first() is not None


def finish_part(connection: Connection, part: Part) -> None:
    """All of a part that is held is done."""
    connection.execute(_FINISH, part.key)


def close_day_if_done(connection: Connection, day: date) -> bool:
    """Close the day when no part is left, and forget its parts; whether this was done now."""
    is_closed = connection.execute(_CLOSE, {"day": day}).rowcount > 0
    if is_closed:
        connection.execute(delete(closing_parts).where(closing_parts.c.day == day))
    return is_closed


def write_down(connection: Connection, as_of: AsOf, which: ColumnElement[bool]) -> int:
    """Keep which of some loans were in arrears on a day, and add all live ones to its portfolio.

    Returns how many were live. Not to be repeated for the same loans: a part is written down once.
    """
    summed = connection.execute(_keep(which), as_of.parameters).all()
    holdings = defaultdict(Holding, {(row.officer_id, Bucket(row.bucket)): Holding(*row[2:]) for row in summed})
    replayed = loans_replayed(connection, as_of, which)
    for loan in replayed:
        holdings[loan.officer_id, bucket(loan.position.days_in_arrears)] += holding_of(loan.position)
    late = [loan for loan in replayed if loan.position.days_in_arrears]
    if late:
        connection.execute(insert(arrears_of_day), [_late_row(as_of.day, loan) for loan in late])
    # All in one order, so that two who add at once wait for each other and not crosswise.
    rows = [{"officer_id": key[0], "bucket": key[1]} | asdict(holding) for key, holding in sorted(holdings.items())]
    connection.execute(_ADD, {"day": as_of.day, "part": json_rows(rows)})
    return sum(holding.loans for holding in holdings.values())


def _keep(which: ColumnElement[bool]) -> Select[Any]:
    """Writes down what is late and returns what all come to, in one statement, so that they are gone through once."""
    position = position_of(which)
    names = [column.name for column in arrears_of_day.c]
    late = select(DAY.label("day"), *(position.c[name] for name in names[1:])).where(position.c.days_in_arrears > 0)
    key = (position.c.officer_id, bucket_of(position).label("bucket"))
    return select(*key, *sums(position)).group_by(*key).add_cte(insert(arrears_of_day).from_select(names, late).cte())


def _late_row(day: date, loan: LoanReplayed) -> dict[str, Any]:
    return {"day": day, "loan_id": loan.loan_id, "officer_id": loan.officer_id} | asdict(loan.position)


def forget_arrears(connection: Connection, *, before: date) -> None:
    """Remove which loans were in arrears on the days before; the sums of those days stay."""
    connection.execute(delete(arrears_of_day).where(arrears_of_day.c.day < before))
