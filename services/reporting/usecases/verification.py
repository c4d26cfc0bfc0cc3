"""Verifications of the audit trail that admins ask for: one at a time, done by a worker, with the last result kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.reporting.domain.jobs import JobKind
from services.reporting.models.jobs import Job
from services.reporting.queries.jobs import JOBS, newest_verifications
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.jobs.job import JobState


@dataclass(frozen=True, slots=True)
class Verifications:
    """The verification that is under way, if one is, and the last that has ended, if one has."""

    running: Job | None
    last: Job | None


def read_verification(uow: UnitOfWork, at: datetime, *, older_than: timedelta, fresh: bool) -> Verifications:
    """What the last verification found. A new one is begun when the last is older than that, when there is none, or
    when a `fresh` one is asked for, unless one is under way."""
    running, last = newest_verifications(uow.connection)
    is_old = last is None or at - last.created_at > older_than
    if running is None and (fresh or is_old):
        running = Job(id=new_id(), kind=JobKind.VERIFICATION, state=JobState.PENDING, filters={}, created_at=at)
        JOBS.add(uow.connection, running)
    return Verifications(running, last)
