"""The hash chain of the audit trail: the hash of each entry covers the entry and the hash before it.

Whoever changes, removes or slips in an entry would have to make every later hash again.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.errors import Conflict


class ChainBroken(Conflict):
    """The trail is not what was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to which thing. `before`, `after` and `metadata` are canonical JSON texts."""

    id: UUID
    actor_id: UUID | None
    actor_email: str | None
    actor_role: str | None
    action: str
    entity_name: str
    entity_id: str
    before: str | None
    after: str | None
    metadata: str | None
    ip_address: str | None
    user_agent: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """The place of an entry in the chain: its number, counted from 1, and its hash."""

    sequence: int
    hash: bytes


START = Link(0, bytes(32))
"""Where a chain without entries ends."""

_FIELDS = tuple(field.name for field in fields(Entry))


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, only ASCII. Read and written again it is the same."""
    return _encode(value)


def _plain(value: UUID | datetime) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain).encode


def next_link(last: Link, entry: Entry) -> Link:
    """The link that puts an entry behind `last`: SHA-256 over the last hash and the canonical JSON of the entry."""
    text = canonical({name: getattr(entry, name) for name in _FIELDS})
    return Link(last.sequence + 1, hashlib.sha256(last.hash + text.encode()).digest())


def check(last: Link, link: Link, entry: Entry) -> None:
    """Hold an entry against the one before it. Raises ChainBroken, which names the first entry that does not fit."""
    if link.sequence != last.sequence + 1:
        raise ChainBroken(f"Entry {last.sequence + 1} is missing: {link.sequence} follows {last.sequence}.")
    if link != next_link(last, entry):
        raise ChainBroken(f"Entry {link.sequence} ({entry.id}) is not what was written.")
