"""Reads and writes of jobs."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from services.reporting.domain.jobs import UNFINISHED, Job, JobKind, JobState
from services.reporting.models.jobs import jobs
from shared.ids import new_id

LEASE = timedelta(seconds=30)
MOST_TRIES = 3
"""A job that ends its worker each time is not tried for ever."""

_COLUMNS = [jobs.c[field.name] for field in fields(Job)]
_KEPT_SECONDS = text(f"now() + interval '{LEASE.total_seconds()} seconds'")
_is_lost = (jobs.c.state == JobState.RUNNING) & (jobs.c.leased_until < func.now())
_may_be_taken = (jobs.c.state == JobState.PENDING) | (_is_lost & (jobs.c.tries < MOST_TRIES))


def add(connection: Connection, job: Job) -> None:
    """Write a new job."""
    connection.execute(insert(jobs).values(asdict(job)))


def take(connection: Connection, kinds: Collection[JobKind]) -> Job | None:
    """Take the lease of the first job that nobody has, for `LEASE`; None when there is none. Several workers may."""
    first = select(jobs.c.id).where(jobs.c.state.in_(UNFINISHED), _may_be_taken, jobs.c.kind.in_(kinds))
    first = first.order_by(jobs.c.created_at, jobs.c.id).limit(1).with_for_update(skip_locked=True)
    taken = (
        update(jobs)
        .where(jobs.c.id == first.scalar_subquery())
        .values(
            state=JobState.RUNNING,
            lease=new_id(),
            leased_until=_KEPT_SECONDS,
            started_at=func.coalesce(jobs.c.started_at, func.now()),
            tries=jobs.c.tries + 1,
            progress=0,
        )
        .returning(*_COLUMNS)
    )
    row = connection.execute(taken).one_or_none()
    return _job(row) if row else None


def give_up(connection: Connection, error: str, *, expires_at: datetime) -> int:
    """End the jobs that were taken `MOST_TRIES` times and lost each time; returns how many."""
    lost = update(jobs).where(jobs.c.state.in_(UNFINISHED), _is_lost, jobs.c.tries >= MOST_TRIES)
    values = {"state": JobState.FAILED, "finished_at": func.now(), "error": error, "expires_at": expires_at}
    return connection.execute(lost.values(values)).rowcount


def keep_lease(connection: Connection, job: Job, progress: int) -> bool:
    """Note how far a job is and keep its lease; False when it is no longer this worker's, or was canceled."""
    return _change(connection, job, {"progress": progress, "leased_until": _KEPT_SECONDS})


def finish(connection: Connection, job: Job, state: JobState, values: Mapping[str, Any]) -> bool:
    """Write what came of a job; False when it is no longer this worker's, or was canceled."""
    return _change(connection, job, {"state": state, "finished_at": func.now(), "lease": None, **values})


def of_person(connection: Connection, person_id: UUID, *, limit: int, offset: int) -> tuple[list[Job], int]:
    """One page of the files somebody had made, the newest first, and how many there are."""
    theirs = jobs.c.person_id == person_id
    query = select(*_COLUMNS).where(theirs).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
    found = connection.execute(query.limit(limit).offset(offset))
    count = connection.execute(select(func.count()).select_from(jobs).where(theirs)).scalar_one()
    return [_job(row) for row in found], count


def job(connection: Connection, job_id: UUID, person_id: UUID, *, to_change: bool = False) -> Job | None:
    """A file that somebody had made."""
    query = select(*_COLUMNS).where(jobs.c.id == job_id, jobs.c.person_id == person_id)
    row = connection.execute(query.with_for_update() if to_change else query).one_or_none()
    return _job(row) if row else None


def count_unfinished(connection: Connection, person_id: UUID) -> int:
    """How many files are being made for somebody."""
    waiting = jobs.c.state.in_(UNFINISHED) & (jobs.c.person_id == person_id)
    return connection.execute(select(func.count()).select_from(jobs).where(waiting)).scalar_one()


def remove(connection: Connection, job_id: UUID) -> None:
    """Forget a job. A worker that has it finds out and stops."""
    connection.execute(delete(jobs).where(jobs.c.id == job_id))


def remove_expired(connection: Connection, *, limit: int) -> list[str]:
    """Forget jobs whose time is over, several workers may at once; returns the keys of their files."""
    old = select(jobs.c.id).where(jobs.c.expires_at < func.now()).limit(limit).with_for_update(skip_locked=True)
    removed = delete(jobs).where(jobs.c.id.in_(old)).returning(jobs.c.file_key)
    return [key for key in connection.execute(removed).scalars() if key]


def newest_verifications(connection: Connection) -> tuple[Job | None, Job | None]:
    """The verification of the trail that is under way, if one is, and the newest that has ended."""
    verifications = select(*_COLUMNS).where(jobs.c.kind == JobKind.VERIFICATION)
    running = connection.execute(verifications.where(jobs.c.state.in_(UNFINISHED))).one_or_none()
    ended = verifications.where(jobs.c.state.not_in(UNFINISHED)).order_by(jobs.c.finished_at.desc()).limit(1)
    last = connection.execute(ended).one_or_none()
    return _job(running) if running else None, _job(last) if last else None


def _change(connection: Connection, job: Job, values: Mapping[str, Any]) -> bool:
    changed = update(jobs).where(jobs.c.id == job.id, jobs.c.lease == job.lease).values(values)
    return bool(connection.execute(changed).rowcount)


def _job(row: Row[Any]) -> Job:
    values = dict(row._mapping)
    return Job(**(values | {"kind": JobKind(values["kind"]), "state": JobState(values["state"])}))
