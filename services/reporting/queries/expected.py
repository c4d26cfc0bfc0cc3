"""What falls due by the schedules of a period."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, text

from services.reporting.queries.day_sums import read_sums
from services.reporting.queries.holders import BY_DAY_AND_UNION, HELD, KEYS
from services.reporting.queries.running_lines import RUNNING_LINES, THEIRS
from services.reporting.queries.window import Sums, Window, sums_of
from shared.money import ZERO

# A day goes by how things stood when it began: a loan that was paid off on its last due day was expected to be. The
# lists of a schedule are searched instead of unfolded as a whole, and the last state of a loan is that of most of its
# days, so that few are looked up on their own.
_EXPECTED = text(
    f"""
    WITH {HELD}, {THEIRS},
    due AS (
        SELECT line.due_on AS day, state.union_id, sum(line.to_cents - line.from_cents) / 100.0 AS total
          FROM {RUNNING_LINES}
         GROUP BY line.due_on, state.union_id
    )
    SELECT {KEYS}, sum(total) AS total {BY_DAY_AND_UNION.format(rows="due")}
    """  # noqa: S608 - put together of constants; values are parameters
)


KEPT = f"""
    WITH {HELD}, {THEIRS}
    SELECT line.due_on AS day, state.union_id, loan.loan_type_id, sum(line.to_cents - line.from_cents) AS expected
      FROM {RUNNING_LINES}
     GROUP BY 1, 2, 3
"""  # noqa: S608 - put together of constants; values are parameters
"""Rows for `day_sums`."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What falls due, principal and interest together."""

    total: Decimal = ZERO

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(self.total + other.total)


def expected(connection: Connection, window: Window) -> Sums[Expected]:
    """What falls due, from the sums of days that are over and the facts of the others: see `expected_from_facts`."""
    return read_sums(connection, window, Expected, {"total": "expected"}, expected_from_facts)


def expected_from_facts(connection: Connection, window: Window) -> Sums[Expected]:
    """What falls due on loans that were running when the day began, by the schedule that counted then."""
    return sums_of(connection.execute(_EXPECTED, window.values()), Expected)
