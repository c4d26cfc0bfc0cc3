"""Work that is done aside because it takes long: files that are made, and verifications of the audit trail."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

AUDIT_LOGS = "audit-logs"
"""The export of the audit trail, beside the reports of the catalogue."""


class JobKind(StrEnum):
    """What a job does."""

    REPORT = "REPORT"
    EXPORT = "EXPORT"
    VERIFICATION = "VERIFICATION"


FILE_KINDS = (JobKind.REPORT, JobKind.EXPORT)
"""Those that make a file."""


class JobState(StrEnum):
    """How far a job is. One that failed says why, and is not tried again by itself."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


UNFINISHED = (JobState.PENDING, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands. `progress` is in per cent; `filters` are as they stand in the query of the list or report.

    `seen` are the officers and actors whose figures and deeds are in the file, None for everybody's, and `unions` those
    whose members it names. `lease` is that of the worker who has it. `due_on` is the day for which a subscription
    asked for it.
    """

    id: UUID
    kind: JobKind
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
    seen: Collection[UUID] | None = None
    unions: Collection[UUID] | None = None
    error: str | None = None
    expires_at: datetime | None = None
    findings: Mapping[str, Any] | None = None
    subscription_id: UUID | None = None
    due_on: date | None = None
