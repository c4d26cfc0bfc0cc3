"""What falls due by the schedules, by day and union."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from services.reporting.queries.window import Window

# A day goes by how things stood when it began: a loan that was paid off on its last due day was expected to be. The
# lists of a schedule are searched instead of unfolded as a whole.
_EXPECTED = text(
    """
    SELECT line.due_on AS day, state.union_id, sum(line.total) / 100.0 AS total
      FROM portfolio_loans AS loan
      JOIN loan_schedules AS schedule ON schedule.loan_id = loan.id
     CROSS JOIN LATERAL (
           SELECT width_bucket(CAST(:first AS date) - 1, schedule.due_on) AS before,
                  width_bucket(CAST(:last AS date), schedule.due_on) AS until) AS place
     CROSS JOIN LATERAL (
           SELECT schedule.due_on[number] AS due_on,
                  schedule.total_by[number] - coalesce(schedule.total_by[number - 1], 0) AS total
             FROM generate_series(place.before + 1, place.until) AS number) AS line
     CROSS JOIN LATERAL (
           SELECT status, union_id FROM loan_states AS known
            WHERE known.loan_id = loan.id AND known.counts_from < line.due_on ORDER BY version DESC LIMIT 1) AS state
     WHERE loan.disbursed_on < :last AND NOT loan.is_deleted
       AND (loan.status IN ('ACTIVE', 'DEFAULTED') OR loan.last_counts_from >= :first)
       AND (CAST(:loan_type_id AS uuid) IS NULL OR loan.loan_type_id = :loan_type_id)
       AND schedule.due_on <> '{}' AND place.before < place.until AND schedule.counts_from < line.due_on
       AND NOT EXISTS (
           SELECT FROM loan_schedules AS newer
            WHERE newer.loan_id = loan.id AND newer.version > schedule.version AND newer.counts_from < line.due_on)
       AND state.status IN ('ACTIVE', 'DEFAULTED')
       AND (CAST(:union_id AS uuid) IS NULL OR state.union_id = :union_id)
     GROUP BY line.due_on, state.union_id
    """
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What falls due on one day in one union, principal and interest together."""

    day: date
    union_id: UUID
    total: Decimal


def expected(connection: Connection, window: Window) -> Iterator[Expected]:
    """What falls due from the first to the last day on loans that were running when the day began, by the schedule that
    counted then; in no order."""
    for row in connection.execute(_EXPECTED, window.values()):
        yield Expected(row.day, row.union_id, row.total)
