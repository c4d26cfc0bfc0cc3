"""Proposals to reschedule a loan and the schedules it had before, as they are read."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.orm import Session

from services.lending.domain.reschedule import ProposalStatus
from services.lending.models import EndedSchedule, Loan, Reschedule
from services.lending.queries.relations import LOANS, joined, members, seen_by, staff_columns, unions
from shared.context import Actor, Role
from shared.directory.tables import directory_staff
from shared.postgres.pages import PageStatement, Rows
from shared.postgres.rows import labelled

_PROPOSALS = Reschedule.__table__
_proposer = directory_staff.alias("proposer")


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


def waiting_page(connection: Connection, actor: Actor, *, limit: int, offset: int) -> tuple[Rows, int]:
    """A page of the proposals that wait for a decision, for loans the actor may see, with what is shown beside each,
    who waits longest first; and the total."""
    return _waiting(actor.role).page(connection, {"actor_id": actor.id}, limit=limit, offset=offset)


@cache
def _waiting(role: Role) -> PageStatement:
    waits = (
        _PROPOSALS.c.status == ProposalStatus.PROPOSED,
        LOANS.deleted_at.is_(None),
        seen_by(role, LOANS.officer_id),
    )
    proposals = joined(Loan.__table__).join(_PROPOSALS, _PROPOSALS.c.loan_id == LOANS.id)
    beside = [
        LOANS.loan_number,
        LOANS.status.label("loan_status"),
        LOANS.outstanding,
        LOANS.member_id,
        LOANS.union_id,
        LOANS.officer_id,
        *labelled("member", members, "code", "first_name", "last_name", "email", "phone"),
        *labelled("union", unions, "name", "location"),
        *staff_columns(),
        *labelled("proposer", _proposer.c, "email", "first_name", "last_name", "role"),
    ]
    shown = [column for column in _PROPOSALS.c if column.name != "proposer_id"]
    rows = select(*shown, *beside).select_from(
        proposals.outerjoin(_proposer, _proposer.c.id == _PROPOSALS.c.proposed_by)
    )
    total = select(func.count()).select_from(_PROPOSALS.join(Loan.__table__, LOANS.id == _PROPOSALS.c.loan_id))
    oldest_first = rows.where(*waits).order_by(_PROPOSALS.c.proposed_at, _PROPOSALS.c.id)
    return PageStatement.of(oldest_first, total.where(*waits).scalar_subquery())


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
