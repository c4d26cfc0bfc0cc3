"""Proposals to reschedule a loan and the schedules it had before, as they are read."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Table, bindparam, select

from services.lending.models import EndedSchedule, Loan, Reschedule
from services.lending.queries.neighbours import LOANS, seen_by
from shared.context import Actor, Role
from shared.postgres.rows import plain_rows

_PROPOSALS: Any = Reschedule.__table__
_ENDED: Any = EndedSchedule.__table__


def seen_reschedules(connection: Connection, actor: Actor, loan_id: UUID) -> Sequence[Any] | None:
    """The proposals for a loan, newest first, each with the loan's `present_version` of the schedule; None when there
    is no such loan for this actor."""
    return _seen(connection, _of_loan(_PROPOSALS, actor.role), actor, loan_id, "id")


def seen_history(connection: Connection, actor: Actor, loan_id: UUID) -> Sequence[Any] | None:
    """The schedules a loan had, newest first; None when there is no such loan for this actor."""
    return _seen(connection, _of_loan(_ENDED, actor.role), actor, loan_id, "schedule_version")


def _seen(connection: Connection, query: Select[Any], actor: Actor, loan_id: UUID, key: str) -> Sequence[Any] | None:
    rows = plain_rows(connection.execute(query, {"actor_id": actor.id, "loan_id": loan_id}))
    return [row for row in rows if getattr(row, key) is not None] if rows else None


@cache
def _of_loan(table: Table, role: Role) -> Select[Any]:
    """Starts from the loan, so that one without any still answers with a row."""
    newest = table.c.proposed_at if table is _PROPOSALS else table.c.schedule_version
    query = select(table, LOANS.schedule_version.label("present_version")).select_from(Loan)
    seen = query.outerjoin(table, table.c.loan_id == LOANS.id).where(
        LOANS.id == bindparam("loan_id"), LOANS.deleted_at.is_(None), seen_by(role, LOANS.officer_id)
    )
    return seen.order_by(newest.desc())
