"""Proposals to reschedule a loan and the schedules it had before, as they are read."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.orm import Session

from services.lending.models import EndedSchedule, Loan, Reschedule
from services.lending.queries.relations import LOANS, seen_by
from shared.context import Actor, Role


def seen_reschedules(connection: Connection, actor: Actor, loan_id: UUID) -> Sequence[tuple[Reschedule, int]] | None:
    """The proposals for a loan, newest first, each with the loan's present version of the schedule; None when there is
    no such loan for this actor."""
    with Session(connection) as session:
        rows = session.execute(_reschedules(actor.role), {"actor_id": actor.id, "loan_id": loan_id}).all()
    return [(proposal, version) for proposal, version in rows if proposal] if rows else None


def seen_history(connection: Connection, actor: Actor, loan_id: UUID) -> Sequence[EndedSchedule] | None:
    """The schedules a loan had, newest first; None when there is no such loan for this actor."""
    with Session(connection) as session:
        rows = session.execute(_history(actor.role), {"actor_id": actor.id, "loan_id": loan_id}).all()
    return [ended for ended, _ in rows if ended] if rows else None


@cache
def _reschedules(role: Role) -> Select[tuple[Reschedule | None, int]]:
    """Starts from the loan, so that one without any still answers with a row."""
    query = select(Reschedule, Loan.schedule_version).select_from(Loan).outerjoin(Reschedule)
    return _of_seen_loan(query, role).order_by(Reschedule.proposed_at.desc())


@cache
def _history(role: Role) -> Select[tuple[EndedSchedule | None, UUID]]:
    """Starts from the loan, so that one without any still answers with a row."""
    query = select(EndedSchedule, Loan.id).select_from(Loan).outerjoin(EndedSchedule)
    return _of_seen_loan(query, role).order_by(EndedSchedule.schedule_version.desc())


def _of_seen_loan(query: Select[Any], role: Role) -> Select[Any]:
    return query.where(LOANS.id == bindparam("loan_id"), LOANS.deleted_at.is_(None), seen_by(role, LOANS.officer_id))
