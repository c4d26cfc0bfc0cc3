"""Whom the institution reaches."""

from collections.abc import Sequence

from sqlalchemy import Connection

from services.reporting.queries.names import officer_names
from services.reporting.queries.outreach import Reach, outreach
from services.reporting.reports.definition import Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.ratios import percent
from shared.files.columns import Column, Kind
from shared.money import ZERO, round_money

DEFINITION = Definition(
    name="outreach",
    title="Outreach",
    purpose="How many members each union has, how many of them borrow, how much, and who is new.",
    parameters=(Parameter.PERIOD, Parameter.OFFICER, Parameter.SUPERVISOR, Parameter.UNION, Parameter.PAGE),
    columns=(
        Column("union", "Union"),
        Column("officer", "Officer"),
        Column("members", "Members", Kind.COUNT),
        Column("borrowers", "Borrowers", Kind.COUNT),
        Column("share", "Members who borrow", Kind.PERCENT),
        Column("loans", "Loans", Kind.COUNT),
        Column("portfolio", "Gross portfolio", Kind.AMOUNT),
        Column("average", "Portfolio per borrower", Kind.AMOUNT),
        Column("newMembers", "New members", Kind.COUNT),
        Column("firstLoans", "First loans", Kind.COUNT),
    ),
    formula="Members, borrowers, loans and gross portfolio are those of now, by the union and officer of now. "
    "Borrowers are members with a running loan; gross portfolio is the principal outstanding on running loans. Members "
    "who borrow = borrowers / members x 100. Portfolio per borrower = gross portfolio / borrowers. New members were "
    "taken in during the period; first loans are members whose first loan ever was disbursed in it.",
    source="Sums of this platform's own records; gross portfolio over borrowers is what lenders report as the average "
    "balance per borrower.",
    totals="Counts and gross portfolio are the sums of the rows; shares and averages are those of the sums.",
)


def read(connection: Connection, asked: Asked) -> Result:
    """One row per union, by name."""
    reached = outreach(connection, first=asked.first, last=asked.last, union_id=asked.union_id, officers=asked.officers)
    names = officer_names(connection, {reach.officer_id for reach in reached})
    rows = [
        {
            "union": reach.name,
            "officer": names[reach.officer_id],
            "unionId": reach.union_id,
            "officerId": reach.officer_id,
            **_cells([reach]),
        }
        for reach in reached
    ]
    return Result(rows=page_of(rows, asked), totals=_cells(reached), found=len(rows))


def _cells(reached: Sequence[Reach]) -> Cells:
    members = sum(reach.members for reach in reached)
    borrowers = sum(reach.borrowers for reach in reached)
    portfolio = sum((reach.portfolio for reach in reached), ZERO)
    return {
        "members": members,
        "borrowers": borrowers,
        "share": percent(borrowers, members),
        "loans": sum(reach.loans for reach in reached),
        "portfolio": portfolio,
        "average": round_money(portfolio / borrowers) if borrowers else None,
        "newMembers": sum(reach.new_members for reach in reached),
        "firstLoans": sum(reach.first_loans for reach in reached),
    }


REPORT = Report(DEFINITION, read)
