"""What was recorded of a kept end of a month after it was kept, and what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, text

from services.reporting.models.month_ends import frozen_days, frozen_positions
from services.reporting.queries.positions import Narrowed, positions_from_facts
from shared.money import ZERO

_CAUSES = text(
    """
    SELECT cause.*, loan.loan_number, loan.member_id, loan.union_id, directory.officer_id AS present_officer_id FROM (
        SELECT loan_id, initcap(kind) AS what, recorded_on, paid_on AS counts_from, amount
          FROM repayments WHERE recorded_on > :recorded_until AND paid_on <= :day
        UNION ALL
        SELECT loan_id, initcap(replace(kind, '_', ' ')), recorded_on, due_on, amount
          FROM loan_charges WHERE recorded_on > :recorded_until AND due_on <= :day
        UNION ALL
        SELECT loan_id, 'Disbursement', recorded_on, counts_from, principal
          FROM loan_states WHERE recorded_on > :recorded_until AND counts_from <= :day
    ) AS cause
    JOIN portfolio_loans AS loan ON loan.id = loan_id
    LEFT JOIN directory_union AS directory ON directory.id = loan.union_id
    ORDER BY loan.loan_number, loan_id, recorded_on, counts_from, what
    """
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An end of a month that is kept, and until when what is in it was recorded."""

    day: date
    recorded_until: date


@dataclass(frozen=True, slots=True)
class Figures:
    """What a loan owed at the end of a day; nothing where it was not live."""

    outstanding_principal: Decimal = ZERO
    days_late: int = 0
    officer_id: UUID | None = None


def last_kept(connection: Connection, until: date) -> Kept | None:
    """The last end of a month until a day that is kept."""
    days = select(frozen_days.c.frozen_on, frozen_days.c.recorded_until).where(frozen_days.c.frozen_on <= until)
    row = connection.execute(days.order_by(frozen_days.c.frozen_on.desc()).limit(1)).first()
    return Kept(*row) if row else None


def causes(connection: Connection, kept: Kept) -> Sequence[Row[Any]]:
    """What was recorded later and counts from the day or before, by loan."""
    return connection.execute(_CAUSES, {"day": kept.day, "recorded_until": kept.recorded_until}).all()


def kept_figures(connection: Connection, kept: Kept, narrowed: Narrowed) -> dict[UUID, Figures]:
    """What was kept of loans."""
    frozen = frozen_positions.c
    query = select(frozen.loan_id, frozen.outstanding_principal, frozen.days_late, frozen.officer_id)
    query = query.where(frozen.frozen_on == kept.day, frozen.loan_id.in_(narrowed.loan_ids or []))
    return {row[0]: Figures(*row[1:]) for row in connection.execute(query)}


def present_figures(connection: Connection, kept: Kept, narrowed: Narrowed) -> dict[UUID, Figures]:
    """What is said of loans of the day now."""
    query = "SELECT loan_id, outstanding_principal, days_late, officer_id FROM position"
    rows = positions_from_facts(kept.day, narrowed=narrowed).read(connection, query)
    return {row[0]: Figures(*row[1:]) for row in rows}
