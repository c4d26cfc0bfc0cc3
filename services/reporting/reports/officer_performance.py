"""How officers and their portfolios do."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.disbursed import disbursed
from services.reporting.queries.on_time import punctual
from services.reporting.queries.positions import positions_on
from services.reporting.queries.received import received
from services.reporting.reports import officer_rows
from services.reporting.reports.definition import WHOSE, Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.ratios import percent
from services.reporting.reports.scope import narrowed
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="officer-performance",
    title="Officer performance",
    purpose="Side by side for each officer: borrowers, portfolio, what of it is at risk, what was lent, what was paid.",
    parameters=(Parameter.PERIOD, *WHOSE, Parameter.PAGE),
    columns=(
        officer_rows.COLUMN,
        Column("borrowers", "Borrowers", Kind.COUNT),
        Column("loans", "Loans", Kind.COUNT),
        Column("portfolio", "Gross portfolio", Kind.AMOUNT),
        Column("atRisk30", "At risk over 30 days", Kind.AMOUNT),
        Column("par30", "PAR30", Kind.PERCENT),
        Column("disbursed", "Disbursed", Kind.AMOUNT),
        Column("collected", "Collected", Kind.AMOUNT),
        Column("due", "First fell due", Kind.AMOUNT),
        Column("onTime", "Paid by the due day", Kind.AMOUNT),
        Column("onTimeRate", "On-time collection rate", Kind.PERCENT),
    ),
    formula="Borrowers, loans and portfolio are those at the end of the period: members with a loan that is disbursed "
    "and neither paid nor written off, these loans, and their outstanding principal. PAR30 = outstanding principal of "
    "all loans more than 30 days late / gross portfolio x 100. Disbursed is the principal paid out in the period, "
    "collected all that came in during it less what was taken back. On-time collection rate = paid by the due day / "
    "first fell due in the period x 100. Who had the union on the day in question has each figure.",
    source="PAR30 as in CGAP's Microfinance Consensus Guidelines; the on-time collection rate as in CGAP Occasional "
    "Paper 3.",
    totals="Counts and amounts are the sums of the rows; both rates are those of the sums.",
)
_BY_OFFICER = """
    SELECT position.officer_id, count(DISTINCT loan.member_id) AS borrowers, count(*) AS loans,
           sum(position.outstanding_principal) AS portfolio,
           coalesce(sum(position.outstanding_principal) FILTER (WHERE days_late > 30), 0) AS at_risk
      FROM position JOIN portfolio_loans AS loan ON loan.id = position.loan_id
     GROUP BY position.officer_id
"""


@dataclass(slots=True)
class _Performance:
    borrowers: int = 0
    loans: int = 0
    portfolio: Decimal = ZERO
    at_risk: Decimal = ZERO
    disbursed: Decimal = ZERO
    collected: Decimal = ZERO
    due: Decimal = ZERO
    on_time: Decimal = ZERO

    def add(self, other: "_Performance") -> None:
        self.borrowers += other.borrowers
        self.loans += other.loans
        self.portfolio += other.portfolio
        self.at_risk += other.at_risk
        self.disbursed += other.disbursed
        self.collected += other.collected
        self.due += other.due
        self.on_time += other.on_time

    def cells(self) -> Cells:
        return {
            "borrowers": self.borrowers,
            "loans": self.loans,
            "portfolio": self.portfolio,
            "atRisk30": self.at_risk,
            "par30": percent(self.at_risk, self.portfolio),
            "disbursed": self.disbursed,
            "collected": self.collected,
            "due": self.due,
            "onTime": self.on_time,
            "onTimeRate": percent(self.on_time, self.due),
        }


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer who had a portfolio or a part in the period, by name."""
    found, total = _by_officer(connection, asked), _Performance()
    for each in found.values():
        total.add(each)
    rows = officer_rows.rows_of(connection, found, _Performance.cells)
    return Result(rows=page_of(rows, asked), totals=total.cells(), found=len(rows))


def _by_officer(connection: Connection, asked: Asked) -> dict[UUID | None, _Performance]:
    found: defaultdict[UUID | None, _Performance] = defaultdict(_Performance)
    positions = positions_on(connection, asked.last, today=asked.today, narrowed=narrowed(asked))
    for row in positions.read(connection, _BY_OFFICER):
        found[row.officer_id] = _Performance(row.borrowers, row.loans, row.portfolio, row.at_risk)
    for (_, officer_id), money in received(connection, asked.window).by_union.items():
        found[officer_id].collected += money.collected
    for (_, officer_id), lent in disbursed(connection, asked.window).by_union.items():
        found[officer_id].disbursed += lent.principal
    for (_, officer_id), due in punctual(connection, asked.window).by_union.items():
        found[officer_id].due += due.due
        found[officer_id].on_time += due.on_time
    return found


REPORT = Report(DEFINITION, read)
