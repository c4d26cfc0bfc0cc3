"""What was expected to come in at each officer, and what came in."""

from sqlalchemy import Connection

from services.reporting.reports import collection_figures, officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.receipt_figures import by_officer

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
    found = collection_figures.collections(connection, asked)
    rows = officer_rows.rows_of(
        connection, by_officer(found.by_union), lambda group: collection_figures.summed(group).cells()
    )
    return Result(rows=page_of(rows, asked), totals=found.total.cells(), series=found.series(asked), found=len(rows))


REPORT = Report(DEFINITION, read)
