"""How many loans are in each status now, and what they come to."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from services.reporting.domain.portfolio import LoanStatus
from services.reporting.domain.sums import Figure
from services.reporting.models.portfolio import portfolio_sums
from services.reporting.queries.names import officer_names
from services.reporting.reports.definition import Asked, Cells, Definition, Parameter, Report, Result, page_of
from services.reporting.reports.scope import asked_for
from shared.directory.tables import directory_union
from shared.files.columns import Column, Kind
from shared.money import ZERO

DEFINITION = Definition(
    name="loans-by-status",
    title="Loans by status",
    purpose="How many loans of each officer are in which status now, and what was lent, paid and is owed on them.",
    parameters=(Parameter.OFFICER, Parameter.SUPERVISOR, Parameter.UNION),
    columns=(
        Column("officer", "Officer"),
        Column("status", "Status"),
        Column("loans", "Loans", Kind.COUNT),
        Column("principal", "Principal", Kind.AMOUNT),
        Column("paid", "Paid", Kind.AMOUNT),
        Column("outstanding", "Outstanding", Kind.AMOUNT),
    ),
    formula="Loans counted by their present status and the present officer of their union. Principal as agreed, paid "
    "is all that was received and not reversed, outstanding what is still owed of principal, interest, fees and "
    "penalties, due or not.",
    source="Sums of this platform's own records.",
    totals="Each column is the sum of its rows.",
)
_AMOUNTS = (Figure.LOANS, Figure.PRINCIPAL, Figure.PAID, Figure.OUTSTANDING)
_sums, _unions = portfolio_sums.c, directory_union.c


def read(connection: Connection, asked: Asked) -> Result:
    """One row per officer and status that has loans, by name and in the order of a loan's life."""
    sums = [func.coalesce(func.sum(_sums.total).filter(_sums.figure == figure), ZERO) for figure in _AMOUNTS]
    query = (
        select(_unions.officer_id, _sums.slot, *sums)
        .join_from(portfolio_sums, directory_union, _unions.id == _sums.union_id)
        .where(_sums.figure.in_(_AMOUNTS), asked_for(asked, officer=_unions.officer_id, union=_unions.id))
        .group_by(_unions.officer_id, _sums.slot)
    )
    found = [row for row in connection.execute(query) if row[2]]
    names = officer_names(connection, {row.officer_id for row in found})
    order = {status.value: place for place, status in enumerate(LoanStatus)}
    found.sort(key=lambda row: (names[row.officer_id], row.officer_id, order[row.slot]))
    rows = [_row(names[row.officer_id], row.officer_id, row.slot, row[2:]) for row in found]
    totals = {name.value: sum((row[2 + place] for row in found), ZERO) for place, name in enumerate(_AMOUNTS)}
    totals_of_all: Cells = totals | {"loans": int(totals[Figure.LOANS])}
    return Result(rows=page_of(rows, asked), totals=totals_of_all, found=len(rows))


def _row(officer: str, officer_id: UUID, status: str, amounts: Sequence[Decimal]) -> Cells:
    loans, principal, paid, outstanding = amounts
    return {
        "officer": officer,
        "officerId": officer_id,
        "status": status,
        "loans": int(loans),
        "principal": principal,
        "paid": paid,
        "outstanding": outstanding,
    }


REPORT = Report(DEFINITION, read)
