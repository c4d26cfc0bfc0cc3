"""Members who had a running loan on a day, counted by officer."""

from uuid import UUID

from sqlalchemy import Connection, text

from services.reporting.queries.holders import HELD
from services.reporting.queries.window import Window

# A loan to which nothing happened since stands as it does now, which saves a look at its history.
_BORROWERS = text(
    f"""
    WITH {HELD},
    first_loan AS (
        SELECT member_id, min(disbursed_on) AS first_on FROM portfolio_loans
         WHERE disbursed_on IS NOT NULL AND NOT is_deleted
           AND status IN ('ACTIVE', 'COMPLETED', 'DEFAULTED', 'WRITTEN_OFF')
         GROUP BY member_id
    ),
    active AS (
    SELECT state.union_id, count(DISTINCT loan.member_id) AS borrowers,
           count(DISTINCT loan.member_id) FILTER (WHERE first_loan.first_on BETWEEN :first AND :last) AS new_borrowers
      FROM portfolio_loans AS loan
      JOIN first_loan USING (member_id)
     CROSS JOIN LATERAL (
           SELECT loan.status, loan.union_id WHERE loan.last_counts_from <= :last
            UNION ALL
           (SELECT status, union_id FROM loan_states AS known
             WHERE known.loan_id = loan.id AND known.counts_from <= :last AND loan.last_counts_from > :last
             ORDER BY version DESC LIMIT 1)) AS state
     WHERE loan.disbursed_on <= :last AND NOT loan.is_deleted
       AND (loan.status IN ('ACTIVE', 'DEFAULTED') OR loan.last_counts_from > :last)
       AND state.status IN ('ACTIVE', 'DEFAULTED')
       AND (CAST(:union_id AS uuid) IS NULL OR state.union_id = :union_id)
       AND (CAST(:loan_type_id AS uuid) IS NULL OR loan.loan_type_id = :loan_type_id)
     GROUP BY state.union_id
    )
    SELECT held.officer_id, sum(borrowers)::integer AS borrowers, sum(new_borrowers)::integer AS new_borrowers
      FROM active LEFT JOIN held ON held.union_id = active.union_id AND :last >= since AND :last < until
     WHERE CAST(:officers AS uuid[]) IS NULL OR held.officer_id = ANY(CAST(:officers AS uuid[]))
     GROUP BY held.officer_id
    """  # noqa: S608 - put together of constants; values are parameters
)


def borrowers(connection: Connection, window: Window) -> dict[UUID | None, tuple[int, int]]:
    """By the officer who had the union on the last day: how many members had a running loan at its end, and how many of
    them got the first loan of their lives from the first day on."""
    rows = connection.execute(_BORROWERS, window.values())
    return {row.officer_id: (row.borrowers, row.new_borrowers) for row in rows}
