"""Restores as reporting keeps their records: what is restored, and how far that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID


class RestoreKind(StrEnum):
    """From what: a backup that is kept here, a file that somebody brought, or from nothing, which empties all."""

    BACKUP = "backup"
    FILE = "file"
    RESET = "reset"


class RestoreState(StrEnum):
    """How far it is. Until LOADING it can fail, and nothing is changed; from then on it goes on until it is done."""

    CHECKING = "checking"
    CLOSING = "closing"
    SAVING = "saving"
    LOADING = "loading"
    DONE = "done"
    FAILED = "failed"


PATIENCE: Mapping[RestoreState, timedelta] = {
    RestoreState.CHECKING: timedelta(minutes=30),
    RestoreState.CLOSING: timedelta(minutes=2),
}
"""How long the services are waited for that take a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """The record of a restore. `source` says in words where it comes from; `cut_at` is the moment that is restored."""

    id: UUID
    kind: RestoreKind
    state: RestoreState
    source: str
    backup_id: UUID | None = None
    cut_at: datetime | None = None
    parts: Sequence[Mapping[str, Any]] = ()
    sealed_keys: str
    is_rehearsed: bool
    epoch: int
    created_at: datetime
    created_by: UUID | None = None
    email: str | None = None
    step_asked_at: datetime
    safety_backup_id: UUID | None = None
    finished_at: datetime | None = None
    error: str | None = None

    @property
    def reason(self) -> str:
        """Why a new epoch begins, in words."""
        return f"{self.kind} {self.id}: {self.source}"


@dataclass(frozen=True, slots=True)
class StepNote:
    """What a service said of a step."""

    service: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Emptied:
    """What whoever empties everything gets to know: what became of it, and under which address they sign in."""

    message: str
    email: str
