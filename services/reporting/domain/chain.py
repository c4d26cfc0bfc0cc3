"""The hash chain of the audit trail: a hash covers its entry and the hash before it, under a key kept elsewhere.

Whoever changes, removes or slips in an entry would have to make every later hash again, and has no key for it. Entries
of the first release were chained without a key; the first one under a key seals them.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.errors import Conflict


class ChainBroken(Conflict):
    """The trail is not what was written."""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that hashes are made with, and the name by which an entry says so."""

    id: str
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> "Key":
        """The key of a secret; its name follows from the secret and does not tell it."""
        return cls(hashlib.sha256(b"name of audit key " + secret.encode()).hexdigest()[:8], secret.encode())


class Keys:
    """The keys there are, the one for new entries first."""

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [Key.of(secret) for secret in secrets]
        self.newest = keys[0]
        self._by_id = {key.id: key for key in keys}

    def named(self, key_id: str) -> Key:
        """The key of that name. Raises ChainBroken."""
        if key_id not in self._by_id:
            raise ChainBroken(f"There is no key {key_id} among {', '.join(self._by_id)}: it is needed to verify.")
        return self._by_id[key_id]


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
    """The place of an entry in the chain: its number, counted from 1, its hash, and under which key; None for none."""

    sequence: int
    hash: bytes
    key_id: str | None = None


START = Link(0, bytes(32))
"""Where a chain without entries ends."""

_FIELDS = tuple(field.name for field in fields(Entry))


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, only ASCII. Read and written again it is the same."""
    return _encode(value)


def _plain(value: UUID | datetime) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain).encode


def next_link(last: Link, entry: Entry, key: Key | None) -> Link:
    """The link that puts an entry behind `last`: HMAC-SHA256 over the last hash and the canonical JSON of the entry.

    Without a key it is the SHA-256 of the first release.
    """
    covered = last.hash + canonical({name: getattr(entry, name) for name in _FIELDS}).encode()
    if key is None:
        return Link(last.sequence + 1, hashlib.sha256(covered).digest())
    return Link(last.sequence + 1, hmac.digest(key.secret, covered, "sha256"), key.id)


def check(last: Link, link: Link, entry: Entry, keys: Keys) -> None:
    """Hold an entry against the one before it. Raises ChainBroken, which names the first entry that does not fit."""
    if link.sequence != last.sequence + 1:
        raise ChainBroken(f"Entry {last.sequence + 1} is missing: {link.sequence} follows {last.sequence}.")
    if link.key_id is None and last.key_id is not None:
        raise ChainBroken(f"Entry {link.sequence} ({entry.id}) is under no key, and the one before it is.")
    if link != next_link(last, entry, keys.named(link.key_id) if link.key_id is not None else None):
        raise ChainBroken(f"Entry {link.sequence} ({entry.id}) is not what was written.")


def check_end(last: Link, recorded: Link) -> None:
    """Hold the last entry against where the trail says that it ends. Raises ChainBroken."""
    if (last.sequence, last.hash) != (recorded.sequence, recorded.hash):
        raise ChainBroken(f"The trail ends with entry {last.sequence}, but should end with {recorded.sequence}.")
    if last.sequence and last.key_id is None:
        raise ChainBroken(f"No entry is under a key, the last one ({last.sequence}) neither.")
