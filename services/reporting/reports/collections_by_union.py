"""What was expected to come in from each union, and what came in."""

from sqlalchemy import Connection

from services.reporting.queries.names import officer_names, union_names
from services.reporting.reports import collection_figures
from services.reporting.reports.definition import WHOSE, Asked, Definition, Parameter, Report, Result, page_of
from shared.files.columns import Column

DEFINITION = Definition(
    name="collections-by-union",
    title="Expected and actual collections by union",
    purpose="Which unions paid in a period what their schedules promised, and which did not.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(Column("union", "Union"), Column("officer", "Officer"), *collection_figures.COLUMNS),
    formula=collection_figures.FORMULA + " A union that changed hands in the period has a line for each officer.",
    source=collection_figures.SOURCE,
    totals=collection_figures.TOTALS,
    has_series=True,
    looks_ahead=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per union and officer who had it, by name."""
    found = collection_figures.collections(connection, asked)
    unions = union_names(connection, {holding.union_id for holding in found.by_union})
    officers = officer_names(connection, {holding.officer_id for holding in found.by_union if holding.officer_id})
    rows = [
        {
            "union": unions[holding.union_id],
            "officer": officers[holding.officer_id],
            "unionId": holding.union_id,
            "officerId": holding.officer_id,
            **each.cells(),
        }
        for holding, each in found.by_union.items()
    ]
    rows.sort(key=lambda row: (row["union"], row["officer"], str(row["unionId"]), str(row["officerId"])))
    return Result(rows=page_of(rows, asked), totals=found.total.cells(), series=found.series(asked), found=len(rows))


REPORT = Report(DEFINITION, read)
