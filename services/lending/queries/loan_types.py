"""Loan types, as they are read."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from services.lending.domain.loan import UNFINISHED
from services.lending.models import Loan, LoanType
from services.lending.queries import counts
from shared import tally
from shared.search import contains_words


class Filters(TypedDict, total=False):
    """What narrows the list; `search` are words of name or description."""

    is_active: bool
    search: str | None


_TYPES = LoanType.__table__


def loan_type_page(connection: Connection, filters: Filters, *, limit: int, offset: int) -> Sequence[LoanType]:
    """The loan types of one page, newest first, which cannot be changed this way."""
    query = _narrowed(select(_TYPES), filters).order_by(_TYPES.c.created_at.desc(), _TYPES.c.id.desc())
    return [LoanType(**row._mapping) for row in connection.execute(query.limit(limit).offset(offset))]


def loan_type_total(connection: Connection, filters: Filters) -> int:
    """How many loan types all pages hold."""
    return int(connection.execute(_narrowed(select(func.count()).select_from(_TYPES), filters)).scalar_one())


def loan_type_by_id(connection: Connection, loan_type_id: UUID) -> LoanType | None:
    """One loan type, which cannot be changed this way."""
    row = connection.execute(_narrowed(select(_TYPES), {}).where(_TYPES.c.id == loan_type_id)).one_or_none()
    return LoanType(**row._mapping) if row else None


def loans_of_types(connection: Connection, loan_type_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many loans there are of each type; one without any is left out."""
    return tally.by_owner(connection, counts.LOAN_OF_TYPE, loan_type_ids)


def unfinished_loans(connection: Connection, loan_type_id: UUID) -> int:
    """How many loans of this type are still being decided on or repaid."""
    unfinished = select(func.count()).where(
        Loan.loan_type_id == loan_type_id, Loan.status.in_(UNFINISHED), Loan.deleted_at.is_(None)
    )
    return int(connection.execute(unfinished).scalar_one())


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    query = query.where(_TYPES.c.deleted_at.is_(None))
    if "is_active" in filters:
        query = query.where(_TYPES.c.is_active == filters["is_active"])
    if search := filters.get("search"):
        words = func.lower(_TYPES.c.name + " " + func.coalesce(_TYPES.c.description, ""))
        query = query.where(contains_words(words, search))
    return query
