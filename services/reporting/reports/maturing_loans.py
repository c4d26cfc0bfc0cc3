"""Running loans whose last instalment falls due in a period."""

from sqlalchemy import Connection

from services.reporting.queries.loan_lists import Narrowed, maturing
from services.reporting.reports import loan_rows
from services.reporting.reports.definition import WHOSE, Asked, Definition, Parameter, Report, Result
from services.reporting.reports.steps import series_of
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="maturing",
    title="Maturing loans",
    purpose="Which loans come to their end in a period: whom to ask about the next loan, and who still owes much.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(
        Column("endsOn", "Ends on", Kind.DAY),
        *loan_rows.COLUMNS,
        Column("principal", "Principal", Kind.AMOUNT),
        Column("outstanding", "Outstanding", Kind.AMOUNT),
        Column("daysLate", "Days late", Kind.COUNT),
    ),
    formula="Loans that run now, by the last due day of the schedule that counts now. Outstanding is all that is still "
    "owed, due or not. Days late are those since the due day of the oldest instalment that is not paid in full; 0 "
    "while that day has not passed.",
    source="The schedules and payments that this platform recorded.",
    totals="Principal and outstanding are the sums of all rows.",
    has_series=True,
    looks_ahead=True,
    is_of_persons=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per loan, the first to end first."""
    narrowed = Narrowed(officers=asked.officers, union_id=asked.union_id, loan_type_id=asked.loan_type_id)
    sums, loans = maturing(
        connection, narrowed, first=asked.first, last=asked.last, limit=asked.limit, offset=asked.offset
    )
    names = loan_rows.names_of(connection, loans)
    rows = [
        {
            "endsOn": loan.end_on,
            **names.cells(loan),
            "principal": loan.principal,
            "outstanding": loan.outstanding,
            "daysLate": max((asked.today - loan.oldest_due_on).days, 0) if loan.oldest_due_on else 0,
        }
        for loan in loans
    ]
    outstanding = {"Outstanding": ((each.key, each.outstanding) for each in sums)}
    return Result(
        rows=rows,
        totals={
            "principal": sum((each.principal for each in sums), ZERO),
            "outstanding": sum((each.outstanding for each in sums), ZERO),
        },
        series=series_of(asked.first, asked.last, outstanding),
        found=sum(each.loans for each in sums),
    )


REPORT = Report(DEFINITION, read)
