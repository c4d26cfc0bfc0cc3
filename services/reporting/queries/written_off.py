"""Loans that were written off, what was owed on them then, and what came in afterwards."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from services.reporting.queries.due import due_of
from services.reporting.queries.window import Window

# What came in as a recovery is given back: the rest was paid before the write-off. Nothing else changes afterwards.
_WRITTEN_OFF = text(
    f"""
    WITH step AS (
        SELECT DISTINCT ON (state.loan_id) state.loan_id, state.counts_from AS day, state.union_id,
               date_trunc('month', loan.disbursed_on)::date AS disbursed_in
          FROM loan_states AS state JOIN portfolio_loans AS loan ON loan.id = state.loan_id
         WHERE state.status = 'WRITTEN_OFF' AND loan.status = 'WRITTEN_OFF' AND NOT loan.is_deleted
           AND (CAST(:loan_type_id AS uuid) IS NULL OR loan.loan_type_id = :loan_type_id)
           AND (CAST(:union_id AS uuid) IS NULL OR state.union_id = :union_id)
           AND (CAST(:ids AS uuid[]) IS NULL OR loan.id = ANY(CAST(:ids AS uuid[])))
         ORDER BY state.loan_id, state.version
    ),
    written_off AS (SELECT * FROM step WHERE day BETWEEN :first AND :last),
    {due_of("written_off")},
    received AS (
        SELECT loan_id, (sum(amount) FILTER (WHERE kind = 'REPAYMENT' OR reversal_of_id IN (
                   SELECT id FROM repayments AS repaid WHERE repaid.loan_id = received.loan_id AND kind = 'REPAYMENT'))
                   * 100)::bigint AS cents
          FROM repayments AS received WHERE loan_id IN (SELECT loan_id FROM written_off) GROUP BY loan_id
    ),
    paid AS (
        SELECT due.*, coalesce(cents, 0) AS cents, width_bucket(coalesce(cents, 0), total_by) AS covered,
               cardinality(due_on) AS lines
          FROM due LEFT JOIN received USING (loan_id)
    )
    SELECT day, union_id, disbursed_in, count(*) AS loans, sum(total_by[lines] - cents) * 0.01 AS total,
           sum(principal_by[lines] - coalesce(principal_by[covered], 0) - greatest(
               0, cents - total_by[covered + 1] + principal_by[covered + 1] - coalesce(principal_by[covered], 0)))
               * 0.01 AS principal
      FROM written_off JOIN paid USING (loan_id) GROUP BY day, union_id, disbursed_in
    """  # noqa: S608 - put together of constants; values are parameters
)
_RECOVERED = text(
    """
    SELECT received.paid_on AS day, received.union_id, count(*) FILTER (WHERE received.kind = 'RECOVERY') AS payments,
           sum(received.amount) AS amount
      FROM repayments AS received
      LEFT JOIN repayments AS taken_back ON taken_back.id = received.reversal_of_id
      JOIN portfolio_loans AS loan ON loan.id = received.loan_id
     WHERE received.paid_on BETWEEN :first AND :last AND 'RECOVERY' IN (received.kind, taken_back.kind)
       AND (CAST(:loan_type_id AS uuid) IS NULL OR loan.loan_type_id = :loan_type_id)
       AND (CAST(:union_id AS uuid) IS NULL OR received.union_id = :union_id)
     GROUP BY received.paid_on, received.union_id
    """
)


def written_off(connection: Connection, window: Window, loan_ids: Sequence[UUID] | None = None) -> Sequence[Row[Any]]:
    """By day, union and month of disbursement the loans written off in a period, with the total and the principal that
    were owed then: rows of `day`, `union_id`, `disbursed_in`, `loans`, `total`, `principal`. `loan_ids` narrows."""
    return connection.execute(_WRITTEN_OFF, window.values() | {"ids": loan_ids}).all()


def recovered(connection: Connection, window: Window) -> Sequence[Row[Any]]:
    """By day and union what came in on loans that were written off, whenever that was; what was taken back counts
    against its own day: rows of `day`, `union_id`, `payments`, `amount`."""
    return connection.execute(_RECOVERED, window.values()).all()
