"""The arrears rate, by officer. It is not portfolio at risk."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from services.reporting.reports import officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Definition, Parameter, Report, Result
from services.reporting.reports.ratios import percent_or_zero
from services.reporting.reports.scope import positions, result_of_day
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="arrears-rate",
    title="Arrears rate",
    purpose="How much of what is owed is overdue. It is lower than portfolio at risk, and no substitute for it: what "
    "is not yet due of late loans counts as if it were safe.",
    parameters=(Parameter.AS_OF, *WHOSE),
    columns=(
        officer_rows.COLUMN,
        Column("loans", "Loans", Kind.COUNT),
        Column("late", "Late loans", Kind.COUNT),
        Column("outstanding", "Outstanding", Kind.AMOUNT),
        Column("arrears", "Overdue", Kind.AMOUNT),
        Column("rate", "Arrears rate", Kind.PERCENT),
    ),
    formula="Arrears rate = overdue / outstanding x 100, both of principal, interest, fees and penalties. Overdue is "
    "what fell due before the day and is not paid. This is not PAR.",
    source="CGAP Occasional Paper 3, Measuring Microcredit Delinquency (arrears rate).",
    totals="Amounts are sums; the rate is that of the sums.",
)
_BY_OFFICER = """
    SELECT officer_id, count(*) AS loans, count(*) FILTER (WHERE days_late > 0) AS late,
           sum(outstanding) AS outstanding, sum(arrears) AS arrears
      FROM position GROUP BY officer_id
"""
_SUMMED = ("loans", "late", "outstanding", "arrears")


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer with a portfolio, by name."""
    found = positions(connection, asked).read(connection, _BY_OFFICER)
    by_officer = {row.officer_id: {name: getattr(row, name) for name in _SUMMED} for row in found}
    rows = officer_rows.rows_of(connection, by_officer, _with_rate)
    totals = _with_rate({name: sum((each[name] for each in by_officer.values()), ZERO) for name in _SUMMED})
    totals |= {"loans": int(totals["loans"]), "late": int(totals["late"])}
    return result_of_day(connection, asked, rows, totals)


def _with_rate(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {**figures, "rate": percent_or_zero(figures["arrears"], figures["outstanding"])}


REPORT = Report(DEFINITION, read)
