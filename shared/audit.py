"""Audit entries: who did what to which thing, before and after. Told as an event; reporting keeps the trail."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.context import Context
from shared.ids import new_id
from shared.messaging.events import Event


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
    """`<service>.audit.recorded.v1`: one entry with the circumstances it was made in."""

    source: str
    entry: Entry
    context: Context

    @property
    def type(self) -> str:  # type: ignore[override]  # the one event every service publishes under its own name
        return f"{self.source}.audit.recorded.v1"

    @classmethod
    def of(cls, entry: Entry, *, source: str, context: Context) -> "Recorded":
        return cls(aggregate_id=new_id(), version=1, source=source, entry=entry, context=context)

    def data(self) -> dict[str, Any]:
        actor, context, entry = self.context.actor, self.context, self.entry
        metadata = context.request | entry.metadata
        impersonator_id = actor.impersonator_id if actor else context.impersonator_id
        if impersonator_id:
            metadata["impersonatedBy"] = str(impersonator_id)
        return {
            "audit_id": str(self.aggregate_id),
            "actor_id": str(actor.id) if actor else _text(context.actor_id),
            "actor_email": actor.email if actor else None,
            "actor_role": actor.role.value if actor else None,
            "action": entry.action,
            "entity_name": entry.entity_name,
            "entity_id": str(entry.entity_id),
            "before": entry.before,
            "after": entry.after,
            "metadata": metadata,
            "ip_address": context.ip_address,
            "user_agent": context.user_agent,
        }


def _text(identifier: UUID | None) -> str | None:
    return str(identifier) if identifier else None
