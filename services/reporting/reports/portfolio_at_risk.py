"""Portfolio at risk, by officer."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from services.reporting.domain.calendar import label
from services.reporting.queries.months import at_risk_by_month
from services.reporting.reports import officer_rows
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
)
from services.reporting.reports.ratios import percent_or_zero
from services.reporting.reports.scope import narrowed, positions, result_of_day
from shared.files.columns import Column, Kind
from shared.money import ZERO

DAYS = (1, 30, 60, 90, 180)


def _heading(days: int) -> str:
    return f"At risk over {days} {'day' if days == 1 else 'days'}"


DEFINITION = Definition(
    name="portfolio-at-risk",
    title="Portfolio at risk",
    purpose="How much of the portfolio is lent to borrowers who are late, and for how long they are.",
    parameters=(Parameter.AS_OF, *WHOSE),
    columns=(
        officer_rows.COLUMN,
        Column("loans", "Loans", Kind.COUNT),
        Column("portfolio", "Gross portfolio", Kind.AMOUNT),
        *(Column(f"atRisk{days}", _heading(days), Kind.AMOUNT) for days in DAYS),
        *(Column(f"par{days}", f"PAR{days}", Kind.PERCENT) for days in DAYS),
        Column("restructured", "Restructured portfolio", Kind.AMOUNT),
        Column("restructuredAtRisk30", "Of it at risk over 30 days", Kind.AMOUNT),
    ),
    formula="PAR-X = outstanding principal of all loans more than X days late / gross portfolio x 100. The whole loan "
    "counts, not its late part. A loan is as many days late as have passed since the due day of its oldest instalment "
    "that is not paid in full; PAR1 leaves out loans that are one day late, which Ageing of arrears has. The gross "
    "portfolio is the outstanding principal of all loans that are disbursed and neither paid nor written off. "
    "Restructured loans are included, and shown apart. Officer, union, product and "
    "schedule are those of the day.",
    source="CGAP, Microfinance Consensus Guidelines: Definitions of Selected Financial Terms, Ratios and Adjustments.",
    totals="Amounts are sums; each PAR is that of the sums, not an average of the rows.",
    has_series=True,
)
_AT_RISK = ", ".join(
    f"coalesce(sum(outstanding_principal) FILTER (WHERE days_late > {days}), 0) AS at_risk_{days}" for days in DAYS
)
_BY_OFFICER = f"""
    SELECT officer_id, count(*) AS loans, sum(outstanding_principal) AS portfolio, {_AT_RISK},
           coalesce(sum(outstanding_principal) FILTER (WHERE is_rescheduled), 0) AS restructured,
           coalesce(sum(outstanding_principal) FILTER (WHERE is_rescheduled AND days_late > 30), 0)
               AS restructured_at_risk
      FROM position GROUP BY officer_id
"""  # noqa: S608 - put together of constants; values are parameters


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer with a portfolio, by name; the series is PAR30 at the ends of the last months and now."""
    found = positions(connection, asked, with_arrears=False).read(connection, _BY_OFFICER)
    by_officer = {row.officer_id: _figures(row) for row in found}
    rows = officer_rows.rows_of(connection, by_officer, _with_ratios)
    totals = _with_ratios({name: sum((each[name] for each in by_officer.values()), ZERO) for name in _SUMMED})
    totals["loans"] = int(totals["loans"])
    return result_of_day(connection, asked, rows, totals, _series(connection, asked, totals))


_SUMMED = ("loans", "portfolio", *(f"atRisk{days}" for days in DAYS), "restructured", "restructuredAtRisk30")


def _figures(row: Row[Any]) -> dict[str, Any]:
    at_risk = {f"atRisk{days}": getattr(row, f"at_risk_{days}") for days in DAYS}
    return {
        "loans": row.loans,
        "portfolio": row.portfolio,
        **at_risk,
        "restructured": row.restructured,
        "restructuredAtRisk30": row.restructured_at_risk,
    }


def _with_ratios(figures: Mapping[str, Any]) -> dict[str, Any]:
    ratios = {f"par{days}": percent_or_zero(figures[f"atRisk{days}"], figures["portfolio"]) for days in DAYS}
    return {**figures, **ratios}


def _series(connection: Connection, asked: Asked, totals: Cells) -> Series:
    months = at_risk_by_month(connection, asked.as_of, narrowed(asked))
    now: Sequence[tuple[str, Any]] = [(asked.as_of.isoformat(), totals["par30"])]
    points = [(label(month.frozen_on), percent_or_zero(Decimal(month.at_risk_30), month.portfolio)) for month in months]
    points += now
    return Series([point[0] for point in points], [Line("PAR30", Kind.PERCENT, [point[1] for point in points])])


REPORT = Report(DEFINITION, read)
