"""How loans fare by their age, by the month they were disbursed in."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from services.reporting.domain.calendar import end_of_month, label, last_months, months_between
from services.reporting.queries.vintages import cohorts, late_principal
from services.reporting.queries.window import Window
from services.reporting.queries.written_off import written_off
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
    page_of,
)
from services.reporting.reports.ratios import percent_or_zero
from services.reporting.reports.scope import narrowed
from shared.files.columns import Column, Kind
from shared.money import ZERO

MONTHS = 12

DEFINITION = Definition(
    name="vintages",
    title="Vintages",
    purpose="Whether newer loans turn bad sooner than older ones did at the same age.",
    parameters=(Parameter.AS_OF, *WHOSE),
    columns=(
        Column("month", "Disbursed in"),
        Column("loans", "Loans", Kind.COUNT),
        Column("disbursed", "Disbursed", Kind.AMOUNT),
        *(
            Column(f"after{age}", f"After {age} months" if age > 1 else "After 1 month", Kind.PERCENT)
            for age in range(1, MONTHS + 1)
        ),
    ),
    formula="(Outstanding principal of loans more than 30 days late + principal written off until then) / disbursed x "
    "100, of the loans disbursed in one month, at the end of each month after it. Ends of months that are kept are as "
    "kept. What has not come yet is empty. Loans are those of who had the union when they were disbursed.",
    source="Vintage analysis as lenders know it: PAR30 and write-offs of a cohort over what was disbursed to it.",
    totals="Loans and disbursed are sums; an age is that of the sums of the months that have reached it.",
    has_series=True,
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per month of the last twelve that anything was disbursed in, the oldest first."""
    first = last_months(asked.as_of, MONTHS)[0]
    found = cohorts(connection, first, asked.as_of, narrowed(asked))
    ends = [end for end in map(end_of_month, last_months(asked.as_of, MONTHS)) if end <= asked.as_of]
    loan_ids = None if _is_everything(asked) else [loan_id for row in found for loan_id in row.loan_ids]
    bad = defaultdict[tuple[date, date], Decimal](Decimal)
    for late in late_principal(connection, first, ends, loan_ids):
        bad[late.month, late.day] += late.late
    for gone in written_off(connection, Window(first, asked.as_of), loan_ids):
        for end in ends:
            if gone.day <= end:
                bad[gone.disbursed_in, end] += gone.principal
    rows = [_row(row.month, row.loans, row.disbursed, ends, bad) for row in found]
    parts = [(row.month, row.disbursed) for row in found]
    totals: Cells = {
        "loans": sum(row.loans for row in found),
        "disbursed": sum((row.disbursed for row in found), ZERO),
        **{f"after{age}": _of_all(parts, ends, bad, age) for age in range(1, MONTHS + 1)},
    }
    return Result(rows=page_of(rows, asked), totals=totals, series=_series(totals), found=len(rows))


def _is_everything(asked: Asked) -> bool:
    return asked.officers is None and asked.union_id is None and asked.loan_type_id is None


Bad = defaultdict[tuple[date, date], Decimal]


def _row(month: date, loans: int, disbursed: Decimal, ends: list[date], bad: Bad) -> Cells:
    ages = {months_between(month, end): percent_or_zero(bad[month, end], disbursed) for end in ends}
    return {
        "month": label(month),
        "loans": loans,
        "disbursed": disbursed,
        **{f"after{age}": ages.get(age) for age in range(1, MONTHS + 1)},
    }


def _of_all(parts: list[tuple[date, Decimal]], ends: list[date], bad: Bad, age: int) -> Decimal | None:
    pairs = ((month, disbursed, end) for month, disbursed in parts for end in ends)
    reached = [pair for pair in pairs if months_between(pair[0], pair[2]) == age]
    if not reached:
        return None
    return percent_or_zero(
        sum((bad[month, end] for month, _, end in reached), ZERO), sum((part for _, part, _ in reached), ZERO)
    )


def _series(totals: Cells) -> Series:
    ages = range(1, MONTHS + 1)
    values = [value if isinstance(value := totals[f"after{age}"], Decimal) else None for age in ages]
    return Series([str(age) for age in ages], [Line("Late or written off of all months", Kind.PERCENT, values)])


REPORT = Report(DEFINITION, read)
