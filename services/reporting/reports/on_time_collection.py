"""How much of what fell due was paid on time, by officer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.on_time import FellDue, fell_due
from services.reporting.reports import officer_rows
from services.reporting.reports.definition import (
    WHOSE,
    Asked,
    Cells,
    Definition,
    Line,
    Parameter,
    Report,
    Result,
    Series,
    page_of,
)
from services.reporting.reports.ratios import percent, percent_or_zero
from services.reporting.reports.steps import steps
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="on-time-collection",
    title="On-time collection",
    purpose="How reliably borrowers pay on the day. Late money stands apart, so that it cannot hide what was missed.",
    parameters=(Parameter.PERIOD, *WHOSE),
    columns=(
        officer_rows.COLUMN,
        Column("due", "First fell due", Kind.AMOUNT),
        Column("onTime", "Paid by the due day", Kind.AMOUNT),
        Column("rate", "On-time collection rate", Kind.PERCENT),
        Column("later", "Paid later of it, in the period", Kind.AMOUNT),
        Column("onEarlier", "Paid on what fell due earlier", Kind.AMOUNT),
        Column("missing", "Not paid by the end of the period", Kind.AMOUNT),
    ),
    formula="On-time collection rate = paid by the due day or ahead of it / what first fell due in the period x 100. "
    "What first fell due is principal and interest of loans that were running when the day began, by the schedule that "
    "counted then: rescheduling it afterwards does not take it away, nor does it fall due for the first time again. "
    "Late money is in columns of its own and never in the rate; what was taken back by the end of the period is off "
    "it. Who had the union on the day has the figure.",
    source="CGAP Occasional Paper 3, Measuring Microcredit Delinquency (on-time collection rate).",
    totals="Amounts are sums; the rate is that of the sums.",
    has_series=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer, by name; the series is the rate along the period."""
    found, by_officer = fell_due(connection, asked.window), defaultdict[UUID | None, list[FellDue]](list)
    for holding, each in found.by_union.items():
        by_officer[holding.officer_id].append(each)
    rows = officer_rows.rows_of(connection, by_officer, _figures)
    totals = _figures(found.by_day.values())
    return Result(rows=page_of(rows, asked), totals=totals, series=_series(found.by_day, asked), found=len(rows))


def _figures(found: Iterable[FellDue]) -> Cells:
    group = list(found)
    due, on_time = sum((each.due for each in group), ZERO), sum((each.on_time for each in group), ZERO)
    by_end = sum((each.by_end for each in group), ZERO)
    return {
        "due": due,
        "onTime": on_time,
        "rate": percent_or_zero(on_time, due),
        "later": by_end - on_time,
        "onEarlier": sum((each.on_earlier for each in group), ZERO),
        "missing": due - by_end,
    }


def _series(found: Mapping[date, FellDue], asked: Asked) -> Series:
    along = steps(asked.first, asked.last)
    due = along.sums((day, each.due) for day, each in found.items())
    on_time = along.sums((day, each.on_time) for day, each in found.items())
    rates = [percent(part, whole) for part, whole in zip(on_time, due, strict=True)]
    return Series(along.labels, [Line("On-time collection rate", Kind.PERCENT, rates)])


REPORT = Report(DEFINITION, read)
