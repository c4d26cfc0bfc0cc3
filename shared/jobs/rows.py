"""Reads and writes of the jobs of one service.

A job belongs to the worker that has its lease, which it renews while it works. When a worker is killed its lease runs
out and another one begins anew; only who has the lease can end a job, so nothing is done twice.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, delete, func, insert, select, text, true, update

from shared.ids import new_id
from shared.jobs.job import UNFINISHED, FileJob, JobState
from shared.work import call_out

J = TypeVar("J", bound=FileJob)

LEASE = timedelta(seconds=30)
MOST_TRIES = 3
"""A job that ends its worker each time is not tried for ever."""

_KEPT_SECONDS = text(f"now() + interval '{LEASE.total_seconds()} seconds'")
# Two people may share a number, and then wait for each other without need.
_LOCK_PERSON = text("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.jobs'), :number)")


class JobRows(Generic[J]):
    """The jobs in a table. Its columns are the fields of `cls`, beside `tries` and `leased_until`; `enums` are those of
    fields whose columns hold them as text."""

    def __init__(self, table: Table, cls: type[J], **enums: type[StrEnum]) -> None:
        self.table, self._cls = table, cls
        self._enums: Mapping[str, type[StrEnum]] = {"state": JobState, **enums}
        self._c = table.c
        self._columns: list[Column[Any]] = [table.c[field.name] for field in fields(cls)]
        self._is_lost = (self._c.state == JobState.RUNNING) & (self._c.leased_until < func.now())

    def add(self, connection: Connection, job: J) -> None:
        """Write a new job."""
        connection.execute(insert(self.table).values(asdict(job)))
        call_out(connection, self.name)

    @property
    def name(self) -> str:
        """By this it is called out that there is a new job."""
        return self.table.name

    def take(self, connection: Connection, which: ColumnElement[bool] | None = None) -> J | None:
        """Take the lease of the first job, of those meant, that nobody has, for `LEASE`; None when there is none.
        Several workers may."""
        c = self._c
        may_be_taken = (c.state == JobState.PENDING) | (self._is_lost & (c.tries < MOST_TRIES))
        meant = true() if which is None else which
        first = select(c.id).where(c.state.in_(UNFINISHED), may_be_taken, meant)
        first = first.order_by(c.created_at, c.id).limit(1).with_for_update(skip_locked=True)
        taken = (
            update(self.table)
            .where(c.id == first.scalar_subquery())
            .values(
                state=JobState.RUNNING,
                lease=new_id(),
                leased_until=_KEPT_SECONDS,
                started_at=func.coalesce(c.started_at, func.now()),
                tries=c.tries + 1,
                progress=0,
            )
            .returning(*self._columns)
        )
        row = connection.execute(taken).one_or_none()
        return self.job_of(row) if row else None

    def give_up(self, connection: Connection, error: str, *, expires_at: datetime) -> int:
        """End the jobs that were taken `MOST_TRIES` times and lost each time; returns how many."""
        lost = update(self.table).where(self._c.state.in_(UNFINISHED), self._is_lost, self._c.tries >= MOST_TRIES)
        values = {"state": JobState.FAILED, "finished_at": func.now(), "error": error, "expires_at": expires_at}
        return connection.execute(lost.values(values)).rowcount

    def tries(self, connection: Connection, job: J) -> int | None:
        """How often a job was taken until this worker had it; None where it is not seen to have it, as in a copy of the
        database that has not come so far."""
        taken = select(self._c.tries).where(self._c.id == job.id, self._c.lease == job.lease)
        return connection.execute(taken).scalar_one_or_none()

    def keep_lease(self, connection: Connection, job: J, progress: int) -> bool:
        """Note how far a job is and keep its lease; False when it is no longer this worker's, or was canceled."""
        return self._change(connection, job, {"progress": progress, "leased_until": _KEPT_SECONDS})

    def finish(self, connection: Connection, job: J, state: JobState, values: Mapping[str, Any]) -> bool:
        """Write what came of a job; False when it is no longer this worker's, or was canceled."""
        return self._change(connection, job, {"state": state, "finished_at": func.now(), "lease": None, **values})

    def of_person(
        self, connection: Connection, person_id: UUID, *, limit: int, offset: int, name: str | None = None
    ) -> tuple[list[J], int]:
        """One page of the files somebody had made, those of one list by its name, the newest first, and how many there
        are."""
        theirs = self._c.person_id == person_id
        if name is not None:
            theirs &= self._c.name == name
        query = select(*self._columns).where(theirs).order_by(self._c.created_at.desc(), self._c.id.desc())
        found = connection.execute(query.limit(limit).offset(offset))
        count = connection.execute(select(func.count()).select_from(self.table).where(theirs)).scalar_one()
        return [self.job_of(row) for row in found], count

    def of_id(self, connection: Connection, job_id: UUID, person_id: UUID, *, to_change: bool = False) -> J | None:
        """A job of somebody's own; with `to_change` nobody else changes it until this transaction has ended."""
        query = select(*self._columns).where(self._c.id == job_id, self._c.person_id == person_id)
        row = connection.execute(query.with_for_update() if to_change else query).one_or_none()
        return self.job_of(row) if row else None

    def lock_person(self, connection: Connection, person_id: UUID) -> None:
        """Wait until no other request of this person counts what they have, and let others wait until this transaction
        has ended."""
        connection.execute(_LOCK_PERSON, {"number": int.from_bytes(person_id.bytes[-4:], signed=True)})

    def count_unfinished(self, connection: Connection, person_id: UUID) -> int:
        """How many files are being made for somebody."""
        waiting = self._c.state.in_(UNFINISHED) & (self._c.person_id == person_id)
        return connection.execute(select(func.count()).select_from(self.table).where(waiting)).scalar_one()

    def remove(self, connection: Connection, job_id: UUID) -> None:
        """Forget a job. A worker that has it finds out and stops."""
        connection.execute(delete(self.table).where(self._c.id == job_id))

    def remove_expired(self, connection: Connection, *, limit: int) -> list[str]:
        """Forget jobs whose time is over, several workers may at once; returns the keys of their files."""
        old = select(self._c.id).where(self._c.expires_at < func.now()).limit(limit).with_for_update(skip_locked=True)
        removed = delete(self.table).where(self._c.id.in_(old)).returning(self._c.file_key)
        return [key for key in connection.execute(removed).scalars() if key]

    def _change(self, connection: Connection, job: J, values: Mapping[str, Any]) -> bool:
        changed = update(self.table).where(self._c.id == job.id, self._c.lease == job.lease).values(values)
        return bool(connection.execute(changed).rowcount)

    def job_of(self, row: Row[Any]) -> J:
        """The job that a row of its columns holds."""
        values = dict(row._mapping)
        return self._cls(**(values | {name: enum(values[name]) for name, enum in self._enums.items()}))
