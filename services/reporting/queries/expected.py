"""What falls due by the schedules of a period."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, text

from services.reporting.queries.holders import BY_DAY_AND_UNION, HELD, KEYS
from services.reporting.queries.window import Sums, Window, sums_of

# A day goes by how things stood when it began: a loan that was paid off on its last due day was expected to be. The
# lists of a schedule are searched instead of unfolded as a whole, and the last state of a loan is that of most of its
# days, so that few are looked up on their own.
_EXPECTED = text(
    f"""
    WITH {HELD},
    due AS (
        SELECT line.due_on AS day, state.union_id, sum(line.total) / 100.0 AS total
          FROM portfolio_loans AS loan
          JOIN loan_schedules AS schedule ON schedule.loan_id = loan.id
         CROSS JOIN LATERAL (
               SELECT width_bucket(CAST(:first AS date) - 1, schedule.due_on) AS before,
                      width_bucket(CAST(:last AS date), schedule.due_on) AS until OFFSET 0) AS place
         CROSS JOIN LATERAL (
               SELECT status, union_id, counts_from FROM loan_states AS known
                WHERE known.loan_id = loan.id AND known.counts_from < :last ORDER BY version DESC LIMIT 1) AS latest
         CROSS JOIN LATERAL (
               SELECT schedule.due_on[number] AS due_on,
                      schedule.total_by[number] - coalesce(schedule.total_by[number - 1], 0) AS total
                 FROM generate_series(place.before + 1, place.until) AS number) AS line
         CROSS JOIN LATERAL (
               SELECT latest.status, latest.union_id WHERE latest.counts_from < line.due_on
                UNION ALL
               (SELECT status, union_id FROM loan_states AS known
                 WHERE known.loan_id = loan.id AND known.counts_from < line.due_on
                   AND latest.counts_from >= line.due_on ORDER BY version DESC LIMIT 1)) AS state
         WHERE loan.disbursed_on < :last AND NOT loan.is_deleted
           AND (loan.status IN ('ACTIVE', 'DEFAULTED') OR loan.last_counts_from >= :first)
           AND (CAST(:loan_type_id AS uuid) IS NULL OR loan.loan_type_id = :loan_type_id)
           AND schedule.due_on <> '{{}}' AND place.before < place.until AND schedule.counts_from < line.due_on
           AND NOT EXISTS (
               SELECT FROM loan_schedules AS newer
                WHERE newer.loan_id = loan.id AND newer.version > schedule.version AND newer.version > 1
                  AND newer.counts_from < line.due_on)
           AND state.status IN ('ACTIVE', 'DEFAULTED')
           AND (CAST(:union_id AS uuid) IS NULL OR state.union_id = :union_id)
         GROUP BY line.due_on, state.union_id
    )
    SELECT {KEYS}, sum(total) AS total {BY_DAY_AND_UNION.format(rows="due")}
    """  # noqa: S608 - of texts of our own
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What falls due, principal and interest together."""

    total: Decimal


def expected(connection: Connection, window: Window) -> Sums[Expected]:
    """What falls due on loans that were running when the day began, by the schedule that counted then."""
    return sums_of(connection.execute(_EXPECTED, window.values()), Expected)
