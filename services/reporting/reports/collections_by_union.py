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
    found = collection_figures.days(connection, asked)
    by_union = collection_figures.by(found, lambda each: (each.union_id, each.officer_id))
    unions = union_names(connection, {union_id for union_id, _ in by_union})
    officers = officer_names(connection, {officer_id for _, officer_id in by_union if officer_id})
    order = sorted(by_union, key=lambda key: (unions[key[0]], str(key[0]), officers[key[1]], str(key[1])))
    rows = [
        {
            "union": unions[key[0]],
            "officer": officers[key[1]],
            "unionId": key[0],
            "officerId": key[1],
            **by_union[key],
        }
        for key in order
    ]
    return Result(
        rows=page_of(rows, asked),
        totals=collection_figures.figures(found),
        series=collection_figures.series(found, asked),
        found=len(rows),
    )


REPORT = Report(DEFINITION, read)
