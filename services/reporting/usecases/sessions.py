"""Generating a report that is kept as it was, and deleting it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.reporting.domain.calendar import Period
from services.reporting.domain.performance import Performance
from services.reporting.domain.sessions import MOST_A_DAY, ReportType, kept_rate
from services.reporting.queries.sessions import (
    ReportSessionNotFound,
    add_session,
    moments_of_generation,
    remove_session,
    session_detail,
)
from services.reporting.shapes.sessions import ReportSessionSnapshot
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import TooManyRequests
from shared.ids import new_id

ENTITY = "ReportSession"
_DAY = timedelta(days=1)


class TooManyReports(TooManyRequests):
    """This person generated as many reports in 24 hours as anybody may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A report to keep: whose it is, its figures, and `shown`, the dashboard as it is shown."""

    supervisor_id: UUID
    report_type: ReportType
    title: str
    period: Period
    officers: int
    figures: Performance
    shown: dict[str, Any]


def keep_report(uow: UnitOfWork, report: Generated, *, by: Actor, at: datetime) -> UUID:
    """Keep a report, and return its id. Raises TooManyReports."""
    _check_quota(uow, by, at)
    figures, session_id = report.figures, new_id()
    values = {
        "id": session_id,
        "supervisor_id": report.supervisor_id,
        "report_type": report.report_type,
        "title": report.title,
        "period_start": report.period.start,
        "period_end": report.period.end,
        "total_officers": report.officers,
        "total_unions": figures.unions,
        "total_members": figures.verified_members + figures.pending_members,
        "total_loans": figures.loans,
        "active_loans": figures.active_loans,
        "completed_loans": figures.completed_loans,
        "defaulted_loans": figures.defaulted_loans,
        "total_disbursed": figures.disbursed,
        "total_repaid": figures.repaid,
        "total_outstanding": figures.outstanding,
        "collection_rate": kept_rate(figures.collection_rate),
        "report_data": report.shown,
        "generated_by": by.id,
        "generated_at": at,
    }
    add_session(uow.connection, values)
    after = ReportSessionSnapshot.of(session_detail(uow.connection, session_id, seen_by=by))
    uow.audit(action="REPORT_GENERATED", entity_name=ENTITY, entity_id=session_id, after=after)
    return session_id


def delete_report(uow: UnitOfWork, session_id: UUID, *, by: Actor) -> None:
    """Delete a report of one's own, an admin anybody's. Raises ReportSessionNotFound."""
    before = ReportSessionSnapshot.of(session_detail(uow.connection, session_id, seen_by=by))
    if not remove_session(uow.connection, session_id):
        raise ReportSessionNotFound("Report session not found")
    uow.audit(action="REPORT_DELETED", entity_name=ENTITY, entity_id=session_id, before=before)


def _check_quota(uow: UnitOfWork, by: Actor, at: datetime) -> None:
    recent = moments_of_generation(uow.connection, by.id, since=at - _DAY)
    if len(recent) >= MOST_A_DAY:
        free_at = recent[-MOST_A_DAY] + _DAY
        message = f"At most {MOST_A_DAY} reports can be generated in 24 hours. Please delete one, or wait."
        raise TooManyReports(message, retry_after=max(1, int((free_at - at).total_seconds())))
