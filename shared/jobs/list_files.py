"""The file of one list: written from the rows, stored, and noted with its job."""

from collections.abc import Mapping
from dataclasses import replace
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
from shared.jobs.list_worker import Make
from shared.jobs.lists import ListExport, ListExports
from shared.jobs.moments import moment
from shared.jobs.people import actor_of
from shared.jobs.settings import JobSettings
from shared.jobs.table import LIST_JOBS
from shared.jobs.work import Beat, counted, stored
from shared.storage import unclaimed
from shared.storage.backends import Storage
from shared.web.schema import checked


def maker_of(service: str, exports: ListExports) -> Make:
    """What makes the lists of a service."""
    return partial(_make, service, exports)


def _make(
    service: str, exports: ListExports, sessions: Sessions, job: FileJob, settings: JobSettings, storage: Storage
) -> None:
    file_format, export = FileFormat(job.format), exports.named(job.name)
    with Beat(sessions, LIST_JOBS, job) as beat, TemporaryFile() as file:
        with moment(sessions, LIST_JOBS, job, settings) as connection:
            actor = _who_may(connection, export, job)
            unions = None if actor.role is Role.ADMIN else list(exports.seen(connection, actor))
            filters = checked(export.query, dict(job.filters))
            filters.pop("format")
            zone = ZoneInfo(settings.company_time_zone)
            today = business_date(zone.key)
            expected = export.count(connection, actor, dict(filters), today)
            table = export.table(connection, actor, filters, today)
            rows = counted(table.rows, expected, settings.job_rows, beat)
            written = write_table(replace(table, rows=rows), file_format, file, zone=zone)
        key, size = stored(sessions, storage, file, file_format.media_type)
    values = {
        "file_name": f"{export.name}.{file_format}", "file_key": key, "size": size, "rows": written,
        "progress": 100, "unions": unions, "expires_at": now() + timedelta(hours=settings.job_keep_hours),
    }  # fmt: skip
    run_transaction(sessions, service, partial(_finish, job=job, values=values))


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
