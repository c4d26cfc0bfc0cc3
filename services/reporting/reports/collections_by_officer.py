"""What was expected to come in at each officer, and what came in."""

from sqlalchemy import Connection

from services.reporting.reports import collection_figures, officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Definition, Parameter, Report, Result, page_of

DEFINITION = Definition(
    name="collections-by-officer",
    title="Expected and actual collections by officer",
    purpose="How far each officer's unions paid in a period what their schedules promised.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(officer_rows.COLUMN, *collection_figures.COLUMNS),
    formula=collection_figures.FORMULA,
    source=collection_figures.SOURCE,
    totals=collection_figures.TOTALS,
    has_series=True,
    looks_ahead=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer, by name."""
    found = collection_figures.days(connection, asked)
    by_officer = collection_figures.by(found, lambda each: each.officer_id)
    rows = officer_rows.rows_of(connection, by_officer, lambda cells: cells)
    return Result(
        rows=page_of(rows, asked),
        totals=collection_figures.figures(found),
        series=collection_figures.series(found, asked),
        found=len(rows),
    )


REPORT = Report(DEFINITION, read)
