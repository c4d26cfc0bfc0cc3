"""What was expected to come in on each day, and what came in."""

from sqlalchemy import Connection

from services.reporting.reports import collection_figures
from services.reporting.reports.definition import WHOSE, Asked, Definition, Parameter, Report, Result, page_of
from shared.files.columns import Column, Kind

DEFINITION = Definition(
    name="collections-by-day",
    title="Expected and actual collections by day",
    purpose="Whether what the schedules promise comes in, day by day; of days to come, what to expect.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(Column("day", "Day", Kind.DAY), *collection_figures.COLUMNS),
    formula=collection_figures.FORMULA,
    source=collection_figures.SOURCE,
    totals=collection_figures.TOTALS,
    has_series=True,
    looks_ahead=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per day on which anything was expected or came in, the first day first."""
    found = collection_figures.collections(connection, asked)
    rows = [{"day": day, **found.by_day[day].cells()} for day in sorted(found.by_day)]
    return Result(rows=page_of(rows, asked), totals=found.total.cells(), series=found.series(asked), found=len(rows))


REPORT = Report(DEFINITION, read)
