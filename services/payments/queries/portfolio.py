"""The portfolio of any day: which loans were how late, and how much of it all was at risk."""

from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select

from services.payments.domain.portfolio import Bucket, Holding, Portfolio, Position, bucket
from services.payments.models.collection import closed_days, portfolio_of_day
from services.payments.queries.positions import AsOf, late_loans, sums_by_bucket
from services.payments.queries.replays import loans_replayed
from services.payments.queries.rows import columns_of
from shared.context import Actor
from shared.directory.scope import scope

Late = tuple[UUID, Position]
"""A loan in arrears, and where it stands."""


def portfolio_on(connection: Connection, as_of: AsOf, which: ColumnElement[bool]) -> Portfolio:
    """The live loans of those that `which` chooses, by how late they were at the end of the day."""
    summed = sums_by_bucket(connection, as_of, which)
    replayed = [loan.position for loan in loans_replayed(connection, as_of, which)]
    return Portfolio(summed + [(bucket(position.days_in_arrears), holding_of(position)) for position in replayed])


def late_on(connection: Connection, as_of: AsOf, which: ColumnElement[bool]) -> list[Late]:
    """The loans in arrears at the end of the day, the longest first."""
    return _late(connection, as_of, which, at_most=None)[0]


def late_page(
    connection: Connection, as_of: AsOf, which: ColumnElement[bool], *, limit: int, offset: int
) -> tuple[list[Late], int]:
    """A page of the loans in arrears at the end of the day, the longest first, and how many there are in all."""
    late, total = _late(connection, as_of, which, at_most=offset + limit)
    return late[offset : offset + limit], total


def _late(
    connection: Connection, as_of: AsOf, which: ColumnElement[bool], *, at_most: int | None
) -> tuple[list[Late], int]:
    found, total = late_loans(connection, as_of, which, at_most=at_most)
    replayed = [loan for loan in loans_replayed(connection, as_of, which) if loan.position.days_in_arrears]
    found += [(loan.loan_id, loan.position) for loan in replayed]
    longest_first = sorted(found, key=lambda late: (-late[1].days_in_arrears, late[0]))
    return longest_first, total + len(replayed)


def closed_portfolios(connection: Connection, actor: Actor, first: date, last: date) -> list[tuple[date, Portfolio]]:
    """The portfolios of the closed days of a span as they were written down, in order, as far as the actor may see."""
    query = (
        select(portfolio_of_day.c.day, portfolio_of_day.c.bucket, *columns_of(Holding, portfolio_of_day))
        .join(closed_days, closed_days.c.day == portfolio_of_day.c.day)
        .where(closed_days.c.closed_at.is_not(None), portfolio_of_day.c.day.between(first, last))
        .where(scope(actor, portfolio_of_day.c.officer_id))
        .order_by(portfolio_of_day.c.day)
    )
    return [
        (day, Portfolio((Bucket(row[1]), Holding(*row[2:])) for row in rows))
        for day, rows in groupby(connection.execute(query), key=lambda row: row[0])
    ]


def holding_of(position: Position) -> Holding:
    """One loan as part of a portfolio."""
    return Holding(1, position.outstanding_principal, position.outstanding, position.arrears)
