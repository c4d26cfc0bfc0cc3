"""What the portfolio earns in a year."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.month_ends import kept
from services.reporting.queries.months import kept_portfolios
from services.reporting.queries.positions import positions_on
from services.reporting.reports import officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.income import income
from services.reporting.reports.ratios import percent
from services.reporting.reports.scope import narrowed
from shared.files.columns import Column, Kind
from shared.money import ZERO, round_money

DAYS_OF_YEAR = 365

DEFINITION = Definition(
    name="portfolio-yield",
    title="Portfolio yield",
    purpose="What the portfolio earned in a period, as a rate for a year.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(
        officer_rows.COLUMN,
        Column("income", "Income", Kind.AMOUNT),
        Column("average", "Average portfolio", Kind.AMOUNT),
        Column("yield", "Yield for a year", Kind.PERCENT),
    ),
    formula="Yield = income / average gross portfolio x 365 / days of the period x 100. Income is the interest, fees, "
    "penalties and processing fees received in the period. The average is that of the outstanding principal at the "
    "end of the day before the period, at the ends of months in it that are kept, and at the end of its last day.",
    source="Yield on gross portfolio, R1 of the Microfinance Financial Reporting Standards: cash received from "
    "interest, fees and commissions on the portfolio over the average gross portfolio.",
    totals="Income is the sum of the rows; average and yield are those of all loans together.",
)
_BY_OFFICER = "SELECT officer_id, sum(outstanding_principal) AS portfolio FROM position GROUP BY officer_id"


@dataclass(slots=True)
class _Earned:
    """Income, and the portfolios of all days together."""

    income: Decimal = ZERO
    portfolios: Decimal = ZERO


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer, by name."""
    days = _days(connection, asked)
    found: defaultdict[UUID | None, _Earned] = defaultdict(_Earned)
    for (_, officer_id), each in income(connection, asked).by_union.items():
        found[officer_id].income += each.total
    portfolios = [*kept_portfolios(connection, days[0], days[-1], narrowed(asked))]
    for day in (days[0], days[-1]):
        positions = positions_on(connection, day, today=asked.today, narrowed=narrowed(asked))
        portfolios += positions.read(connection, _BY_OFFICER)
    for row in portfolios:
        found[row.officer_id].portfolios += row.portfolio
    length = (asked.last - asked.first).days + 1

    def cells(earned: _Earned) -> Cells:
        # A year's income over the average, without rounding the average first.
        rate = percent(earned.income * DAYS_OF_YEAR * len(days), earned.portfolios * length)
        return {"income": earned.income, "average": round_money(earned.portfolios / len(days)), "yield": rate}

    total = _Earned(
        sum((earned.income for earned in found.values()), ZERO),
        sum((earned.portfolios for earned in found.values()), ZERO),
    )
    rows = officer_rows.rows_of(connection, found, cells)
    measured = ", ".join(day.isoformat() for day in days)
    return Result(
        rows=page_of(rows, asked),
        totals=cells(total),
        notes=[f"The portfolio was measured at the end of {measured}."],
        found=len(rows),
    )


def _days(connection: Connection, asked: Asked) -> Sequence[date]:
    before = asked.first - timedelta(days=1)
    between = sorted(day for day in kept(connection) if before < day < asked.last)
    return [before, *between, asked.last]


REPORT = Report(DEFINITION, read)
