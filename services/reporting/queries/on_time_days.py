"""Sums of what first fell due, and of what was paid by its day, of days that are over (see `usecases.on_time`)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from services.reporting.domain.calendar import Days, whole_months
from services.reporting.domain.performance import Punctuality
from services.reporting.models.base import NOBODY
from services.reporting.models.day_sums import day_sums_progress
from services.reporting.models.facts import history
from services.reporting.models.on_time import on_time_notes, on_time_progress
from services.reporting.queries import expected, on_time, received
from services.reporting.queries.holders import HELD, HELD_BY_OFFICERS
from services.reporting.queries.window import Window

STATEMENT_SECONDS = 600
"""How long the sums of one month may take: of a large book longer than an answer may, and nobody waits for them."""

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '.on_time_days'), 0)")
_TAKE_NOTES = text(
    """
    WITH taken AS (DELETE FROM day_sums_notes RETURNING day, unions), forgotten AS (DELETE FROM on_time_notes)
    SELECT day, unions FROM taken
    """
)
_OF_DAYS = (
    "day BETWEEN :first AND :last AND (CAST(:unions AS uuid[]) IS NULL OR union_id = ANY(CAST(:unions AS uuid[])))"
)
_PARTS = (
    (("expected",), expected.KEPT),
    (("due", "on_time"), on_time.KEPT),
    (
        ("payments", "recoveries", "repaid", "recovered", "reversed", "penalty", "fee", "interest", "principal"),
        received.KEPT,
    ),
)
_NAMES = [name for names, _ in _PARTS for name in names]


def _rows_of(names: Collection[str], rows: str) -> str:
    """The rows of one part, with nothing for the figures of the others."""
    figures = ", ".join(name if name in names else f"0 AS {name}" for name in _NAMES)
    return f"SELECT day, union_id, loan_type_id, {figures} FROM ({rows}) AS part"  # noqa: S608 - constants


_MAKE = text(
    f"""
    INSERT INTO day_sums (day, union_id, loan_type_id, {", ".join(_NAMES)})
    SELECT day, coalesce(union_id, :nobody), coalesce(loan_type_id, :nobody),
           {", ".join(f"sum({name})" for name in _NAMES)}
      FROM ({" UNION ALL ".join(_rows_of(names, rows) for names, rows in _PARTS)}) AS part GROUP BY 1, 2, 3
    """  # noqa: S608 - put together of constants; values are parameters
)
_KEEP_ON_TIME = text(
    f"""
    INSERT INTO on_time_days (day, union_id, due, on_time)
    SELECT day, union_id, sum(due) * 0.01, sum(on_time) * 0.01 FROM day_sums
     WHERE {_OF_DAYS} GROUP BY day, union_id HAVING sum(due) > 0
    """  # noqa: S608 - put together of constants; values are parameters
)
_FIRST_DAY = text("SELECT least((SELECT min(due_on[1]) FROM loan_schedules), (SELECT min(paid_on) FROM repayments))")
_UNIONS = text(
    """
    SELECT union_id FROM loan_states WHERE loan_id = ANY(CAST(:loan_ids AS uuid[]))
     UNION
    SELECT union_id FROM repayments WHERE loan_id = ANY(CAST(:loan_ids AS uuid[])) AND union_id IS NOT NULL
    """
)
# Of everybody: unions that one officer always had are added up before the officer is looked for, by whole months where
# the days are those of whole months.
_OF_ALL = f"""
    WITH {HELD},
    moved AS MATERIALIZED (SELECT DISTINCT union_id FROM held WHERE since > '-infinity'),
    of_union AS MATERIALIZED (
        SELECT union_id, sum(due) AS due, sum(on_time) AS on_time FROM {{sums}}
           AND union_id NOT IN (SELECT union_id FROM moved)
         GROUP BY union_id
    ),
    found AS (
        SELECT held.officer_id, due, on_time FROM of_union LEFT JOIN held USING (union_id)
         UNION ALL
        SELECT held.officer_id, due, on_time
          FROM moved JOIN on_time_days AS counted USING (union_id)
          LEFT JOIN held ON held.union_id = counted.union_id
                        AND counted.day >= held.since AND counted.day < held.until
         WHERE counted.day BETWEEN coalesce(CAST(:first AS date), '-infinity')
                               AND coalesce(CAST(:last AS date), 'infinity')
    )
    SELECT officer_id, sum(due) AS due, sum(on_time) AS on_time FROM found GROUP BY officer_id
"""  # noqa: S608 - put together of constants; values are parameters
_OF_ALL_DAYS = text(
    _OF_ALL.format(
        sums="on_time_days WHERE day BETWEEN coalesce(CAST(:first AS date), '-infinity')"
        " AND coalesce(CAST(:last AS date), 'infinity')"
    )
)
_OF_ALL_MONTHS = text(_OF_ALL.format(sums="on_time_months WHERE month BETWEEN :first_month AND :last_month"))
_OF_OFFICERS = text(
    f"""
    WITH {HELD_BY_OFFICERS}
    SELECT held.officer_id, sum(due) AS due, sum(on_time) AS on_time
      FROM on_time_days AS counted
      JOIN held ON held.union_id = counted.union_id AND counted.day >= held.since AND counted.day < held.until
     WHERE counted.day BETWEEN coalesce(CAST(:first AS date), '-infinity') AND coalesce(CAST(:last AS date), 'infinity')
       AND held.officer_id = ANY(CAST(:officers AS uuid[]))
     GROUP BY held.officer_id
    """  # noqa: S608 - put together of constants; values are parameters
)


def note(connection: Connection, day: date, loan_ids: Collection[UUID] | None = None) -> None:
    """Have the sums from this day on made anew, of the unions that these loans ever were in, of all when they are None.
    A row of its own, for which nobody waits."""
    unions: list[UUID] | None = None
    if loan_ids is not None:
        unions = sorted(connection.execute(_UNIONS, {"loan_ids": list(loan_ids)}).scalars())
    connection.execute(insert(on_time_notes).values(day=day, unions=unions))


def begin(connection: Connection) -> bool:
    """False when somebody else makes sums, or the history is not filled in; else nobody else does until this
    transaction has ended."""
    # A plan for any days is a bad plan for most.
    connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
    if not connection.execute(_TRY_LOCK).scalar_one():
        return False
    return connection.execute(select(history.c.filled_at)).scalar() is not None


@dataclass(frozen=True, slots=True)
class Note:
    """The day from which sums are not right any more, and of which unions; None for all."""

    day: date
    unions: Collection[UUID] | None


def take_notes(connection: Connection) -> list[Note]:
    """Remove all notes and return them. What comes with a note taken is seen by whatever is read after."""
    return [Note(*row) for row in connection.execute(_TAKE_NOTES)]


def made_until(connection: Connection) -> date | None:
    """The last day until which the sums are made; None when there are none yet."""
    return connection.execute(select(day_sums_progress.c.made_until)).scalar()


def first_day(connection: Connection) -> date | None:
    """The first day on which anything ever fell due or came in."""
    first: date | None = connection.execute(_FIRST_DAY).scalar_one()
    return first


def forget_before(connection: Connection, day: date | None) -> None:
    """Remove the sums of days before this one, on which nothing fell due or came in after all; of all when None."""
    for table in ("day_sums", "on_time_days"):
        connection.execute(
            text(f"DELETE FROM {table} WHERE CAST(:day AS date) IS NULL OR day < :day"),  # noqa: S608 - a constant
            {"day": day},
        )


def make(connection: Connection, first: date, last: date, unions: Collection[UUID] | None = None) -> None:
    """Make the sums of these days, of these unions, whether or not there are any."""
    values = Window(first, last, unions=unions).values() | {"nobody": NOBODY}
    for table in ("day_sums", "on_time_days"):
        connection.execute(text(f"DELETE FROM {table} WHERE {_OF_DAYS}"), values)  # noqa: S608 - a constant
    connection.execute(_MAKE, values)
    connection.execute(_KEEP_ON_TIME, values)


def set_made_until(connection: Connection, day: date) -> None:
    """Keep how far the sums are made."""
    for progress in (day_sums_progress, on_time_progress):
        kept = upsert(progress).values(id=1, made_until=day)
        connection.execute(kept.on_conflict_do_update(index_elements=["id"], set_={"made_until": day}))


def punctuality(connection: Connection, officers: Collection[UUID] | None, days: Days) -> list[Punctuality]:
    """What first fell due on these days and was paid by its day, by the officer who had the union on the day: of some
    officers, or of all when None. A list of one row per officer."""
    values = {"first": days.first, "last": days.last, "officers": None if officers is None else list(officers)}
    if officers is not None:
        query = _OF_OFFICERS
    elif months := whole_months(days, made_until(connection)):
        query, values = _OF_ALL_MONTHS, values | {"first_month": months.first, "last_month": months.last}
    else:
        query = _OF_ALL_DAYS
    return [Punctuality(*row) for row in connection.execute(query, values)]
