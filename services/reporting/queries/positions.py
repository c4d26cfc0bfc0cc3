"""Where loans stand at the end of a day: what is owed, what of it is late and since when, and whose they were then.

Live on a day is what was disbursed by then, not written off by then, and not yet paid. A repayment counts from its
value date, a reversal and a waiver from their own day, a charge from the day it is due, a schedule, a status, a union
and an officer from the day they came to be. So a past day stays what it was, whatever is decided later; only what is
recorded later with an earlier value date changes it (`recorded_until` leaves that out).

There are three ways to the same figures: all facts until the day; for today what stands on the rows of the loans; and
what was frozen at the end of a month.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Row, text

from services.reporting.queries.due import due_of

FOREVER = date(9999, 12, 31)
_LIVE = "('ACTIVE', 'DEFAULTED', 'COMPLETED')"
"""A completed loan that owes something is about to be reactivated, or was paid after the day."""

_COUNTS = "counts_from <= CAST(:day AS date) AND recorded_on <= CAST(:recorded_until AS date)"
_FROM_FACTS = f"""
    officer AS MATERIALIZED (
        SELECT DISTINCT ON (union_id) union_id, officer_id FROM union_officers
         WHERE counts_from <= CAST(:day AS date) ORDER BY union_id, version DESC
    ),
    state AS MATERIALIZED (
        SELECT DISTINCT ON (loan_id) * FROM loan_states AS state WHERE {_COUNTS} AND {{among}}
         ORDER BY loan_id, version DESC
    ),
    live AS MATERIALIZED (
        SELECT loan_id, union_id, coalesce(officer.officer_id, directory.officer_id) AS officer_id, loan_type_id,
               disbursed_on, principal
          FROM state LEFT JOIN officer USING (union_id)
          LEFT JOIN directory_union AS directory ON directory.id = union_id
         WHERE status IN {_LIVE} AND NOT state.is_deleted AND disbursed_on <= CAST(:day AS date)
           AND {{narrowed}}
    ),
    {{due}},
    received AS (
        SELECT loan_id, (sum(amount) * 100)::bigint AS cents FROM repayments JOIN live USING (loan_id)
         WHERE paid_on <= CAST(:day AS date) AND coalesce(recorded_on <= CAST(:recorded_until AS date), true)
         GROUP BY loan_id
    ),
    paid AS (
        SELECT due.*, coalesce(cents, 0) AS cents, width_bucket(coalesce(cents, 0), total_by) AS covered,
               width_bucket(CAST(:day AS date) - 1, due_on) AS fallen, cardinality(due_on) AS lines
          FROM due LEFT JOIN received USING (loan_id)
    ),
    position AS (
        SELECT loan_id, union_id, officer_id, loan_type_id, disbursed_on, principal,
               greatest(0, CAST(:day AS date) - due_on[covered + 1]) AS days_late, due_on[covered + 1] AS oldest_due_on,
               greatest(0, coalesce(total_by[fallen], 0) - cents) * 0.01 AS arrears,
               (total_by[lines] - cents) * 0.01 AS outstanding,
               (principal_by[lines] - coalesce(principal_by[covered], 0) - greatest(
                   0, cents - total_by[covered + 1] + principal_by[covered + 1] - coalesce(principal_by[covered], 0))
               ) * 0.01 AS outstanding_principal,
               loan_id IN (SELECT loan_id FROM loan_schedules WHERE is_reschedule AND {_COUNTS}) AS is_rescheduled
          FROM live JOIN paid USING (loan_id)
         WHERE total_by[lines] > cents
    )
"""  # noqa: S608 - put together of constants; values are parameters
_DUE_BY_THEN = due_of(
    "live",
    schedules=_COUNTS,
    charges="""
        charge.due_on <= CAST(:day AS date) AND coalesce(charge.recorded_on <= CAST(:recorded_until AS date), true)
        AND NOT coalesce(charge.waived_on <= least(CAST(:day AS date), CAST(:recorded_until AS date)), false)""",
    reversals="""
        reversal.paid_on <= CAST(:day AS date)
        AND coalesce(reversal.recorded_on <= CAST(:recorded_until AS date), true)""",
)
# Only of late loans the schedules are read, and only where arrears are asked for: all else stands on the row.
_OVERDUE = f"""
    late AS (SELECT loan_id, paid FROM live WHERE days_late > 0),
    {due_of("late")},
    overdue AS (
        SELECT loan_id, total_by[width_bucket(CAST(:day AS date) - 1, due_on)] * 0.01 - paid AS arrears
          FROM late JOIN due USING (loan_id)
    )
"""  # noqa: S608 - put together of constants; values are parameters
_NO_OVERDUE = "overdue AS (SELECT NULL::uuid AS loan_id, 0 AS arrears WHERE false)"
_PRESENT = f"""
    live AS (
        SELECT loan.id AS loan_id, loan.union_id, directory.officer_id, loan.loan_type_id, loan.disbursed_on,
               loan.principal, greatest(0, CAST(:day AS date) - loan.oldest_due_on) AS days_late, loan.oldest_due_on,
               loan.paid, loan.outstanding, loan.outstanding_principal
          FROM portfolio_loans AS loan JOIN directory_union AS directory ON directory.id = loan.union_id
         WHERE loan.status IN {_LIVE} AND NOT loan.is_deleted AND loan.outstanding > 0
           AND loan.oldest_due_on IS NOT NULL AND loan.id <> ALL(CAST(:ahead AS uuid[])) AND {{narrowed}}
    ),
    {{overdue}},
    position AS (
        SELECT live.loan_id, union_id, officer_id, loan_type_id, disbursed_on, principal, days_late, oldest_due_on,
               coalesce(arrears, 0) AS arrears, outstanding, outstanding_principal,
               loan_id IN (SELECT loan_id FROM loan_schedules WHERE is_reschedule) AS is_rescheduled
          FROM live LEFT JOIN overdue USING (loan_id)
    )
"""  # noqa: S608 - put together of constants; values are parameters
_FROZEN = """
    position AS (
        SELECT loan_id, union_id, officer_id, loan_type_id, disbursed_on, principal, days_late, oldest_due_on, arrears,
               outstanding, outstanding_principal, is_rescheduled
          FROM frozen_positions AS live WHERE frozen_on = CAST(:day AS date) AND {narrowed}
    )
"""
_AHEAD = text("SELECT DISTINCT loan_id FROM facts_ahead WHERE counts_from > :day")
_OF_THEIR_UNIONS = """
    loan_id IN (SELECT loan_id FROM loan_states WHERE union_id IN (
        SELECT union_id FROM union_officers WHERE officer_id = ANY(CAST(:officers AS uuid[]))
        UNION SELECT id FROM directory_union WHERE officer_id = ANY(CAST(:officers AS uuid[]))))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """Of which loans positions are read: None leaves a condition out. `officers` are those of the day."""

    officers: Collection[UUID] | None = None
    union_id: UUID | None = None
    loan_type_id: UUID | None = None
    loan_ids: Collection[UUID] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The values of the parameters of the conditions."""
        officers = None if self.officers is None else list(self.officers)
        loan_ids = None if self.loan_ids is None else list(self.loan_ids)
        every = {"officers": officers, "union_id": self.union_id, "loan_type_id": self.loan_type_id, "ids": loan_ids}
        return {name: value for name, value in every.items() if value is not None}

    def condition(self, *, officer: str, union: str, loan_type: str, loan: str) -> str:
        """The condition on these columns, as SQL."""
        conditions = ["true"]
        if self.officers is not None:
            conditions.append(f"{officer} = ANY(CAST(:officers AS uuid[]))")
        if self.union_id is not None:
            conditions.append(f"{union} = :union_id")
        if self.loan_type_id is not None:
            conditions.append(f"{loan_type} = :loan_type_id")
        if self.loan_ids is not None:
            conditions.append(f"{loan} = ANY(CAST(:ids AS uuid[]))")
        return " AND ".join(conditions)


EVERYTHING = Narrowed()


@dataclass(frozen=True, slots=True)
class Positions:
    """The live loans of a day, to be read as a table `position` with the columns of `COLUMNS`."""

    expressions: str
    values: dict[str, Any] = field(default_factory=dict)

    def read(self, connection: Connection, query: str, **values: Any) -> Sequence[Row[Any]]:
        """The rows of a query over `position`, which is SQL of our own."""
        return self._execute(connection, query, values).all()

    def write(self, connection: Connection, statement: str, **values: Any) -> int:
        """Run a statement that takes its rows from `position`; returns how many it wrote."""
        return self._execute(connection, statement, values).rowcount

    def _execute(self, connection: Connection, query: str, values: dict[str, Any]) -> CursorResult[Any]:
        return connection.execute(text(f"WITH {self.expressions} {query}"), self.values | values)


COLUMNS = (
    "loan_id", "union_id", "officer_id", "loan_type_id", "disbursed_on", "principal", "days_late", "oldest_due_on",
    "arrears", "outstanding", "outstanding_principal", "is_rescheduled",
)  # fmt: skip


def positions_on(
    connection: Connection, day: date, *, today: date, narrowed: Narrowed = EVERYTHING, with_arrears: bool = True
) -> Positions:
    """Positions at the end of a day until today, by the shortest way: frozen, from the rows of the loans, or from all
    facts. Those of today are read faster without `arrears`."""
    if day == today:
        return _present(connection, day, narrowed, _OVERDUE if with_arrears else _NO_OVERDUE)
    if day < today and is_frozen(connection, day):
        return _frozen(day, narrowed)
    return positions_from_facts(day, narrowed=narrowed)


def positions_from_facts(day: date, *, recorded_until: date = FOREVER, narrowed: Narrowed = EVERYTHING) -> Positions:
    """Positions at the end of a day from all facts that were recorded until the day `recorded_until`."""
    values = {"day": day, "recorded_until": recorded_until} | narrowed.values
    return Positions(_from_facts(narrowed), values)


def _from_facts(narrowed: Narrowed, *, among: str = "") -> str:
    condition = narrowed.condition(
        officer="coalesce(officer.officer_id, directory.officer_id)",
        union="union_id",
        loan_type="loan_type_id",
        loan="loan_id",
    )
    if not among and narrowed.loan_ids is not None:
        among = "loan_id = ANY(CAST(:ids AS uuid[]))"
    if not among and narrowed.officers is not None:
        among = _OF_THEIR_UNIONS
    return _FROM_FACTS.format(narrowed=condition, among=among or "true", due=_DUE_BY_THEN)


def _present(connection: Connection, day: date, narrowed: Narrowed, overdue: str) -> Positions:
    """From the rows of the loans; from their facts of the few that have some which do not count yet."""
    ahead = list(connection.execute(_AHEAD, {"day": day}).scalars())
    values = {"day": day, "recorded_until": FOREVER, "ahead": ahead} | narrowed.values
    condition = narrowed.condition(
        officer="directory.officer_id", union="loan.union_id", loan_type="loan.loan_type_id", loan="loan.id"
    )
    present = _PRESENT.format(narrowed=condition, overdue=overdue)
    if not ahead:
        return Positions(present, values)
    facts = _from_facts(narrowed, among="loan_id = ANY(CAST(:ahead AS uuid[]))")
    part = "SELECT * FROM (WITH {} SELECT * FROM position) AS part"
    both = f"{part.format(present)} UNION ALL {part.format(facts)}"
    return Positions(f"position AS ({both})", values)


def _frozen(day: date, narrowed: Narrowed) -> Positions:
    condition = narrowed.condition(officer="officer_id", union="union_id", loan_type="loan_type_id", loan="loan_id")
    return Positions(_FROZEN.format(narrowed=condition), {"day": day} | narrowed.values)


def is_frozen(connection: Connection, day: date) -> bool:
    """Whether the positions of this day are kept."""
    query = text("SELECT EXISTS (SELECT FROM frozen_days WHERE frozen_on = :day)")
    return bool(connection.execute(query, {"day": day}).scalar_one())
