"""Loans whose money went out, each in the union that it was in on that day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from services.reporting.queries.holders import BY_DAY_AND_UNION, HELD, KEYS
from services.reporting.queries.window import Sums, Window, sums_of

_DISBURSED = """
      FROM portfolio_loans AS loan
     CROSS JOIN LATERAL (
           SELECT union_id FROM loan_states AS known
            WHERE known.loan_id = loan.id AND known.counts_from <= loan.disbursed_on
            ORDER BY version DESC LIMIT 1) AS place
"""
_HOLDER = """
      LEFT JOIN held ON held.union_id = place.union_id
                    AND loan.disbursed_on >= held.since AND loan.disbursed_on < held.until
"""
_CONDITIONS = """
     WHERE loan.disbursed_on BETWEEN :first AND :last AND NOT loan.is_deleted
       AND loan.status IN ('ACTIVE', 'COMPLETED', 'DEFAULTED', 'WRITTEN_OFF')
       AND (CAST(:union_id AS uuid) IS NULL OR place.union_id = :union_id)
       AND (CAST(:loan_type_id AS uuid) IS NULL OR loan.loan_type_id = :loan_type_id)
       AND (CAST(:seen_by AS uuid[]) IS NULL OR EXISTS (
            SELECT FROM directory_union AS present
             WHERE present.id = loan.union_id AND present.officer_id = ANY(CAST(:seen_by AS uuid[]))))
"""
_SUMS = text(
    f"""
    WITH {HELD},
    disbursed AS (
        SELECT loan.disbursed_on AS day, place.union_id, count(*) AS loans, sum(loan.principal) AS principal,
               coalesce(sum(loan.fee_collected), 0) AS fee
        {_DISBURSED} {_CONDITIONS} GROUP BY loan.disbursed_on, place.union_id
    )
    SELECT {KEYS}, sum(loans)::integer AS loans, sum(principal) AS principal, sum(fee) AS fee
    {BY_DAY_AND_UNION.format(rows="disbursed")}
    """
)
_PAGE = text(
    f"""
    WITH {HELD}
    SELECT loan.id, loan.disbursed_on, loan.loan_number, loan.member_id, place.union_id, held.officer_id,
           loan.loan_type_id, loan.principal, coalesce(loan.fee_collected, 0) AS fee
    {_DISBURSED} {_HOLDER} {_CONDITIONS}
       AND (CAST(:officers AS uuid[]) IS NULL OR held.officer_id = ANY(CAST(:officers AS uuid[])))
     ORDER BY loan.disbursed_on, loan.loan_number, loan.id LIMIT :limit OFFSET :offset
    """
)


@dataclass(frozen=True, slots=True)
class Disbursed:
    """Loans that were paid out: how many, and their principal and processing fees."""

    loans: int
    principal: Decimal
    fee: Decimal


def disbursed(connection: Connection, window: Window, *, seen_by: Collection[UUID] | None = None) -> Sums[Disbursed]:
    """What went out; only of loans in unions that `seen_by` have now, None for all."""
    return sums_of(connection.execute(_SUMS, window.values() | {"seen_by": _ids(seen_by)}), Disbursed)


def disbursed_loans(
    connection: Connection,
    window: Window,
    *,
    seen_by: Collection[UUID] | None,
    limit: int | None,
    offset: int,
) -> Sequence[Row[Any]]:
    """The loans themselves, in the order of their days: `id`,
    `disbursed_on`, `loan_number`, `member_id`, `union_id`, `officer_id`, `loan_type_id`, `principal`, `fee`."""
    more = {"seen_by": _ids(seen_by), "limit": limit, "offset": offset}
    return connection.execute(_PAGE, window.values() | more).all()


def _ids(given: Collection[UUID] | None) -> list[UUID] | None:
    return None if given is None else list(given)
