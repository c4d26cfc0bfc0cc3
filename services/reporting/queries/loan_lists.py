"""Lists of loans as they stand now, of the unions that officers have now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from services.reporting.models.portfolio import portfolio_loans
from shared.directory.tables import directory_union

_loans, _unions = portfolio_loans.c, directory_union.c
_WAITING, _RUNNING = ("PENDING_APPROVAL", "APPROVED"), ("ACTIVE", "DEFAULTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """Which of the loans are listed; `officers` None are those of everybody."""

    officers: Collection[UUID] | None = None
    union_id: UUID | None = None
    loan_type_id: UUID | None = None

    def condition(self) -> ColumnElement[bool]:
        """As SQL, on a loan joined with its union."""
        conditions = [_loans.version > 0, ~_loans.is_deleted]
        if self.officers is not None:
            conditions.append(_unions.officer_id.in_(self.officers))
        if self.union_id is not None:
            conditions.append(_loans.union_id == self.union_id)
        if self.loan_type_id is not None:
            conditions.append(_loans.loan_type_id == self.loan_type_id)
        return and_(*conditions)


@dataclass(frozen=True, slots=True)
class Sums:
    """How many loans there are by something, and what they come to."""

    key: Any
    loans: int
    principal: Decimal
    outstanding: Decimal


def waiting(
    connection: Connection, narrowed: Narrowed, *, limit: int | None, offset: int
) -> tuple[list[Sums], Sequence[Row[Any]]]:
    """Loans that wait for approval or disbursement: their sums by status, and a page of them, who waits longest
    first."""
    condition = and_(_loans.status.in_(_WAITING), narrowed.condition())
    since = func.coalesce(_loans.approved_at, _loans.submitted_at, _loans.created_at)
    order = (_loans.status.desc(), since, _loans.id)
    return _listed(connection, condition, _loans.status, order, limit, offset)


def maturing(
    connection: Connection, narrowed: Narrowed, *, first: date, last: date, limit: int | None, offset: int
) -> tuple[list[Sums], Sequence[Row[Any]]]:
    """Running loans whose last instalment falls due in these days: their sums by day, and a page of them, the first to
    end first."""
    condition = and_(_loans.status.in_(_RUNNING), _loans.end_on.between(first, last), narrowed.condition())
    return _listed(connection, condition, _loans.end_on, (_loans.end_on, _loans.loan_number, _loans.id), limit, offset)


def _listed(
    connection: Connection,
    condition: ColumnElement[bool],
    key: ColumnElement[Any],
    order: Sequence[ColumnElement[Any]],
    limit: int | None,
    offset: int,
) -> tuple[list[Sums], Sequence[Row[Any]]]:
    joined = portfolio_loans.outerjoin(directory_union, _unions.id == _loans.union_id)
    sums = (
        select(key, func.count(), func.sum(_loans.principal), func.sum(_loans.outstanding))
        .select_from(joined)
        .where(condition)
        .group_by(key)
        .order_by(key)
    )
    page = select(portfolio_loans, _unions.officer_id).select_from(joined).where(condition)
    found = [Sums(*row) for row in connection.execute(sums)]
    return found, connection.execute(page.order_by(*order).limit(limit).offset(offset)).all()
