"""The list of loans. A page costs the same for a small book and a large one: it walks an index from one of its ends,
and what is shown beside a loan is looked up for the loans of that page only. Building these statements costs more than
running them, so each shape is built once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol, TypedDict
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Uuid,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)

from services.lending.domain.loan import LoanStatus
from services.lending.models import Instalment, Loan
from services.lending.queries import counts
from services.lending.queries.relations import (
    LOANS,
    counted,
    joined,
    members,
    seen_by,
    staff_columns,
    types,
    unions,
)
from shared.context import Actor, Role
from shared.directory.scope import supervised
from shared.postgres.pages import PageStatement
from shared.postgres.rows import labelled, row_type
from shared.search import contains_words
from shared.tally import EVERYBODY, tally


class Filters(TypedDict, total=False):
    """What narrows the list: values for `CONDITIONS`, and the words a loan is found by."""

    status: LoanStatus
    overdue_on: date
    union_id: UUID
    member_id: UUID
    officer_id: UUID
    loan_type_id: UUID
    created_from: datetime
    created_before: datetime
    min_amount: Decimal
    max_amount: Decimal
    nothing: bool
    search: str


class LoanOrder(StrEnum):
    """Which loans come first, by when they were applied for."""

    NEWEST = "newest"
    OLDEST = "oldest"


class LoanRow(Protocol):
    """A loan with what is shown beside it, which only its shape reads, and how many loans all pages hold."""

    total: int


_WITH_DUE_DATES = (LoanStatus.APPROVED, LoanStatus.ACTIVE, LoanStatus.DEFAULTED)
_HAS_OVERDUE_INSTALMENT = exists().where(
    Instalment.loan_id == LOANS.id, Instalment.closed_at.is_(None), Instalment.due_on < bindparam("overdue_on")
)

CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "status": LOANS.status == bindparam("status"),
    "overdue_on": LOANS.status.in_(_WITH_DUE_DATES) & _HAS_OVERDUE_INSTALMENT,
    "union_id": LOANS.union_id == bindparam("union_id"),
    "member_id": LOANS.member_id == bindparam("member_id"),
    "officer_id": LOANS.officer_id == bindparam("officer_id"),
    "loan_type_id": LOANS.loan_type_id == bindparam("loan_type_id"),
    "created_from": LOANS.created_at >= bindparam("created_from"),
    "created_before": LOANS.created_at < bindparam("created_before"),
    "min_amount": LOANS.principal >= bindparam("min_amount"),
    "max_amount": LOANS.principal <= bindparam("max_amount"),
    "nothing": false(),
}
# Few loans are left by these, so they are found by them and not by whose they are.
_NARROW = {"union_id", "member_id", "officer_id", "nothing"}
# The tally tells these apart, so the number of such loans needs no counting.
_TALLIED = {"status", "officer_id"}
_AT_ONCE = 1000


def loan_page(
    connection: Connection,
    actor: Actor,
    filters: Filters,
    *,
    limit: int,
    offset: int,
    order: LoanOrder = LoanOrder.NEWEST,
) -> tuple[Sequence[LoanRow], int]:
    """The loans of one page that the actor may see, with what is shown beside each; and the total."""
    statement = _page(actor.role, frozenset(filters), filters.get("search"), order)
    values = {**filters, "actor_id": actor.id, "kind": filters.get("status")}
    return statement.page(connection, values, limit=limit, offset=offset)


def every_loan(connection: Connection, actor: Actor, filters: Filters) -> Iterator[LoanRow]:
    """All loans that `loan_page` would have on its pages, as they come from the database; the connection must be in a
    transaction."""
    names, search = frozenset(filters), filters.get("search")
    found = [or_(*_ways_to_find(search))] if search else []
    loan = select(Loan.__table__).where(*_where(actor.role, names), *found).subquery("loan")
    beside = [
        *labelled("member", members, "code", "first_name", "last_name", "phone"),
        *labelled("union", unions, "name"),
        *labelled("type", types, "name"),
        *staff_columns(),
    ]
    newest_first = (loan.c.created_at.desc(), loan.c.id.desc())
    query = select(*loan.c, *beside).select_from(joined(loan)).order_by(*newest_first)
    values = {**filters, "actor_id": actor.id}
    result = connection.execution_options(yield_per=_AT_ONCE).execute(query, values)
    plain_row = row_type(tuple(result.keys()))
    for row in result:
        yield plain_row(*row)


@lru_cache(maxsize=256)
def _page(role: Role, names: frozenset[str], search: str | None, order: LoanOrder) -> PageStatement:
    where = _where(role, names)
    total = _tallied(role, names) if names <= _TALLIED else _counted(where, search)
    if search:
        ways = (_first(select(LOANS.id).where(*where, way), order, "reach") for way in _ways_to_find(search))
        where = [LOANS.id.in_(union_all(*ways))]
    elif role is Role.SUPERVISOR and not names & _NARROW:
        where = [LOANS.id.in_(_first_of_team(names, order))]
    loan = _first(select(Loan.__table__).where(*where), order, "limit").offset(_literal("offset")).subquery("loan")
    beside = [
        *labelled("member", members, "code", "first_name", "last_name", "email", "phone"),
        *labelled("union", unions, "name", "location"),
        *labelled("type", types, "name", "min_amount", "max_amount"),
        *staff_columns(),
        *counted(loan.c),
        total.scalar_subquery().label("total"),
    ]
    page = select(*loan.c, *beside).select_from(joined(loan)).order_by(*_sorted(loan.c, order))
    return PageStatement(page, total)


def _first_of_team(names: frozenset[str], order: LoanOrder) -> Select[Any]:
    """The ids of the first loans of a supervisor's officers: as many as needed from that end of each one's index.

    Walked from the end of all, a large book would hold many loans of other teams between two of this one.
    """
    team = supervised(bindparam("actor_id", type_=Uuid())).subquery("team")
    theirs = select(LOANS.id, LOANS.created_at).where(LOANS.officer_id == team.c.id, *_conditions(names))
    first = _first(theirs, order, "reach").lateral("first")
    of_all = select(first.c.id).select_from(team.join(first, true()))
    return of_all.order_by(*_sorted(first.c, order)).limit(_literal("reach"))


def _tallied(role: Role, names: frozenset[str]) -> Select[tuple[int]]:
    owner = tally.c.owner_id
    whose = owner == EVERYBODY if role is Role.ADMIN else seen_by(role, owner)
    if "officer_id" in names:
        whose = (owner == bindparam("officer_id")) & seen_by(role, owner)
    counted_loans = select(func.coalesce(func.sum(tally.c.difference), 0)).where(tally.c.subject == counts.LOAN, whose)
    return counted_loans.where(tally.c.kind == bindparam("kind")) if "status" in names else counted_loans


def _counted(where: list[ColumnElement[bool]], search: str | None) -> Select[tuple[int]]:
    found = [or_(*_ways_to_find(search))] if search else []
    return select(func.count()).select_from(Loan).where(*where, *found)


def _where(role: Role, names: frozenset[str]) -> list[ColumnElement[bool]]:
    return [seen_by(role, LOANS.officer_id), *_conditions(names)]


def _conditions(names: frozenset[str]) -> list[ColumnElement[bool]]:
    return [LOANS.deleted_at.is_(None), *(CONDITIONS[name] for name in sorted(names - {"search"}))]


def _ways_to_find(words: str) -> list[ColumnElement[bool]]:
    """A loan is found by its number, by the names or the code of its member, and by the name of its union.

    A page asks each way for its first loans, for which each has an index; asked together none would be used.
    """
    those_members = select(members.id).where(contains_words(members.search, words))
    those_unions = select(unions.id).where(contains_words(func.lower(unions.name), words))
    by_number = contains_words(func.lower(LOANS.loan_number), words)
    return [by_number, LOANS.member_id.in_(those_members), LOANS.union_id.in_(those_unions)]


def _first(query: Select[Any], order: LoanOrder, limit: str) -> Select[Any]:
    return query.order_by(*_sorted(LOANS, order)).limit(_literal(limit))


def _sorted(loan: Any, order: LoanOrder) -> list[ColumnElement[Any]]:
    # The same index serves both, from either end.
    columns: list[ColumnElement[Any]] = [loan.created_at, loan.id]
    return columns if order is LoanOrder.OLDEST else [column.desc() for column in columns]


def _literal(name: str) -> BindParameter[int]:
    """A number written into the statement: for a parameter the planner would expect pages of a tenth of the book."""
    return bindparam(name, type_=Integer, literal_execute=True)
