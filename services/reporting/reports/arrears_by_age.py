"""The ageing of arrears: how much is late by how long."""

from sqlalchemy import Connection

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
)
from services.reporting.reports.ratios import percent_or_zero
from services.reporting.reports.scope import positions, result_of_day
from shared.files.columns import Column, Kind
from shared.money import ZERO

AGES = ("Not late", "1 to 30 days", "31 to 60 days", "61 to 90 days", "91 to 180 days", "Over 180 days")

DEFINITION = Definition(
    name="arrears-by-age",
    title="Ageing of arrears",
    purpose="How many loans are late by how long, how much of them is overdue, and what stands behind it.",
    parameters=(Parameter.AS_OF, *WHOSE),
    columns=(
        Column("age", "Days late"),
        Column("loans", "Loans", Kind.COUNT),
        Column("arrears", "Overdue", Kind.AMOUNT),
        Column("outstandingPrincipal", "Outstanding principal", Kind.AMOUNT),
        Column("share", "Share of the portfolio", Kind.PERCENT),
    ),
    formula="Each loan is in one row, by the days since the due day of its oldest instalment that is not paid in full. "
    "Overdue is all that fell due before the day and is not paid: principal, interest, fees and penalties. The share "
    "is the outstanding principal of the row / that of all rows x 100.",
    source="CGAP, Microfinance Consensus Guidelines (ageing of the portfolio).",
    totals="Each column is the sum of its rows.",
    has_series=True,
)
_BY_AGE = """
    SELECT width_bucket(days_late, ARRAY[1, 31, 61, 91, 181]) AS age, count(*) AS loans, sum(arrears) AS arrears,
           sum(outstanding_principal) AS principal
      FROM position GROUP BY age
"""


def read(connection: Connection, asked: Asked) -> Result:
    """One row per age, be it empty; the series is what is overdue."""
    found = {row.age: row for row in positions(connection, asked).read(connection, _BY_AGE)}
    whole = sum((row.principal for row in found.values()), ZERO)
    rows: list[Cells] = []
    for place, age in enumerate(AGES):
        row = found.get(place)
        loans, arrears, principal = (row.loans, row.arrears, row.principal) if row else (0, ZERO, ZERO)
        rows.append(
            {
                "age": age,
                "loans": loans,
                "arrears": arrears,
                "outstandingPrincipal": principal,
                "share": percent_or_zero(principal, whole),
            }
        )
    totals: Cells = {
        "loans": sum(row.loans for row in found.values()),
        "arrears": sum((row.arrears for row in found.values()), ZERO),
        "outstandingPrincipal": whole,
        "share": percent_or_zero(whole, whole),
    }
    overdue = [found[place].arrears if place in found else ZERO for place in range(1, len(AGES))]
    series = Series(AGES[1:], [Line("Overdue", Kind.AMOUNT, overdue)])
    return result_of_day(connection, asked, rows, totals, series)


REPORT = Report(DEFINITION, read)
