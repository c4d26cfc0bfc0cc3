"""How many loans there are, and how much money is in them."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, func, select

from services.lending.domain.loan import PAID_OUT, LoanStatus
from services.lending.domain.progress import StatusSums
from services.lending.models import Loan
from services.lending.queries.loan_list import CONDITIONS
from services.lending.queries.relations import LOANS, members, seen_by, unions
from shared.context import Actor, Role
from shared.directory.tables import directory_union


def loans_by_status(connection: Connection, actor: Actor, today: date) -> dict[LoanStatus, StatusSums]:
    """The sums over the loans the actor may see, by status; one in which there are none is left out."""
    rows = connection.execute(_by_status(actor.role), {"actor_id": actor.id, "overdue_on": today})
    return {sums.status: sums for sums in (StatusSums(*row) for row in rows)}


class UnionStats(NamedTuple):
    """How many members and loans a union has, how many of the loans are in some statuses, and the money in them."""

    members: int
    loans: int
    active: int
    pending: int
    completed: int
    disbursed: Decimal
    repaid: Decimal
    outstanding: Decimal


def union_stats(connection: Connection, actor: Actor, union_id: UUID) -> UnionStats | None:
    """How many members and loans a union has, and the money in the loans that were paid out; None when there is no
    such union for this actor."""
    row = connection.execute(_of_union(actor.role), {"actor_id": actor.id, "union_id": union_id}).one_or_none()
    return UnionStats(*row) if row else None


@cache
def _of_union(role: Role) -> Select[Any]:
    counts = {
        "active": LOANS.status == LoanStatus.ACTIVE,
        "pending": LOANS.status == LoanStatus.PENDING_APPROVAL,
        "completed": LOANS.status == LoanStatus.COMPLETED,
    }
    disbursed, owing = LOANS.disbursed_on.is_not(None), LOANS.status.in_(PAID_OUT)
    theirs = select(func.count()).where(members.union_id == unions.id, ~members.is_deleted)
    query = select(
        theirs.scalar_subquery().label("members"),
        func.count(LOANS.id).label("loans"),
        *(func.count(LOANS.id).filter(condition).label(name) for name, condition in counts.items()),
        func.coalesce(func.sum(LOANS.principal).filter(disbursed), 0).label("disbursed"),
        func.coalesce(func.sum(LOANS.paid), 0).label("repaid"),
        func.coalesce(func.sum(LOANS.outstanding).filter(owing), 0).label("outstanding"),
    ).select_from(directory_union)
    query = query.outerjoin(Loan, (LOANS.union_id == unions.id) & LOANS.deleted_at.is_(None))
    seen = query.where(unions.id == bindparam("union_id"), ~unions.is_deleted, seen_by(role, unions.officer_id))
    return seen.group_by(unions.id)


@cache
def _by_status(role: Role) -> Select[Any]:
    sums = (func.sum(LOANS[name]).label(name) for name in ("principal", "paid", "outstanding"))
    overdue = func.count().filter(CONDITIONS["overdue_on"]).label("overdue")
    query = select(LOANS.status, func.count().label("count"), *sums, overdue).select_from(Loan)
    return query.where(LOANS.deleted_at.is_(None), seen_by(role, LOANS.officer_id)).group_by(LOANS.status)
