"""Writes of the positions that are kept of the ends of months."""

from datetime import date, datetime

from sqlalchemy import Connection, insert, select, text

from services.reporting.models.base import NOBODY
from services.reporting.models.facts import history
from services.reporting.models.month_ends import frozen_days
from services.reporting.queries.positions import positions_from_facts

NO_LOAN_TYPE = NOBODY
"""Stands for the loan type of a loan without one, where a key needs one."""

_KEEP = """
    INSERT INTO frozen_positions (frozen_on, loan_id, union_id, officer_id, loan_type_id, disbursed_on, principal,
                                  days_late, oldest_due_on, arrears, outstanding, outstanding_principal, is_rescheduled)
    SELECT CAST(:day AS date), loan_id, union_id, officer_id, loan_type_id, disbursed_on, principal, days_late,
           oldest_due_on, arrears, outstanding, outstanding_principal, is_rescheduled
      FROM position
"""
_SUM_UP = text(
    """
    INSERT INTO frozen_sums (frozen_on, union_id, loan_type_id, officer_id, loans, outstanding_principal, at_risk_30)
    SELECT frozen_on, union_id, coalesce(loan_type_id, :no_type), officer_id, count(*), sum(outstanding_principal),
           coalesce(sum(outstanding_principal) FILTER (WHERE days_late > 30), 0)
      FROM frozen_positions WHERE frozen_on = :day GROUP BY 1, 2, 3, 4
    """
)
_FIRST = text(
    """
    SELECT least((SELECT min(frozen_on) FROM frozen_days),
                 (SELECT min(disbursed_on) FROM loan_states WHERE NOT EXISTS (SELECT FROM frozen_days)))
    """
)


def begin(connection: Connection) -> bool:
    """Wait until nobody else keeps a month; whether the history is filled in, so that one can be kept."""
    row = connection.execute(select(history.c.filled_at).with_for_update()).one()
    return row.filled_at is not None


def first_disbursement(connection: Connection) -> date | None:
    """A day in the first month there is something to keep of."""
    first: date | None = connection.execute(_FIRST).scalar_one()
    return first


def kept(connection: Connection) -> set[date]:
    """The days that are kept."""
    return set(connection.execute(select(frozen_days.c.frozen_on)).scalars())


def keep(connection: Connection, day: date, *, recorded_until: date, at: datetime) -> None:
    """Keep the positions at the end of a day from what was recorded until another."""
    positions = positions_from_facts(day, recorded_until=recorded_until)
    loans = positions.write(connection, _KEEP)
    connection.execute(_SUM_UP, {"day": day, "no_type": NO_LOAN_TYPE})
    values = {"frozen_on": day, "recorded_until": recorded_until, "frozen_at": at, "loans": loans}
    connection.execute(insert(frozen_days).values(**values))
