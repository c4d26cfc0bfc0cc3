"""The loans whose money went out in a period."""

from decimal import Decimal

from sqlalchemy import Connection

from services.reporting.queries.disbursed import disbursed, disbursed_loans
from services.reporting.reports import loan_rows
from services.reporting.reports.definition import WHOSE, Asked, Definition, Line, Parameter, Report, Result, Series
from services.reporting.reports.steps import steps
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="disbursements",
    title="Disbursements",
    purpose="Which loans were paid out in a period, to whom, and how much that is.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(
        Column("day", "Disbursed on", Kind.DAY),
        *loan_rows.COLUMNS,
        Column("principal", "Principal", Kind.AMOUNT),
        Column("processingFee", "Processing fee", Kind.AMOUNT),
    ),
    formula="Loans by the day on which the money went to the member, with the principal as agreed; a disbursement that "
    "was undone is left out. The processing fee is what was marked as collected. Union and officer are those of that "
    "day.",
    source="The disbursements that this platform recorded.",
    totals="Principal and processing fee are the sums of all rows.",
    has_series=True,
    is_of_persons=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per loan, in the order of their days."""
    found = disbursed(connection, asked.window, seen_by=asked.seen_by).by_day
    loans = disbursed_loans(
        connection,
        asked.window,
        seen_by=asked.seen_by,
        limit=asked.limit,
        offset=asked.offset,
    )
    names = loan_rows.names_of(connection, loans)
    along = steps(asked.first, asked.last)
    counts = along.sums((day, Decimal(each.loans)) for day, each in found.items())
    lines = [
        Line("Principal", Kind.AMOUNT, along.sums((day, each.principal) for day, each in found.items())),
        Line("Loans", Kind.COUNT, [int(count) for count in counts]),
    ]
    return Result(
        rows=[
            {
                "day": loan.disbursed_on,
                **names.cells(loan),
                "principal": loan.principal,
                "processingFee": loan.fee,
            }
            for loan in loans
        ],
        totals={
            "principal": sum((each.principal for each in found.values()), ZERO),
            "processingFee": sum((each.fee for each in found.values()), ZERO),
        },
        series=Series(along.labels, lines),
        found=sum(each.loans for each in found.values()),
    )


REPORT = Report(DEFINITION, read)
