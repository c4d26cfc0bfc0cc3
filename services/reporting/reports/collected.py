"""The money that came in during a period."""

from collections.abc import Sequence

from sqlalchemy import Connection

from services.reporting.queries.received import Received, received
from services.reporting.reports import officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.receipt_figures import SPLIT, by_officer, total
from services.reporting.reports.steps import series_of
from shared.files.columns import Column, Kind

_AMOUNTS = ("repaid", "recovered", "reversed", "collected", "principal", "interest", "fee", "penalty")

DEFINITION = Definition(
    name="collected",
    title="Collected in the period",
    purpose="All money that came in during a period, whenever its loans were made, and what it paid.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(
        officer_rows.COLUMN,
        Column("payments", "Payments", Kind.COUNT),
        Column("repaid", "Repayments", Kind.AMOUNT),
        Column("recovered", "Recoveries", Kind.AMOUNT),
        Column("reversed", "Taken back", Kind.AMOUNT),
        Column("collected", "Collected", Kind.AMOUNT),
        Column("principal", "Principal", Kind.AMOUNT),
        Column("interest", "Interest", Kind.AMOUNT),
        Column("fee", "Fees", Kind.AMOUNT),
        Column("penalty", "Penalties", Kind.AMOUNT),
    ),
    formula="Collected = repayments + recoveries of written-off loans + what was taken back, which is negative. "
    "Payments count by their value date, what was taken back on the day it was. Principal, interest, fees and "
    "penalties are what the money collected went to, and add up to it. "
    f"{SPLIT} Who had the union on the day has the figure. Processing fees taken at disbursement are not payments.",
    source="The payments that this platform recorded.",
    totals="Each column is the sum of its rows.",
    has_series=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer whose unions paid, by name."""
    found = received(connection, asked.window)
    rows = officer_rows.rows_of(connection, by_officer(found.by_union), _cells)
    series = series_of(
        asked.first, asked.last, {"Collected": ((day, money.collected) for day, money in found.by_day.items())}
    )
    return Result(rows=page_of(rows, asked), totals=_cells(list(found.by_day.values())), series=series, found=len(rows))


def _cells(money: Sequence[Received]) -> Cells:
    return {"payments": sum(each.payments for each in money)} | {part: total(money, part) for part in _AMOUNTS}


REPORT = Report(DEFINITION, read)
