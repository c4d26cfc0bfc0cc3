"""Somebody who may do anything in the database: how they forge history, and make its hashes anew."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from services.reporting.domain.chain import Key
from services.reporting.tests.conftest import AUDIT_KEY
from services.reporting.tests.events import NOON, link
from services.reporting.tests.events import hear as take_in

KEY, LATER = Key.of(AUDIT_KEY), NOON + timedelta(hours=1)
FIELDS = (
    "id", "actor_id", "actor_email", "actor_role", "action", "entity_name", "entity_id", "before", "after", "metadata",
    "ip_address", "user_agent", "occurred_at",
)  # fmt: skip
# `{place}` numbers the entries: each is alone in its batch, or they are one stretch from before there were batches.
CHANGED = "UPDATE audit_entries SET actor_email = 'eve@example.org' WHERE {place} = 3"
# The places behind are made free first.
INSERTED = """
    UPDATE audit_entries SET {place} = -{place} WHERE {place} > 3;
    INSERT INTO audit_entries ({place}, {other}, id, action, entity_name, entity_id, occurred_at, hash, key_id)
    SELECT 4, {other}, gen_random_uuid(), action, entity_name, entity_id, occurred_at, hash, key_id FROM audit_entries
     WHERE {place} = 3;
    UPDATE audit_entries SET {place} = 1 - {place} WHERE {place} < 0
"""
DELETED = """
    DELETE FROM audit_entries WHERE {place} = 3;
    UPDATE audit_entries SET {place} = -{place} WHERE {place} > 3;
    UPDATE audit_entries SET {place} = -{place} - 1 WHERE {place} < 0
"""
CUT_OFF = "DELETE FROM audit_entries WHERE {place} > 3"
PLACES = {"place": "batch", "other": "sequence"}
PLACES_BEFORE_BATCHES = {"place": "sequence", "other": "batch"}
MakeHash = Callable[[bytes], bytes]


def without_key(covered: bytes) -> bytes:
    """As the first release made a hash."""
    return hashlib.sha256(covered).digest()


def with_key(key: Key, covered: bytes) -> bytes:
    return hmac.digest(key.secret, covered, "sha256")


def as_covered(values: dict[str, object]) -> bytes:
    """What a hash covers: JSON with its keys sorted, no spaces, only ASCII, and times in UTC."""

    def plain(value: object) -> str:
        return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)

    return json.dumps(values, sort_keys=True, separators=(",", ":"), default=plain).encode()


def chain_anew(superuser, make_hash: MakeHash, key_id: str | None = KEY.id) -> int:
    """Make every hash of the trail again, and let it end where it ends; returns how many entries there are."""
    superuser.execute("DELETE FROM audit_links")
    rows = superuser.execute(
        f"SELECT batch, sequence, {', '.join(FIELDS)} FROM audit_entries ORDER BY batch, sequence"
    ).fetchall()
    end, count = bytes(32), 0
    for batch, entries in groupby(rows, key=itemgetter(0)):
        last, before = (end, count) if not batch else (bytes(32), count)
        for _, sequence, *values in entries:
            last = make_hash(last + as_covered(dict(zip(FIELDS, values, strict=True))))
            count += 1
            superuser.execute(
                "UPDATE audit_entries SET hash = %s, key_id = %s WHERE (batch, sequence) = (%s, %s)",
                (last, key_id, batch, sequence),
            )
        if batch:
            about = {"batch": batch, "entries": count - before, "hash": last.hex()}
            end = make_hash(end + as_covered(about))
            superuser.execute(
                "INSERT INTO audit_links VALUES (%s, %s, %s, %s, %s, %s)",
                (count, batch, count - before, last, end, key_id or ""),
            )
        else:
            end = last
    superuser.execute("UPDATE audit_chain SET sequence = %s, hash = %s, key_id = %s", (count, end, key_id))
    return count


def as_before_batches(superuser, make_hash: MakeHash, key_id: str | None) -> None:
    """Let a trail whose entries are alone in their batches be one of a release that had no batches."""
    superuser.execute("UPDATE audit_entries SET sequence = batch, batch = 0")
    chain_anew(superuser, make_hash, key_id)


def hear(sessions, *events) -> None:
    """Take in entries, each in a batch of its own, and link them."""
    for event in events:
        take_in(sessions, event)
    link(sessions)
