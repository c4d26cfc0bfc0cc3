"""Backups as reporting keeps their records: what they are, when they are due, and who writes a part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

SERVICES = ("payments", "lending", "membership", "identity", "notifications", "reporting")
"""Who writes a part. Those who refer come before those who are referred to, so that nothing refers to what is not in
the backup when each is read at a moment of its own."""

MOST_TRIES = 3
"""A backup that ends its worker each time is not begun for ever."""


class BackupKind(StrEnum):
    """Why a backup is made: somebody asked for it, it was due, or something is about to be replaced."""

    MANUAL = "manual"
    SCHEDULED = "scheduled"
    SAFETY = "safety"


class BackupState(StrEnum):
    """How far a backup is. One that failed says why, and is not begun again by itself."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


class PartState(StrEnum):
    """How far a part is. One that is `APART` lies in another database than the moment that was asked for."""

    ASKED = "ASKED"
    WRITTEN = "WRITTEN"
    FAILED = "FAILED"
    APART = "APART"


class Location(StrEnum):
    """Where a backup is kept."""

    LOCAL = "local"
    CLOUD = "cloud"
    BOTH = "both"

    @property
    def places(self) -> tuple[str, ...]:
        """The places one by one."""
        return ("local", "cloud") if self is Location.BOTH else (self.value,)


class BackupFormat(StrEnum):
    """As what a backup is downloaded when nothing else is asked for."""

    JSON = "json"
    CSV = "csv"


class Frequency(StrEnum):
    """How often a backup is made by itself."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """The record of a backup. `size` is in bytes, of the sealed parts; `cut_at` the moment that is in it."""

    id: UUID
    filename: str
    kind: BackupKind
    state: BackupState
    location: Location
    format: BackupFormat
    include_audit_logs: bool
    include_sessions: bool
    created_at: datetime
    created_by: UUID | None = None
    finished_at: datetime | None = None
    cut_at: datetime | None = None
    error: str | None = None
    size: int = 0
    record_counts: Mapping[str, int] | None = None
    public_keys: Collection[str] = ()
    attempt: int = 0
    requests: int = 0
    tries: int = 0
    lease: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a service gave to a backup. `contents` are {name, rows, sha256}, `copies` {place, keys}."""

    service: str
    state: PartState
    seen_at: datetime
    rows: int = 0
    reason: str | None = None
    at: datetime | None = None
    migration: str | None = None
    outbox_seq: int | None = None
    size: int | None = None
    sha256: str | None = None
    copies: Sequence[Mapping[str, Any]] | None = None
    contents: Sequence[Mapping[str, Any]] | None = None

    def counts(self, kind: str) -> dict[str, int]:
        """How many rows each block of a kind has, such as `section`."""
        named = [(str(content["name"]).partition(" "), int(content["rows"])) for content in self.contents or ()]
        return {name: rows for (found, _, name), rows in named if found == kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When backups are made by themselves, where they are kept, and for how many days."""

    frequency: Frequency = Frequency.DISABLED
    location: Location = Location.LOCAL
    retention_days: int = 30
    include_audit_logs: bool = False
    include_sessions: bool = False
    last_backup_at: datetime | None = None
    next_backup_at: datetime | None = None
    updated_at: datetime


def file_name(at: datetime) -> str:
    """What the file of a backup begun at this moment (in UTC) is called."""
    moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"backup_{moment.replace(':', '-').replace('.', '-')}.json"


def next_due(frequency: Frequency, after: datetime, zone: ZoneInfo) -> datetime | None:
    """When the next backup is due: at the full hour, at midnight, at midnight before Sunday, or before the first of the
    month, in the institution's time zone; never at `after` itself. None when none is."""
    local = after.astimezone(zone)
    if frequency is Frequency.HOURLY:
        return after.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    match frequency:
        case Frequency.DAILY:
            due = midnight + timedelta(days=1)
        case Frequency.WEEKLY:
            # Monday is 0, Sunday 6.
            due = midnight + timedelta(days=(6 - midnight.weekday()) or 7)
        case Frequency.MONTHLY:
            due = (midnight.replace(day=28) + timedelta(days=4)).replace(day=1)
        case _:
            return None
    return due.astimezone(after.tzinfo)
