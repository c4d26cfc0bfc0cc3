"""Files that are made aside: asked for, and who may have them later."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from services.reporting.domain.jobs import JobKind
from services.reporting.models.jobs import Job
from services.reporting.queries.jobs import JOBS
from services.reporting.queries.staff import team_ids
from services.reporting.queries.unions import are_in_scope
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.ids import new_id
from shared.jobs.job import JobState
from shared.jobs.requests import request_job


def request_file(
    uow: UnitOfWork, actor: Actor, *, kind: JobKind, name: str, title: str, format: str, filters: Mapping[str, str],
    at: datetime,
) -> Job:  # fmt: skip
    """Have a file made. `filters` are as they would stand in the query, and were checked. Raises TooManyJobs."""
    job = Job(
        id=new_id(), kind=kind, state=JobState.PENDING, person_id=actor.id, name=name, title=title, format=format,
        filters=filters, created_at=at,
    )  # fmt: skip
    return request_job(uow, JOBS, actor, job)


def may_see(connection: Connection, actor: Actor, job: Job) -> bool:
    """Whether somebody may see, as they are now, all that was put into the file."""
    if actor.role is Role.ADMIN:
        return True
    seen = set(team_ids(connection, actor.id) if actor.role is Role.SUPERVISOR else [actor.id])
    if job.seen is None or not seen.issuperset(job.seen):
        return False
    return not job.unions or are_in_scope(connection, job.unions, seen)
