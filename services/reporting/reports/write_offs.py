"""What was written off, and what came in of it afterwards, by officer."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from services.reporting.queries.holders import holders
from services.reporting.queries.months import average_portfolio
from services.reporting.queries.written_off import recovered, written_off
from services.reporting.reports import officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.ratios import percent
from services.reporting.reports.scope import narrowed
from services.reporting.reports.steps import series_of
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="write-offs",
    title="Write-offs and recoveries",
    purpose="What was given up in a period, and what came in on loans that had been given up.",
    parameters=(Parameter.PERIOD, *WHOSE),
    columns=(
        officer_rows.COLUMN,
        Column("loans", "Loans written off", Kind.COUNT),
        Column("principal", "Principal written off", Kind.AMOUNT),
        Column("total", "All that was owed on them", Kind.AMOUNT),
        Column("recoveries", "Recoveries", Kind.COUNT),
        Column("recovered", "Recovered", Kind.AMOUNT),
        Column("ratio", "Write-off ratio", Kind.PERCENT),
    ),
    formula="Written off is what was owed on the day of the write-off: the principal, and all with interest, fees and "
    "penalties. Recovered is what came in on loans written off in this period or before, less what was taken back. "
    "Write-off ratio = principal written off / average gross portfolio of the ends of months kept from the one before "
    "the period on x 100, not made yearly; it is given for all rows together. Recoveries are not taken off it. Who had "
    "the union on the day has the figure.",
    source="CGAP, Microfinance Consensus Guidelines (write-off ratio).",
    totals="Numbers and amounts are sums.",
    has_series=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer with either, by name; the series is both along the period."""
    held = holders(connection)

    def is_asked(row: Row[Any]) -> bool:
        return asked.officers is None or held.officer_on(row.union_id, row.day) in asked.officers

    gone = [row for row in written_off(connection, asked.window) if is_asked(row)]
    back = [row for row in recovered(connection, asked.window) if is_asked(row)]
    by_officer = defaultdict[UUID | None, tuple[list[Row[Any]], list[Row[Any]]]](lambda: ([], []))
    for place, rows_of_kind in enumerate((gone, back)):
        for row in rows_of_kind:
            by_officer[held.officer_on(row.union_id, row.day)][place].append(row)
    rows = officer_rows.rows_of(connection, by_officer, lambda both: _figures(*both))
    average = average_portfolio(connection, asked.first, asked.last, narrowed(asked))
    ratio = percent(sum((row.principal for row in gone), ZERO), average)
    totals: Cells = {**_figures(gone, back), "ratio": ratio}
    lines = {
        "Principal written off": [(row.day, row.principal) for row in gone],
        "Recovered": [(row.day, row.amount) for row in back],
    }
    series = series_of(asked.first, asked.last, lines)
    return Result(rows=page_of(rows, asked), totals=totals, series=series, found=len(rows))


def _figures(gone: Iterable[Row[Any]], back: Iterable[Row[Any]]) -> Cells:
    written, received = list(gone), list(back)
    return {
        "loans": sum(row.loans for row in written),
        "principal": sum((row.principal for row in written), ZERO),
        "total": sum((row.total for row in written), ZERO),
        "recoveries": sum(row.payments for row in received),
        "recovered": sum((row.amount for row in received), ZERO),
    }


REPORT = Report(DEFINITION, read)
