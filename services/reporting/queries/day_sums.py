"""Sums by day, union and loan type of days that are over, beside which facts are read for what they do not hold.

A sum of a day is final until something is recorded later that counts from that day or before. That leaves a note with
the day and the unions (`steps.late_facts`) in its own transaction. So what a reader gets is exact at any moment: the
sums, but for days that are not made yet and for unions with a note those of the facts, all as of one moment.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID

from sqlalchemy import Connection, select, text

from services.reporting.models.base import NOBODY
from services.reporting.models.day_sums import day_sums_notes, day_sums_progress
from services.reporting.queries.holders import HELD, HELD_BY_OFFICERS
from services.reporting.queries.window import Holding, Sums, Window

ONE_DAY = timedelta(days=1)
_COUNTS = frozenset({"payments", "recoveries"})


class Addable(Protocol):
    """Figures that add up."""

    def __add__(self, other: Self, /) -> Self: ...


A = TypeVar("A", bound=Addable)
FromFacts = Callable[[Connection, Window], Sums[A]]

_CHOSEN = """
    counted.day BETWEEN :first AND :last
    AND (CAST(:loan_type_id AS uuid) IS NULL OR counted.loan_type_id = :loan_type_id)
    AND (CAST(:union_id AS uuid) IS NULL OR counted.union_id = :union_id)
    AND (CAST(:noted AS uuid[]) IS NULL OR counted.union_id <> ALL(CAST(:noted AS uuid[])))
"""
_HOLDER = "held.union_id = counted.union_id AND counted.day >= held.since AND counted.day < held.until"
_THEIRS = "held.officer_id = ANY(CAST(:officers AS uuid[]))"
_BY_DAY = "SELECT counted.day AS key, {columns} FROM day_sums AS counted WHERE {chosen} GROUP BY counted.day"
_BY_DAY_OF = """
    WITH {held}
    SELECT counted.day AS key, {columns}
      FROM held JOIN day_sums AS counted ON {holder}
     WHERE {theirs} AND {chosen} GROUP BY counted.day
"""
# Days are added up before the officer is looked for, where one officer had the union on all of them.
_BY_UNION = """
    WITH {held},
    whole AS MATERIALIZED (SELECT union_id, officer_id FROM held WHERE since <= :first AND until > :last),
    part AS MATERIALIZED (SELECT union_id FROM held WHERE since <= :last AND until > :first
                          EXCEPT SELECT union_id FROM whole),
    theirs AS (SELECT union_id FROM held WHERE {theirs}),
    of_union AS (
        SELECT counted.union_id, {columns} FROM day_sums AS counted
         WHERE {chosen} AND (CAST(:officers AS uuid[]) IS NULL OR counted.union_id IN (SELECT union_id FROM theirs))
           AND counted.union_id NOT IN (SELECT union_id FROM part)
         GROUP BY counted.union_id
    )
    SELECT of_union.union_id AS key, held.officer_id, {names}
      FROM of_union LEFT JOIN whole AS held USING (union_id)
     WHERE CAST(:officers AS uuid[]) IS NULL OR {theirs}
     UNION ALL
    SELECT counted.union_id, held.officer_id, {columns}
      FROM part JOIN day_sums AS counted USING (union_id) LEFT JOIN held ON {holder}
     WHERE {chosen} AND (CAST(:officers AS uuid[]) IS NULL OR {theirs})
     GROUP BY counted.union_id, held.officer_id
"""


@dataclass(frozen=True, slots=True)
class _Made:
    """Until which day sums are made, None when there are none, and the unions whose sums are not right any more."""

    until: date | None
    noted: Collection[UUID]


def read_sums(
    connection: Connection, window: Window, kind: type[A], columns: Mapping[str, str], from_facts: FromFacts[A]
) -> Sums[A]:
    """The figures of a window by day, and by union and officer. `columns` are those of `day_sums` by the names of the
    figures; `from_facts` reads the same figures where there are no sums."""
    return _without_nothing(_read(connection, window, kind, columns, from_facts), kind())


def _read(
    connection: Connection, window: Window, kind: type[A], columns: Mapping[str, str], from_facts: FromFacts[A]
) -> Sums[A]:
    made = _made(connection, window)
    if made.until is None:
        return from_facts(connection, window)
    kept = replace(window, last=min(made.until, window.last))
    found = _kept(connection, kept, made.noted, kind, columns)
    if made.noted:
        _add(found, from_facts(connection, replace(kept, unions=made.noted)))
    if window.last > made.until:
        _add(found, from_facts(connection, replace(window, first=made.until + ONE_DAY)))
    return found


def _made(connection: Connection, window: Window) -> _Made:
    until = connection.execute(select(day_sums_progress.c.made_until)).scalar()
    if until is None or until < window.first:
        return _Made(None, ())
    noted: set[UUID] = set()
    for day, unions in connection.execute(select(day_sums_notes.c.day, day_sums_notes.c.unions)):
        if until is None or day > min(until, window.last):
            continue
        if unions is None:
            until = day - ONE_DAY
        else:
            noted.update(unions)
    if until is None or until < window.first:
        return _Made(None, ())
    return _Made(until, noted)


def _kept(
    connection: Connection, window: Window, noted: Collection[UUID], kind: type[A], columns: Mapping[str, str]
) -> Sums[A]:
    sums = ", ".join(f"{_total(column)} AS {name}" for name, column in columns.items())
    held = HELD if window.officers is None else HELD_BY_OFFICERS
    parts = {"columns": sums, "names": ", ".join(columns), "held": held, "holder": _HOLDER, "theirs": _THEIRS,
             "chosen": _CHOSEN}  # fmt: skip
    values = window.values() | {"noted": list(noted) or None}
    by_day = _BY_DAY if window.officers is None else _BY_DAY_OF
    of_day = connection.execute(text(by_day.format(**parts)), values)
    of_union = connection.execute(text(_BY_UNION.format(**parts)), values)
    return Sums(
        {row[0]: kind(**dict(zip(columns, row[1:], strict=True))) for row in of_day},
        {Holding(_or_none(row[0]), row[1]): kind(**dict(zip(columns, row[2:], strict=True))) for row in of_union},
    )


def _without_nothing(sums: Sums[A], nothing: A) -> Sums[A]:
    """Only what is something: the sums of a day have a place for all figures of a union, whichever there are."""
    return Sums(
        {day: figures for day, figures in sums.by_day.items() if figures != nothing},
        {holding: figures for holding, figures in sums.by_union.items() if figures != nothing},
    )


def _total(column: str) -> str:
    return f"sum({column})::integer" if column in _COUNTS else f"sum({column}) * 0.01"


def _or_none(union_id: UUID) -> Any:
    return None if union_id == NOBODY else union_id


def _add(found: Sums[A], more: Sums[A]) -> None:
    for key, figures in more.by_day.items():
        found.by_day[key] = found.by_day[key] + figures if key in found.by_day else figures
    for holding, figures in more.by_union.items():
        found.by_union[holding] = found.by_union[holding] + figures if holding in found.by_union else figures
