"""Reads and writes of jobs that only reporting has; the others are `JOBS`."""

from dataclasses import fields

from sqlalchemy import ColumnElement, Connection, select

from services.reporting.domain.jobs import FILE_KINDS, JobKind
from services.reporting.models.jobs import Job, jobs
from shared.jobs.job import UNFINISHED
from shared.jobs.rows import JobRows

JOBS: JobRows[Job] = JobRows(jobs, Job, kind=JobKind)
ARE_FILES: ColumnElement[bool] = jobs.c.kind.in_(FILE_KINDS)
ARE_VERIFICATIONS: ColumnElement[bool] = jobs.c.kind == JobKind.VERIFICATION
_COLUMNS = [jobs.c[field.name] for field in fields(Job)]


def newest_verifications(connection: Connection) -> tuple[Job | None, Job | None]:
    """The verification of the trail that is under way, if one is, and the newest that has ended."""
    verifications = select(*_COLUMNS).where(ARE_VERIFICATIONS)
    running = connection.execute(verifications.where(jobs.c.state.in_(UNFINISHED))).one_or_none()
    ended = verifications.where(jobs.c.state.not_in(UNFINISHED)).order_by(jobs.c.finished_at.desc()).limit(1)
    last = connection.execute(ended).one_or_none()
    return JOBS.job_of(running) if running else None, JOBS.job_of(last) if last else None
