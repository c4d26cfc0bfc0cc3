"""How loans that were disbursed together fare as they grow older."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, text

from services.reporting.queries.month_ends import kept
from services.reporting.queries.positions import Narrowed, positions_from_facts

_COHORTS = """
    SELECT date_trunc('month', disbursed_on)::date AS month, count(*) AS loans, sum(principal) AS disbursed,
           array_agg(loan_id) AS loan_ids
      FROM (
        SELECT DISTINCT ON (loan_id) loan_id, status, union_id, loan_type_id, disbursed_on, principal, is_deleted
          FROM loan_states WHERE counts_from <= CAST(:day AS date) ORDER BY loan_id, version DESC) AS state
      LEFT JOIN LATERAL (
        SELECT officer_id FROM union_officers AS had
         WHERE had.union_id = state.union_id AND counts_from <= disbursed_on ORDER BY version DESC LIMIT 1
           ) AS officer ON true
     WHERE status IN ('ACTIVE', 'DEFAULTED', 'COMPLETED', 'WRITTEN_OFF') AND NOT is_deleted
       AND disbursed_on >= CAST(:first AS date) AND {narrowed}
     GROUP BY 1 ORDER BY 1
"""
_LATE_THEN = text(
    """
    SELECT frozen_on AS day, date_trunc('month', disbursed_on)::date AS month, sum(outstanding_principal) AS late
      FROM frozen_positions
     WHERE frozen_on = ANY(CAST(:days AS date[])) AND days_late > 30 AND disbursed_on >= CAST(:first AS date)
       AND (CAST(:ids AS uuid[]) IS NULL OR loan_id = ANY(CAST(:ids AS uuid[])))
     GROUP BY 1, 2
    """
)
_LATE = """
    SELECT CAST(:day AS date) AS day, date_trunc('month', disbursed_on)::date AS month,
           sum(outstanding_principal) AS late
      FROM position WHERE days_late > 30 AND disbursed_on >= CAST(:first AS date)
       AND (CAST(:cohort AS uuid[]) IS NULL OR loan_id = ANY(CAST(:cohort AS uuid[])))
     GROUP BY 2
"""


def cohorts(connection: Connection, first: date, day: date, narrowed: Narrowed) -> Sequence[Row[Any]]:
    """The loans disbursed from a day on until another, by month: rows of `month`, `loans`, `disbursed`, `loan_ids`.
    They are those of who had the union when they were disbursed."""
    condition = narrowed.condition(
        officer="officer.officer_id", union="state.union_id", loan_type="loan_type_id", loan="loan_id"
    )
    values = {"first": first, "day": day} | narrowed.values
    return connection.execute(text(_COHORTS.format(narrowed=condition)), values).all()


def late_principal(
    connection: Connection, first: date, days: Sequence[date], loan_ids: Sequence[Any] | None
) -> Sequence[Row[Any]]:
    """Of loans disbursed from a day on the outstanding principal of those more than 30 days late, at the end of each of
    the days: rows of `day`, `month` of disbursement, `late`. As kept, where the day is."""
    of_kept = set(days) & kept(connection)
    values = {"days": sorted(of_kept), "first": first, "ids": loan_ids}
    rows = list(connection.execute(_LATE_THEN, values))
    # At most two days are not kept yet: today, and the last end of a month.
    for day in sorted(set(days) - of_kept):
        rows += positions_from_facts(day).read(connection, _LATE, first=first, cohort=loan_ids)
    return rows
