"""Keeping the audit trail, and proving that it is what was written."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from services.reporting.domain.anchor import Anchors
from services.reporting.domain.chain import START, Entry, Key, Keys, Link, canonical, check, check_end, next_link
from services.reporting.queries import trail
from services.reporting.queries.lock import lock_chain
from shared.ids import new_id

VERIFY_BATCH = 2000
SEALED, TRAIL = "AUDIT_TRAIL_SEALED", "AuditTrail"


def record_entries(connection: Connection, entries: Iterable[Entry], key: Key) -> None:
    """Append entries to the trail under a key, in this order; those that are in it already are passed over."""
    by_id = {entry.id: entry for entry in entries}
    lock_chain(connection)
    last = trail.chain_end(connection)
    existing = trail.existing_ids(connection, list(by_id))
    links: list[tuple[Link, Entry]] = []
    for entry in by_id.values():
        if entry.id not in existing:
            last = next_link(last, entry, key)
            links.append((last, entry))
    if links:
        trail.append(connection, links)


def seal_trail(connection: Connection, key: Key, at: datetime) -> bool:
    """Put a trail of the first release, which is under no key, under one: by an entry that says how many there were and
    what the last hash was. Whether there was something to seal."""
    lock_chain(connection)
    end = trail.chain_end(connection)
    if not end.sequence or end.key_id is not None:
        return False
    after = canonical({"entries": end.sequence, "hash": end.hash.hex()})
    entry = Entry(
        id=new_id(), actor_id=None, actor_email=None, actor_role=None, action=SEALED, entity_name=TRAIL,
        entity_id=end.hash.hex(), before=None, after=after, metadata=None, ip_address=None, user_agent=None,
        occurred_at=at,
    )  # fmt: skip
    trail.append(connection, [(next_link(end, entry, key), entry)])
    return True


def verify_trail(connection: Connection, keys: Keys, anchors: Anchors) -> Link:
    """Walk the whole trail and return its last link. Raises ChainBroken, which names the first entry that is wrong.

    The connection must see one moment of the trail throughout, or entries appended meanwhile would look like faults.
    The anchors are read before that moment.
    """
    last, end = START, trail.chain_end(connection)
    while links := trail.links_after(connection, last.sequence, limit=VERIFY_BATCH):
        for link, entry in links:
            check(last, link, entry, keys)
            anchors.compare(link)
            last = link
    check_end(last, end)
    anchors.finish(last)
    return last
