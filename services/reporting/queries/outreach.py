"""Whom the institution reaches, by union, as things stand now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

_OUTREACH = text(
    """
    WITH member AS (
        SELECT union_id, count(*) AS members, count(*) FILTER (WHERE created_on BETWEEN :first AND :last) AS new_members
          FROM portfolio_members WHERE NOT is_deleted GROUP BY union_id
    ),
    lent AS (
        SELECT member_id, union_id, status, outstanding_principal,
               min(disbursed_on) OVER (PARTITION BY member_id) AS first_on
          FROM portfolio_loans
         WHERE status IN ('ACTIVE', 'COMPLETED', 'DEFAULTED', 'WRITTEN_OFF') AND NOT is_deleted
    ),
    loan AS (
        SELECT union_id, count(DISTINCT member_id) FILTER (WHERE status IN ('ACTIVE', 'DEFAULTED')) AS borrowers,
               count(*) FILTER (WHERE status IN ('ACTIVE', 'DEFAULTED')) AS loans,
               sum(outstanding_principal) FILTER (WHERE status IN ('ACTIVE', 'DEFAULTED')) AS portfolio,
               count(DISTINCT member_id) FILTER (WHERE first_on BETWEEN :first AND :last) AS first_loans
          FROM lent GROUP BY union_id
    )
    SELECT served.id AS union_id, served.name, served.officer_id, coalesce(members, 0) AS members,
           coalesce(new_members, 0) AS new_members, coalesce(borrowers, 0) AS borrowers, coalesce(loans, 0) AS loans,
           coalesce(portfolio, 0) AS portfolio, coalesce(first_loans, 0) AS first_loans
      FROM directory_union AS served
      LEFT JOIN member ON member.union_id = served.id LEFT JOIN loan ON loan.union_id = served.id
     WHERE (NOT served.is_deleted OR loans > 0)
       AND (CAST(:union_id AS uuid) IS NULL OR served.id = :union_id)
       AND (CAST(:officers AS uuid[]) IS NULL OR served.officer_id = ANY(CAST(:officers AS uuid[])))
     ORDER BY served.name, served.id
    """
)


@dataclass(frozen=True, slots=True)
class Reach:
    """A union with its members and loans. `portfolio` is the principal outstanding; `new_members` joined in the period,
    `first_loans` counts members whose first loan ever was disbursed in it."""

    union_id: UUID
    name: str
    officer_id: UUID
    members: int
    new_members: int
    borrowers: int
    loans: int
    portfolio: Decimal
    first_loans: int


def outreach(
    connection: Connection, *, first: date, last: date, union_id: UUID | None, officers: Collection[UUID] | None
) -> list[Reach]:
    """Unions, by name, that these officers have now, None for all."""
    values = {
        "first": first,
        "last": last,
        "union_id": union_id,
        "officers": None if officers is None else list(officers),
    }
    return [Reach(**row._mapping) for row in connection.execute(_OUTREACH, values)]
