"""How the worker of a service makes its lists aside."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from shared.clock import business_date, now
from shared.context import Actor, Role
from shared.db import Sessions, UnitOfWork, run_transaction
from shared.files.formats import FileFormat
from shared.files.writer import write_table
from shared.jobs.errors import JobLost, PersonGone
from shared.jobs.job import FileJob, JobState
from shared.jobs.lists import ListExport, ListExports
from shared.jobs.people import actor_of
from shared.jobs.settings import JobSettings
from shared.jobs.table import LIST_JOBS
from shared.jobs.work import EXPIRE_SECONDS, LOOK_SECONDS, Beat, counted, expire, moment, stored, work
from shared.storage import unclaimed
from shared.storage.backends import Storage
from shared.web.schema import checked
from shared.worker import Timer


@dataclass(frozen=True, slots=True)
class ListWorker:
    """What a worker needs to make the lists of its service."""

    service: str
    settings: JobSettings
    storage: Storage
    exports: ListExports

    def timers(self) -> list[Timer]:
        """What is due every so many seconds."""
        return [Timer(LOOK_SECONDS, self.make_lists, apart=True), Timer(EXPIRE_SECONDS, self.expire_lists)]

    def make_lists(self, sessions: Sessions) -> int:
        """Make the files that wait; returns how many."""
        return work(sessions, LIST_JOBS, self._make, keep=self._keep)

    def expire_lists(self, sessions: Sessions) -> None:
        """Let go of jobs whose time is over, and of those that are lost each time."""
        expire(sessions, LIST_JOBS, keep=self._keep)

    def _make(self, sessions: Sessions, job: FileJob) -> None:
        file_format, export = FileFormat(job.format), self.exports.named(job.name)
        with Beat(sessions, LIST_JOBS, job) as beat, TemporaryFile() as file:
            with moment(sessions) as connection:
                actor = _who_may(connection, export, job)
                unions = None if actor.role is Role.ADMIN else list(self.exports.seen(connection, actor))
                filters = checked(export.query, dict(job.filters))
                filters.pop("format")
                zone = ZoneInfo(self.settings.company_time_zone)
                today = business_date(zone.key)
                expected = export.count(connection, actor, dict(filters), today)
                table = export.table(connection, actor, filters, today)
                rows = counted(table.rows, expected, self.settings.job_rows, beat)
                written = write_table(replace(table, rows=rows), file_format, file, zone=zone)
            key, size = stored(sessions, self.storage, file, file_format.media_type)
        values = {
            "file_name": f"{export.name}.{file_format}", "file_key": key, "size": size, "rows": written,
            "progress": 100, "unions": unions, "expires_at": now() + self._keep,
        }  # fmt: skip
        run_transaction(sessions, self.service, partial(_finish, job=job, values=values))

    @property
    def _keep(self) -> timedelta:
        return timedelta(hours=self.settings.job_keep_hours)


def _who_may(connection: Connection, export: ListExport, job: FileJob) -> Actor:
    """Who asked, as they are now. Raises PersonGone."""
    actor = actor_of(connection, job)
    if export.roles and actor.role not in export.roles:
        raise PersonGone("Your role may no longer see this list.")
    return actor


def _finish(uow: UnitOfWork, job: FileJob, values: Mapping[str, Any]) -> None:
    """The row of the job and its bytes come together."""
    unclaimed.claim(uow.connection, values["file_key"])
    if not LIST_JOBS.finish(uow.connection, job, JobState.DONE, values):
        # With this transaction the claim is gone as well, so that the bytes are swept.
        raise JobLost
