"""Jobs as people have them: asked for, looked at, fetched, let go."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from shared.audit import ACTIONS_ON_JOBS, JOB
from shared.context import Actor
from shared.db import UnitOfWork
from shared.jobs.errors import FileNotReady, FileOutOfScope, JobNotFound, TooManyJobs
from shared.jobs.job import FileJob
from shared.jobs.rows import J, JobRows
from shared.storage import unclaimed

MOST_UNFINISHED = 5
_CREATED, _DELETED = ACTIONS_ON_JOBS


def request_job(uow: UnitOfWork, rows: JobRows[J], actor: Actor, job: J) -> J:
    """Have a file made, whose filters were checked. Raises TooManyJobs."""
    rows.lock_person(uow.connection, actor.id)
    if rows.count_unfinished(uow.connection, actor.id) >= MOST_UNFINISHED:
        raise TooManyJobs(f"{MOST_UNFINISHED} files are being made for you. Please wait until one of them is done.")
    rows.add(uow.connection, job)
    uow.audit(action=_CREATED, entity_name=JOB, entity_id=job.id, after=_snapshot(job))
    return job


def find_job(connection: Connection, rows: JobRows[J], actor: Actor, job_id: UUID) -> J:
    """A job of somebody's own. Raises JobNotFound."""
    job = rows.of_id(connection, job_id, actor.id)
    if job is None:
        raise JobNotFound("Report job not found")
    return job


def cancel_job(uow: UnitOfWork, rows: JobRows[J], actor: Actor, job_id: UUID) -> None:
    """Forget a job and let its file go; one that is under way ends. Raises JobNotFound."""
    job = rows.of_id(uow.connection, job_id, actor.id, to_change=True)
    if job is None:
        raise JobNotFound("Report job not found")
    rows.remove(uow.connection, job.id)
    if job.file_key:
        unclaimed.note(uow.connection, job.file_key)
    uow.audit(action=_DELETED, entity_name=JOB, entity_id=job.id, before=_snapshot(job))


def fetch_file(
    uow: UnitOfWork,
    rows: JobRows[J],
    actor: Actor,
    job_id: UUID,
    *,
    may_see: Callable[[Connection, Actor, J], bool],
    action: str,
) -> J:
    """The job whose file somebody fetches, of which an entry of this action is left; `may_see` says whether they may
    see, as they are now, all that is in it. Raises JobNotFound, FileNotReady, FileOutOfScope."""
    job = find_job(uow.connection, rows, actor, job_id)
    if job.file_key is None:
        raise FileNotReady(job.error or "The file is not ready yet.")
    if not may_see(uow.connection, actor, job):
        raise FileOutOfScope("You may no longer see all that is in this file. Please have it made again.")
    metadata: dict[str, Any] = {"format": job.format, "filters": dict(job.filters), "count": job.rows}
    uow.audit(action=action, entity_name=JOB, entity_id=job.id, metadata=metadata)
    return job


def _snapshot(job: FileJob) -> dict[str, object]:
    return {"name": job.name, "format": job.format, "filters": dict(job.filters)}
