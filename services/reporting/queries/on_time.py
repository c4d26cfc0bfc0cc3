"""What first fell due in a period, and how much of it was paid by its due day and later."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, text

from services.reporting.queries.day_sums import read_sums
from services.reporting.queries.holders import BY_DAY_AND_UNION, HELD, KEYS
from services.reporting.queries.running_lines import RUNNING_LINES, THEIRS
from services.reporting.queries.window import Sums, Window, sums_of
from shared.money import ZERO

# Money goes to the oldest instalment first, and within each to its charges first. So what is paid of principal and
# interest of an instalment follows from all that was paid until a day, less the charges that fell due by then. What
# had fallen due before it was rescheduled does not fall due for the first time again. Lines and payments are joined in
# full, though each payment has a line: such a join is hashed, and the planner takes both for few and would go through
# one for each of the other.
LINES_PAID = f"""
    {HELD}, {THEIRS},
    scheduled AS MATERIALIZED (
        SELECT loan.id AS loan_id, state.union_id, loan.loan_type_id, line.due_on, line.from_cents, line.to_cents,
               (SELECT max(older.total_by[width_bucket(least(CAST(:first AS date) - 1, older.until), older.due_on)])
                  FROM (SELECT total_by, due_on, lead(counts_from) OVER (ORDER BY version) AS until
                          FROM loan_schedules AS each WHERE each.loan_id = loan.id AND schedule.version > 1) AS older
                 WHERE older.due_on <> '{{}}') AS fallen_before,
               coalesce((SELECT (sum(amount) * 100)::bigint FROM loan_charges AS charge
                          WHERE charge.loan_id = loan.id AND charge.due_on <= line.due_on AND waived_on IS NULL
                            AND charge.kind <> 'INTEREST_REBATE'), 0) AS charges
          FROM {RUNNING_LINES}
    ),
    line AS MATERIALIZED (
        SELECT loan_id, union_id, loan_type_id, due_on, charges, to_cents, greatest(
                   from_cents, coalesce(fallen_before, 0), coalesce(max(to_cents) OVER (
                       PARTITION BY loan_id ORDER BY due_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
               ) AS from_cents
          FROM scheduled
    ),
    received AS (
        SELECT loan_id, array_agg(paid_on ORDER BY paid_on) AS days, array_agg(cents ORDER BY paid_on) AS cents FROM (
            SELECT loan_id, paid_on,
                   (sum(sum(amount)) OVER (PARTITION BY loan_id ORDER BY paid_on) * 100)::bigint AS cents
              FROM repayments AS entry WHERE paid_on <= :last AND kind <> 'RECOVERY'
               AND loan_id IN (SELECT loan_id FROM line) AND (reversal_of_id IS NULL OR NOT EXISTS (
                   SELECT FROM repayments AS recovery
                    WHERE recovery.id = entry.reversal_of_id AND recovery.kind = 'RECOVERY'))
             GROUP BY loan_id, paid_on) AS day
         GROUP BY loan_id
    ),
    paid AS (
        SELECT loan_id, union_id, loan_type_id, due_on, from_cents, to_cents,
               coalesce(cents[width_bucket(due_on, days)], 0) - charges - from_cents AS by_due_day,
               coalesce(cents[cardinality(cents)], 0) - charges - from_cents AS by_end
          FROM line FULL JOIN received USING (loan_id)
    )
"""  # noqa: S608 - put together of constants; values are parameters
"""Common table expressions, of which `paid` has each line that fell due in the window, with its cents from `from_cents`
to `to_cents` and what was paid of it `by_due_day` and `by_end`, which may be less than nothing or more than all."""

IS_LINE = "coalesce(to_cents > from_cents, false)"
"""Which rows of `paid` fell due for the first time; others are money without a line, or what had fallen due before."""

DUE, ON_TIME = "sum(to_cents - from_cents)", "sum(least(greatest(by_due_day, 0), to_cents - from_cents))"
"""What rows of `paid` come to, in cents."""

KEPT = f"""
    WITH {LINES_PAID}
    SELECT due_on AS day, union_id, loan_type_id, {DUE} AS due, {ON_TIME} AS on_time
      FROM paid WHERE {IS_LINE} GROUP BY 1, 2, 3
"""  # noqa: S608 - put together of constants; values are parameters
"""Rows for `day_sums`."""
_PUNCTUAL = text(
    f"""
    WITH {LINES_PAID},
    day AS (
        SELECT due_on AS day, union_id, {DUE} * 0.01 AS due, {ON_TIME} * 0.01 AS on_time
          FROM paid WHERE {IS_LINE} GROUP BY due_on, union_id
    )
    SELECT {KEYS}, sum(due) AS due, sum(on_time) AS on_time {BY_DAY_AND_UNION.format(rows="day")}
    """  # noqa: S608 - put together of constants; values are parameters
)

_FELL_DUE = text(
    f"""
    WITH {LINES_PAID},
    received_of AS (
        SELECT loan_id, (array_agg(union_id))[1] AS union_id,
               (coalesce(sum(amount) FILTER (WHERE paid_on < :first), 0) * 100)::bigint AS before,
               (sum(amount) * 100)::bigint AS by_end
          FROM repayments WHERE paid_on <= :last AND kind <> 'RECOVERY' AND loan_id IN (
              SELECT loan_id FROM repayments WHERE paid_on BETWEEN :first AND :last)
         GROUP BY loan_id
    ),
    earlier AS (
        SELECT paid.union_id, sum(greatest(0, least(by_end, fallen) - least(before, fallen))) * 0.01 AS amount
          FROM received_of AS paid JOIN portfolio_loans AS loan ON loan.id = paid.loan_id
         CROSS JOIN LATERAL (
               SELECT coalesce(total_by[width_bucket(CAST(:first AS date) - 1, due_on)], 0) + coalesce((
                          SELECT (sum(amount) * 100)::bigint FROM loan_charges AS charge
                           WHERE charge.loan_id = paid.loan_id AND charge.due_on < :first AND waived_on IS NULL
                             AND charge.kind <> 'INTEREST_REBATE'), 0) AS fallen
                 FROM loan_schedules AS schedule
                WHERE schedule.loan_id = paid.loan_id AND schedule.due_on <> '{{}}' AND counts_from < :first
                ORDER BY version DESC LIMIT 1) AS due
         WHERE (CAST(:loan_type_id AS uuid) IS NULL OR loan.loan_type_id = :loan_type_id)
           AND (CAST(:union_id AS uuid) IS NULL OR paid.union_id = :union_id)
           AND (CAST(:unions AS uuid[]) IS NULL OR paid.union_id = ANY(CAST(:unions AS uuid[])))
           AND (CAST(:officers AS uuid[]) IS NULL OR loan.id IN (SELECT loan_id FROM theirs))
         GROUP BY paid.union_id
    ),
    day AS (
        SELECT due_on AS day, union_id, {DUE} * 0.01 AS due, {ON_TIME} * 0.01 AS on_time,
               sum(least(greatest(by_end, 0), to_cents - from_cents)) * 0.01 AS by_end, 0.00 AS on_earlier
          FROM paid WHERE {IS_LINE} GROUP BY due_on, union_id
         UNION ALL
        SELECT CAST(:last AS date), union_id, 0, 0, 0, amount FROM earlier
    )
    SELECT {KEYS}, sum(due) AS due, sum(on_time) AS on_time, sum(by_end) AS by_end, sum(on_earlier) AS on_earlier
    {BY_DAY_AND_UNION.format(rows="day")}
    """  # noqa: S608 - put together of constants; values are parameters
)


@dataclass(frozen=True, slots=True)
class FellDue:
    """What first fell due, principal and interest together; what of it was paid until its day, and until the end of the
    period. Beside it, of the last day, what the period brought of what had fallen due before it (`on_earlier`)."""

    due: Decimal = ZERO
    on_time: Decimal = ZERO
    by_end: Decimal = ZERO
    on_earlier: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Punctual:
    """What first fell due, and what of it was paid by its day."""

    due: Decimal = ZERO
    on_time: Decimal = ZERO

    def __add__(self, other: "Punctual") -> "Punctual":
        return Punctual(self.due + other.due, self.on_time + other.on_time)


def punctual(connection: Connection, window: Window) -> Sums[Punctual]:
    """What first fell due, and was paid by its day, from the sums of days that are over and the facts of the others."""
    return read_sums(connection, window, Punctual, {"due": "due", "on_time": "on_time"}, punctual_from_facts)


def punctual_from_facts(connection: Connection, window: Window) -> Sums[Punctual]:
    """What first fell due, and was paid by its day, from facts alone, as in `fell_due`."""
    return sums_of(connection.execute(_PUNCTUAL, window.values()), Punctual)


def fell_due(connection: Connection, window: Window) -> Sums[FellDue]:
    """What first fell due in the period on loans that were running when its day began, by the schedule that counted
    then: a later reschedule does not move it."""
    return sums_of(connection.execute(_FELL_DUE, window.values()), FellDue)
