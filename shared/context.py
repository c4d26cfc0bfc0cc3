"""Who asks and how: the part of a request that travels with everything it causes (events, audit entries, logs)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID


class Role(StrEnum):
    """What a member of staff may be."""

    ADMIN = "ADMIN"
    SUPERVISOR = "SUPERVISOR"
    CREDIT_OFFICER = "CREDIT_OFFICER"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in member of staff."""

    id: UUID
    email: str
    role: Role
    session_id: UUID
    impersonator_id: UUID | None = None
    # Until the password that somebody else chose is another one, nothing but that may be done.
    must_change_password: bool = False

    @property
    def person_id(self) -> UUID:
        """Who really acts: the admin, where one acts as somebody else."""
        return self.impersonator_id or self.id


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of one request or event; empty for what the system does by itself.

    Of who caused an event only the ids travel: `actor_id`, and `impersonator_id` where somebody acted in their name.
    """

    actor: Actor | None = None
    actor_id: UUID | None = None
    impersonator_id: UUID | None = None
    request_id: str | None = None
    traceparent: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    request: dict[str, Any] = field(default_factory=dict)


NOBODY = Context()
