"""Sums of what first fell due, and of what was paid by its day, of days that are over (see `usecases.on_time`)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from services.reporting.domain.calendar import Days
from services.reporting.domain.performance import Punctuality
from services.reporting.models.facts import history, loan_schedules
from services.reporting.models.on_time import on_time_days, on_time_notes, on_time_progress
from services.reporting.queries.holders import HELD
from services.reporting.queries.on_time import DUE, IS_LINE, LINES_PAID, ON_TIME
from services.reporting.queries.window import Window

STATEMENT_SECONDS = 600
"""How long the sums of one month may take: of a large book longer than an answer may, and nobody waits for them."""

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '.on_time_days'), 0)")
_TAKE_NOTES = text("WITH taken AS (DELETE FROM on_time_notes RETURNING day) SELECT min(day) FROM taken")
_KEEP = text(
    f"""
    WITH {LINES_PAID}
    INSERT INTO on_time_days (day, union_id, due, on_time)
    SELECT due_on, union_id, {DUE}, {ON_TIME} FROM paid WHERE {IS_LINE} GROUP BY due_on, union_id
    """  # noqa: S608 - put together of constants; values are parameters
)
_BY_OFFICER = text(
    f"""
    WITH {HELD}
    SELECT held.officer_id, sum(due) AS due, sum(on_time) AS on_time
      FROM on_time_days AS counted
      LEFT JOIN held ON held.union_id = counted.union_id AND counted.day >= held.since AND counted.day < held.until
     WHERE counted.day BETWEEN coalesce(CAST(:first AS date), '-infinity') AND coalesce(CAST(:last AS date), 'infinity')
       AND (CAST(:officers AS uuid[]) IS NULL OR held.officer_id = ANY(CAST(:officers AS uuid[])))
     GROUP BY held.officer_id
    """  # noqa: S608 - put together of constants; values are parameters
)


def note(connection: Connection, day: date) -> None:
    """Have the sums from this day on made anew. A row of its own, for which nobody waits."""
    connection.execute(insert(on_time_notes).values(day=day))


def begin(connection: Connection) -> bool:
    """False when somebody else makes sums, or the history is not filled in; else nobody else does until this
    transaction has ended."""
    # A plan for any days is a bad plan for most.
    connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
    if not connection.execute(_TRY_LOCK).scalar_one():
        return False
    return connection.execute(select(history.c.filled_at)).scalar() is not None


def take_notes(connection: Connection) -> date | None:
    """Remove all notes; returns the earliest day. What comes with a note taken is seen by whatever is read after."""
    day: date | None = connection.execute(_TAKE_NOTES).scalar_one()
    return day


def made_until(connection: Connection) -> date | None:
    """The last day until which the sums are made; None when there are none yet."""
    return connection.execute(select(on_time_progress.c.made_until)).scalar()


def first_due_day(connection: Connection) -> date | None:
    """The first day on which anything ever fell due."""
    return connection.execute(select(func.min(loan_schedules.c.due_on[1]))).scalar()


def make(connection: Connection, first: date, last: date) -> None:
    """Make the sums of these days, whether or not there are any."""
    connection.execute(on_time_days.delete().where(on_time_days.c.day.between(first, last)))
    connection.execute(_KEEP, Window(first, last).values())


def set_made_until(connection: Connection, day: date) -> None:
    """Keep how far the sums are made."""
    kept = upsert(on_time_progress).values(id=1, made_until=day)
    connection.execute(kept.on_conflict_do_update(index_elements=["id"], set_={"made_until": day}))


def punctuality(connection: Connection, officers: Collection[UUID] | None, days: Days) -> list[Punctuality]:
    """What first fell due on these days and was paid by its day, by the officer who had the union on the day: of some
    officers, or of all when None. A list of one row per officer."""
    values = {"first": days.first, "last": days.last, "officers": None if officers is None else list(officers)}
    return [Punctuality(*row) for row in connection.execute(_BY_OFFICER, values)]
