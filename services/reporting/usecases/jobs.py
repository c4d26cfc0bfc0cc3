"""Files that are made aside: asked for, looked at, fetched, let go."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.domain.jobs import Job, JobKind, JobState
from services.reporting.queries import jobs
from services.reporting.queries.lock import lock_person
from services.reporting.queries.staff import team_ids
from services.reporting.queries.unions import are_in_scope
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.storage import unclaimed

MOST_UNFINISHED = 5
JOB = "ReportJob"


class TooManyJobs(Conflict):
    """As many files as somebody may wait for at once are being made for them."""


class JobNotFound(NotFound):
    """No job of this person has this id; what it made may have expired."""


class FileNotReady(Conflict):
    """The job has no file: it is not done yet, or it failed."""


class FileOutOfScope(NotFound):
    """The file has figures or names in it that the person who had it made may see no more."""


def request_file(
    uow: UnitOfWork, actor: Actor, *, kind: JobKind, name: str, title: str, format: str, filters: Mapping[str, str],
    at: datetime,
) -> Job:  # fmt: skip
    """Have a file made. `filters` are as they would stand in the query, and were checked. Raises TooManyJobs."""
    lock_person(uow.connection, actor.id)
    if jobs.count_unfinished(uow.connection, actor.id) >= MOST_UNFINISHED:
        raise TooManyJobs(f"{MOST_UNFINISHED} files are being made for you. Please wait until one of them is done.")
    job = Job(
        id=new_id(), kind=kind, state=JobState.PENDING, person_id=actor.id, name=name, title=title, format=format,
        filters=filters, created_at=at,
    )  # fmt: skip
    jobs.add(uow.connection, job)
    uow.audit(action="REPORT_JOB_CREATED", entity_name=JOB, entity_id=job.id, after=_snapshot(job))
    return job


def find_job(connection: Connection, actor: Actor, job_id: UUID) -> Job:
    """A job of somebody's own. Raises JobNotFound."""
    job = jobs.job(connection, job_id, actor.id)
    if job is None:
        raise JobNotFound("Report job not found")
    return job


def cancel_job(uow: UnitOfWork, actor: Actor, job_id: UUID) -> None:
    """Forget a job and let its file go; one that is under way ends. Raises JobNotFound."""
    job = jobs.job(uow.connection, job_id, actor.id, to_change=True)
    if job is None:
        raise JobNotFound("Report job not found")
    jobs.remove(uow.connection, job.id)
    if job.file_key:
        unclaimed.note(uow.connection, job.file_key)
    uow.audit(action="REPORT_JOB_DELETED", entity_name=JOB, entity_id=job.id, before=_snapshot(job))


def fetch_file(uow: UnitOfWork, actor: Actor, job_id: UUID) -> Job:
    """The job whose file somebody fetches, of which an entry is left. Raises JobNotFound, FileNotReady,
    FileOutOfScope."""
    job = find_job(uow.connection, actor, job_id)
    if job.file_key is None:
        raise FileNotReady(job.error or "The file is not ready yet.")
    if not may_see(uow.connection, actor, job):
        raise FileOutOfScope("You may no longer see all that is in this file. Please have it made again.")
    metadata = {"format": job.format, "filters": dict(job.filters), "count": job.rows}
    uow.audit(action="REPORT_EXPORTED", entity_name=JOB, entity_id=job.id, metadata=metadata)
    return job


def may_see(connection: Connection, actor: Actor, job: Job) -> bool:
    """Whether somebody may see, as they are now, all that was put into the file."""
    if actor.role is Role.ADMIN:
        return True
    seen = set(team_ids(connection, actor.id) if actor.role is Role.SUPERVISOR else [actor.id])
    if job.seen is None or not seen.issuperset(job.seen):
        return False
    return not job.unions or are_in_scope(connection, job.unions, seen)


def _snapshot(job: Job) -> dict[str, object]:
    return {"name": job.name, "format": job.format, "filters": dict(job.filters)}
