"""Audit entries: who did what to which thing, before and after. Published as events; reporting keeps the trail."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from shared.context import Context
from shared.ids import new_id
from shared.messaging.events import Event

# What operators do with the events of any service.
ACTIONS_ON_EVENTS = ("DEAD_LETTERS_RESENT", "DEAD_LETTER_DISCARDED", "EVENTS_REPLAYED", "EPOCH_BEGAN")
ENTITIES_OF_EVENTS = ("Command", "DeadLetter")

# What people do with the documents of any service.
DOCUMENT = "Document"
JOB, ACTIONS_ON_JOBS = "ReportJob", ("REPORT_JOB_CREATED", "REPORT_JOB_DELETED")
"""A file that is made aside, and what is done with one."""
ACTIONS_ON_DOCUMENTS = ("DOCUMENT_VERIFIED", "DOCUMENT_DELETED")

Snapshot = Annotated[dict[str, Any] | None, "The fields of the thing in the words of the wire."]


@dataclass(frozen=True, slots=True)
class Entry:
    """What changed. `before` and `after` are snapshots in the words of the wire."""

    action: str
    entity_name: str
    entity_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Recorded(Event):
    """`<service>.audit.recorded.v1`: one entry with the circumstances it was made in.

    A service declares in a subclass, for its contract, which actions and things its entries are about.
    """

    audit_id: UUID
    actor_id: UUID | None
    actor_email: str | None
    actor_role: str | None
    action: str
    entity_name: str
    entity_id: UUID
    before: Snapshot
    after: Snapshot
    metadata: dict[str, Any]
    ip_address: str | None
    user_agent: str | None


def recorded(entry: Entry, *, source: str, context: Context, audit_id: UUID | None = None) -> Recorded:
    """The event about an entry that a service made in these circumstances."""
    actor, audit_id = context.actor, audit_id or new_id()
    metadata = context.request | entry.metadata
    impersonator_id = actor.impersonator_id if actor else context.impersonator_id
    if impersonator_id:
        metadata["impersonatedBy"] = str(impersonator_id)
    return _recorded_by(source)(
        aggregate_id=audit_id,
        version=1,
        audit_id=audit_id,
        actor_id=actor.id if actor else context.actor_id,
        actor_email=actor.email if actor else None,
        actor_role=actor.role if actor else None,
        action=entry.action,
        entity_name=entry.entity_name,
        entity_id=entry.entity_id,
        before=entry.before,
        after=entry.after,
        metadata=metadata,
        ip_address=context.ip_address,
        user_agent=context.user_agent,
    )


@cache
def _recorded_by(source: str) -> type[Recorded]:
    return type("Recorded", (Recorded,), {"type": f"{source}.audit.recorded.v1"})
