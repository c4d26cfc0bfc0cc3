"""What the services would have published: events in the outboxes, and entries in the audit trail."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.seed.bulk import Schema
from deploy.seed.chance import Chance
from services.reporting.domain.chain import START, Batch, Entry, Key, Link, canonical, link_behind, next_link
from services.reporting.models.base import NOBODY
from shared.audit import Entry as Deed
from shared.audit import recorded
from shared.context import Actor, Context
from shared.messaging.events import Envelope, Event

USER_AGENT = "deploy.seed"
"""What the trail says of where these deeds came from."""

# As many entries as a worker takes in at once when it has a lot of them.
_BATCH = 100
_ENTRY = tuple(column.name for column in fields(Entry))
_COUNT = """
INSERT INTO audit_counts (actor_id, entity_name, action, entries)
VALUES (%(actor_id)s, %(entity_name)s, %(action)s, %(entries)s)
ON CONFLICT (actor_id, entity_name, action) DO UPDATE SET entries = audit_counts.entries + excluded.entries
"""


def done_by(actor: Actor | None) -> Context:
    """The circumstances of what somebody does through the gateway; None is the system."""
    return Context(actor=actor, user_agent=USER_AGENT)


class Trail:
    """Appends to the audit trail of reporting under a key, and keeps the end of the trail locked until the commit."""

    def __init__(self, reporting: Schema, key: Key) -> None:
        self._reporting, self._key = reporting, key
        self._counts: Counter[tuple[UUID, str, str]] = Counter()
        sequence = reporting.value("SELECT sequence FROM audit_chain FOR UPDATE")
        self._last = Link(sequence, reporting.value("SELECT hash FROM audit_chain"))
        self._batch, self._in_batch = 0, START

    def record(self, recorded: Envelope) -> None:
        """Put the entry of an audit event behind the last one."""
        data = dict(recorded.data)
        texts: dict[str, Any] = {name: _canonical(data.pop(name)) for name in ("before", "after", "metadata")}
        actor_id, entry_id = data.pop("actor_id"), UUID(data.pop("audit_id"))
        entry = Entry(
            id=entry_id, actor_id=actor_id and UUID(actor_id), occurred_at=recorded.occurred_at, **texts, **data
        )
        if self._in_batch == START:
            self._batch = self._reporting.reserve("audit_intake_batch_seq", 1)
        self._in_batch = next_link(self._in_batch, entry, self._key)
        values = {name: getattr(entry, name) for name in _ENTRY} | asdict(self._in_batch)
        self._reporting.add("audit_entries", values | {"batch": self._batch})
        self._counts[entry.actor_id or NOBODY, entry.entity_name, entry.action] += 1
        if self._in_batch.sequence == _BATCH:
            self._link()

    def _link(self) -> None:
        batch = Batch(self._batch, self._in_batch.sequence, self._in_batch.hash)
        self._last, self._in_batch = link_behind(self._last, batch, self._key), START
        named = {"batch": batch.number, "entries": batch.entries, "batch_hash": batch.hash}
        self._reporting.add("audit_links", asdict(self._last) | named)

    def finish(self) -> None:
        """Write where the chain ends now, and how many entries there are of each kind."""
        if self._in_batch != START:
            self._link()
        names = ("actor_id", "entity_name", "action")
        counts = [dict(zip(names, kind, strict=True), entries=count) for kind, count in self._counts.items()]
        self._reporting.execute(_COUNT, counts)
        end = "UPDATE audit_chain SET sequence = %(sequence)s, hash = %(hash)s, key_id = %(key_id)s"
        self._reporting.execute(end, [asdict(self._last)])


def _canonical(value: Any) -> str | None:
    return None if value is None else canonical(value)


class Outboxes:
    """Writes events as if they had been published and handled long ago. Without a trail nothing is audited."""

    def __init__(self, chance: Chance, schemas: Mapping[str, Schema], trail: Trail | None) -> None:
        self._chance, self._schemas, self._trail = chance, schemas, trail

    @property
    def is_audited(self) -> bool:
        """Whether audit entries are written."""
        return self._trail is not None

    def with_chance(self, chance: Chance) -> "Outboxes":
        """These outboxes and this trail, for events whose ids are of another chance."""
        return Outboxes(chance, self._schemas, self._trail)

    def finish(self) -> None:
        """Write what the trail knows only at its end."""
        if self._trail:
            self._trail.finish()

    def add(self, source: str, event: Event, context: Context, at: datetime) -> Envelope:
        """Write an event into the outbox of its source."""
        envelope = Envelope(
            id=self._chance.identifier(at),
            type=event.type,
            source=source,
            aggregate_id=event.aggregate_id,
            version=event.version,
            occurred_at=at,
            actor_id=context.actor.id if context.actor else context.actor_id,
            request_id=None,
            traceparent=None,
            contents=event.data_in_json(),
        )
        self._schemas[source].add(
            "outbox",
            {
                "id": envelope.id,
                "type": envelope.type,
                "aggregate_id": envelope.aggregate_id,
                "version": envelope.version,
                "body": envelope.to_json(),
                "created_at": at,
                "published_at": at,
                "epoch": envelope.epoch,
            },
        )
        return envelope

    def audit(self, source: str, deed: Deed, context: Context, at: datetime) -> None:
        """Publish an audit entry, and put it into the trail."""
        if self._trail:
            entry_id = self._chance.identifier(at)
            event = recorded(deed, source=source, context=context, audit_id=entry_id)
            self._trail.record(self.add(source, event, context, at))
