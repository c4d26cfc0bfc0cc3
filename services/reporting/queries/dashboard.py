"""What a dashboard is made of, for the unions of some officers, or for all unions when the officers are None."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, select, true

from services.reporting.domain.calendar import ALWAYS, Days, Period, whole_months
from services.reporting.domain.performance import Collected, Membership, Standing
from services.reporting.domain.portfolio import LoanStatus
from services.reporting.domain.sums import Figure, month_slot
from services.reporting.models.kept_sums import collected_months, portfolio_totals, union_standings
from services.reporting.models.portfolio import portfolio_loans, portfolio_sums, repayments
from shared.directory.tables import directory_union

Officers = Collection[UUID] | None

_loans, _sums, _totals, _unions = portfolio_loans.c, portfolio_sums.c, portfolio_totals.c, directory_union.c
_standings = union_standings.c
_NEWEST_PAYMENT = select(func.max(repayments.c.paid_on))
_BY_STATUS = (Figure.LOANS, Figure.PRINCIPAL, Figure.PAID, Figure.OUTSTANDING)
_STATUSES = {status.value: status for status in LoanStatus}
_BY_MONTH = (Figure.NEW_LOANS, Figure.NEW_MEMBERS, Figure.DISBURSED, Figure.REPAID)


def standings(connection: Connection, officers: Officers, period: Period) -> list[Standing]:
    """How the loans made in a period stand, by officer and status: for all time from the sums of unions, otherwise the
    loans themselves are added up in one scan."""
    query = _standings_of_all() if period == ALWAYS else _standings_of_period(period)
    # Of a thousand officers eight thousand rows: taken all at once, and without the names of their columns.
    return [
        Standing(officer_id, _STATUSES[status], int(loans), principal, paid, outstanding)
        for officer_id, status, loans, principal, paid, outstanding in connection.execute(
            query.where(_managed_by(officers))
        ).all()
        if loans
    ]


def _standings_of_all() -> Select[Any]:
    totals = [func.sum(_standings[figure]).label(figure) for figure in _BY_STATUS]
    return (
        select(_unions.officer_id, _standings.status, *totals)
        .outerjoin_from(union_standings, directory_union, _unions.id == _standings.union_id)
        .group_by(_unions.officer_id, _standings.status)
    )


def _standings_of_period(period: Period) -> Select[Any]:
    totals = [func.sum(_loans[figure]).label(figure) for figure in (Figure.PRINCIPAL, Figure.PAID, Figure.OUTSTANDING)]
    query = (
        select(_unions.officer_id, _loans.status, func.count().label(Figure.LOANS), *totals)
        .outerjoin_from(portfolio_loans, directory_union, _unions.id == _loans.union_id)
        .where(_loans.version > 0, ~_loans.is_deleted)
        .group_by(_unions.officer_id, _loans.status)
    )
    if period.start is not None:
        query = query.where(_loans.created_at >= period.start)
    if period.end is not None:
        query = query.where(_loans.created_at <= period.end)
    return query


def collected(connection: Connection, officers: Officers, days: Days) -> list[Collected]:
    """The money that came in on these days, by the present officer of the union that it came from. Of whole months, the
    running one included, the sums are read."""
    months = whole_months(days, connection.execute(_NEWEST_PAYMENT).scalar_one())
    of_union = (_collected_on(days) if months is None else _collected_in(months)).subquery()
    # Added up by union before the unions are looked at: a plan that begins with the loans of a team reads all payments
    # on them.
    query = (
        select(_unions.officer_id, func.sum(of_union.c.amount), func.sum(of_union.c.payments))
        .outerjoin_from(of_union, directory_union, _unions.id == of_union.c.union_id)
        .where(_managed_by(officers))
        .group_by(_unions.officer_id)
    )
    return [Collected(officer_id, money, int(payments)) for officer_id, money, payments in connection.execute(query)]


def _collected_on(days: Days) -> Select[Any]:
    amount = repayments.c.amount
    return (
        select(
            repayments.c.union_id,
            func.sum(amount).label("amount"),
            func.count().filter(amount > 0).label("payments"),
        )
        .where(*_on(days))
        .group_by(repayments.c.union_id)
    )


def _collected_in(months: Days) -> Select[Any]:
    kept = collected_months.c
    return (
        select(kept.union_id, func.sum(kept.amount).label("amount"), func.sum(kept.payments).label("payments"))
        .where(kept.month.between(months.first, months.last))
        .group_by(kept.union_id)
    )


def _on(days: Days) -> list[ColumnElement[bool]]:
    paid_on = repayments.c.paid_on
    first = [] if days.first is None else [paid_on >= days.first]
    return first if days.last is None else [*first, paid_on <= days.last]


def memberships(connection: Connection, officers: Officers) -> list[Membership]:
    """How many members there are, by officer and whether they are verified."""
    query = (
        select(_unions.officer_id, _sums.slot, func.sum(_sums.total).label("members"))
        .outerjoin_from(portfolio_sums, directory_union, _unions.id == _sums.union_id)
        .where(_sums.figure == Figure.MEMBERS, _managed_by(officers))
        .group_by(_unions.officer_id, _sums.slot)
    )
    return [Membership(row.officer_id, row.slot, int(row.members)) for row in connection.execute(query)]


def by_month(connection: Connection, officers: Officers, since: date) -> dict[tuple[Figure, str], Decimal]:
    """What was summed by month, from the month of `since` on: {(figure, slot): total}."""
    query = (
        select(_totals.figure, _totals.slot, func.sum(_totals.total).label("total"))
        if officers is None
        else select(_sums.figure, _sums.slot, func.sum(_sums.total).label("total"))
        .join_from(portfolio_sums, directory_union, _unions.id == _sums.union_id)
        .where(_managed_by(officers))
    )
    summed = _totals if officers is None else _sums
    query = query.where(summed.figure.in_(_BY_MONTH), summed.slot >= month_slot(since))
    rows = connection.execute(query.group_by(summed.figure, summed.slot))
    return {(Figure(row.figure), row.slot): row.total for row in rows}


def count_unions(connection: Connection, officers: Officers) -> int:
    """How many unions there are."""
    query = select(func.count()).select_from(directory_union).where(~_unions.is_deleted, _managed_by(officers))
    return connection.execute(query).scalar_one()


def _managed_by(officers: Officers) -> ColumnElement[bool]:
    return true() if officers is None else _unions.officer_id.in_(officers)
