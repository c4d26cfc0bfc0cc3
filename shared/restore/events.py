"""What services tell each other about a restore. `reporting` asks for its steps; each service says how it took them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypedDict
from uuid import UUID

from shared.backup.events import PLACES, Hash
from shared.messaging.events import Event, one_of, values_of


class Step(StrEnum):
    """What is asked of a service, one after the other: to check its part, to keep people out, to take its part."""

    CHECK = "check"
    CLOSE = "close"
    LOAD = "load"


class PartToRestore(TypedDict):
    """Where the part of a service is."""

    service: str
    place: Annotated[str, one_of(*PLACES)]
    keys: Annotated[list[str], {"minItems": 1}]
    sha256: Annotated[Hash, "Of the sealed file."]


@dataclass(frozen=True)
class Requested(Event):
    """These services are to take a step of a restore now. Counted by the steps of it."""

    restore_id: UUID
    step: Annotated[str, values_of(Step)]
    services: Annotated[list[str], {"minItems": 1}]
    parts: Annotated[list[PartToRestore], "Empty where everything is to be emptied."]
    sealed_keys: Annotated[str, "The private keys that open the parts, encrypted with a secret of the platform."]
    is_rehearsed: Annotated[bool, "Whether who checks a part tries to take it, too, and undoes that."]
    epoch: Annotated[int, "The epoch that begins with it.", {"minimum": 1}]
    admin_id: Annotated[UUID | None, "Who asked for it, and is to be able to sign in afterwards."]
    reason: str


@dataclass(frozen=True)
class Ended(Event):
    """A restore is over: everything is as in its parts, or as before."""

    restore_id: UUID
    is_restored: bool
    error: str | None


@dataclass(frozen=True)
class StepTaken(Event):
    """A service has taken a step of a restore."""

    type = "restore_step.taken.v1"

    restore_id: UUID
    step: Annotated[str, values_of(Step)]
    rows: Annotated[int, {"minimum": 0}]


@dataclass(frozen=True)
class StepFailed(Event):
    """A service cannot take a step of a restore; nothing of it is changed."""

    type = "restore_step.failed.v1"

    restore_id: UUID
    step: Annotated[str, values_of(Step)]
    reason: str


OF_STEPS = (StepTaken, StepFailed)
"""What every service publishes of its steps."""
