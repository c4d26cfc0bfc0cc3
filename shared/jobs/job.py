"""A job: work that is done aside, and how far it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class JobState(StrEnum):
    """How far a job is. One that failed says why, and is not tried again by itself."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


UNFINISHED = (JobState.PENDING, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJob:
    """A job as it stands. `progress` is in per cent; `filters` are as they stand in the query of the list or report.

    `unions` are those whose members and loans the file names, None where it is not narrowed to any. `lease` is that of
    the worker who has it.
    """

    id: UUID
    state: JobState
    person_id: UUID | None = None
    name: str = ""
    title: str = ""
    format: str = ""
    filters: Mapping[str, str]
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease: UUID | None = None
    progress: int = 0
    rows: int | None = None
    file_key: str | None = None
    file_name: str | None = None
    size: int | None = None
    unions: Collection[UUID] | None = None
    error: str | None = None
    expires_at: datetime | None = None
