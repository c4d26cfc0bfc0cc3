"""The dashboard as a table for a file: its officers, and below them its statuses and months, with charts."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from services.reporting.domain.calendar import Period, label
from services.reporting.domain.performance import Performance
from services.reporting.reports.printed import Print, made_for
from services.reporting.usecases.dashboard import Dashboard
from shared.files.columns import Column, Kind, Row
from shared.files.table import Chart, ChartKind, Series, Table
from shared.words import in_words

_FIGURES = (
    Column("totalUnions", "Unions", Kind.COUNT),
    Column("totalMembers", "Members", Kind.COUNT),
    Column("totalLoans", "Loans", Kind.COUNT),
    Column("activeLoans", "Active", Kind.COUNT),
    Column("completedLoans", "Completed", Kind.COUNT),
    Column("defaultedLoans", "Defaulted", Kind.COUNT),
    Column("totalDisbursed", "Disbursed", Kind.AMOUNT),
    Column("totalRepaid", "Repaid", Kind.AMOUNT),
    Column("totalOutstanding", "Outstanding", Kind.AMOUNT),
    Column("collectionRate", "Collection rate", Kind.PERCENT),
    Column("collectedInPeriod", "Collected in the period", Kind.AMOUNT),
    Column("onTimeRate", "On-time rate", Kind.PERCENT),
)
_NOTES = (
    "Formula: loans are counted by when they were made, in the period where one is given. Disbursed is the principal "
    "of those whose money went out; repaid and outstanding are what was paid and is still owed on them, whenever that "
    "was. Collection rate = repaid / disbursed x 100: it is no measure of punctuality. Defaulted includes written off. "
    "Collected in the period is all that came in during it, whenever its loans were made; without a period, in the "
    "month so far. On-time rate = paid by the due day or ahead / what first fell due on the same days before today x "
    "100, of the officer who had the union on the day. Months are calendar months, and show what was disbursed and "
    "came in during each, whenever the loans were made.",
    "Totals: those of the whole team; of loans in unions that nobody has, too.",
    "Source: sums of this platform's own records; the on-time rate as in CGAP Occasional Paper 3.",
)


def dashboard_table(dashboard: Dashboard, whose: str, period: Period, made: Print) -> Table:
    """The dashboard of a team, or of the whole institution, with everything on it."""
    months = dashboard.months
    return Table(
        title="Dashboard",
        columns=(Column("officerName", "Officer"), *_FIGURES),
        rows=[[line.officer.name, *_figures(line.performance)] for line in dashboard.officers],
        subtitles=[whose, *_loans_of(period, made), made_for(made)],
        totals=["Total", *_figures(dashboard.summary)],
        notes=_NOTES,
        letterhead=made.letterhead,
        charts=[
            Chart(
                "Disbursed and repaid",
                ChartKind.BAR,
                [label(month.month) for month in months],
                [
                    Series("Disbursed", "₦", [month.disbursed for month in months]),
                    Series("Repaid", "₦", [month.repaid for month in months]),
                ],
            ),
        ],
        further=(_statuses(dashboard), _months(dashboard)),
    )


def _figures(performance: Performance) -> Sequence[Decimal | int | None]:
    return (
        performance.unions,
        performance.verified_members + performance.pending_members,
        performance.loans,
        performance.active_loans,
        performance.completed_loans,
        performance.defaulted_loans,
        performance.disbursed,
        performance.repaid,
        performance.outstanding,
        performance.collection_rate,
        performance.collected,
        performance.on_time_rate,
    )


def _loans_of(period: Period, made: Print) -> list[str]:
    def day(moment: datetime) -> str:
        local = moment.astimezone(made.zone)
        return f"{local.day} {local:%B %Y}"

    begin = f"from {day(period.start)} " if period.start else ""
    end = f"until {day(period.end)}" if period.end else ""
    return [f"Loans made {begin}{end}".strip()] if begin or end else []


def _statuses(dashboard: Dashboard) -> Table:
    return Table(
        title="Loans by status",
        columns=(
            Column("status", "Status"),
            Column("count", "Loans", Kind.COUNT),
            Column("amount", "Principal", Kind.AMOUNT),
        ),
        rows=[[in_words(share.status), share.loans, share.principal] for share in dashboard.distribution],
    )


def _months(dashboard: Dashboard) -> Table:
    rows: list[Row] = [
        [label(month.month), month.disbursed, month.repaid, month.new_loans, month.new_members]
        for month in dashboard.months
    ]
    return Table(
        title="Months",
        columns=(
            Column("month", "Month"),
            Column("disbursed", "Disbursed", Kind.AMOUNT),
            Column("repaid", "Repaid", Kind.AMOUNT),
            Column("newLoans", "New loans", Kind.COUNT),
            Column("newMembers", "New members", Kind.COUNT),
        ),
        rows=rows,
    )
