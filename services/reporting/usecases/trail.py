"""Keeping the audit trail, and proving that it is what was written."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.reporting.domain.anchor import Anchors
from services.reporting.domain.chain import (
    START,
    Batch,
    ChainBroken,
    Entry,
    Key,
    Keys,
    Link,
    canonical,
    chain_of,
    check,
    check_batch,
    check_end,
    check_link,
    link_behind,
)
from services.reporting.queries import chain
from services.reporting.queries.lock import lock_chain, try_lock_chain
from services.reporting.queries.redactions import count_redactions, redactions_of
from shared.ids import new_id

VERIFY_BATCH = 2000
LINK_BATCHES = 500
Progress = Callable[[int], None]
_BEFORE_BATCHES = 0
SEALED, TRAIL = "AUDIT_TRAIL_SEALED", "AuditTrail"


@dataclass(frozen=True, slots=True)
class Verified:
    """Where a trail ends that holds, how many more entries were taken in that no link covers yet, and of how many
    entries text was taken out."""

    end: Link
    unlinked: int = 0
    redacted: int = 0


def record_entries(connection: Connection, entries: Iterable[Entry], key: Key) -> None:
    """Take in entries as a batch under a key, in this order; those that are in the trail already are passed over.

    They wait for `link_batches`, and nobody waits for them.
    """
    by_id = {entry.id: entry for entry in entries}
    existing = chain.existing_ids(connection, list(by_id))
    if new := [entry for entry in by_id.values() if entry.id not in existing]:
        chain.take_in(connection, chain_of(new, key))


def link_batches(connection: Connection, key: Key) -> int:
    """Put batches that wait behind the end of the chain, those first that came first; returns how many, at most
    `LINK_BATCHES`. None while another worker is at it."""
    return _link(connection, key) if try_lock_chain(connection) else 0


def seal_trail(connection: Connection, key: Key, at: datetime) -> bool:
    """Put a trail of the first release, which is under no key, under one: by an entry that says how many there were and
    what the last hash was. Whether there was something to seal."""
    lock_chain(connection)
    end = chain.chain_end(connection)
    if not end.sequence or end.key_id is not None:
        return False
    after = canonical({"entries": end.sequence, "hash": end.hash.hex()})
    entry = Entry(
        id=new_id(), actor_id=None, actor_email=None, actor_role=None, action=SEALED, entity_name=TRAIL,
        entity_id=end.hash.hex(), before=None, after=after, metadata=None, ip_address=None, user_agent=None,
        occurred_at=at,
    )  # fmt: skip
    chain.take_in(connection, chain_of([entry], key))
    _link(connection, key)
    return True


def _link(connection: Connection, key: Key) -> int:
    """Under the lock of the chain."""
    last, links = chain.chain_end(connection), []
    for batch in chain.batches_without_link(connection, limit=LINK_BATCHES):
        last = link_behind(last, batch, key)
        links.append((last, batch))
    if links:
        chain.append_links(connection, links)
    return len(links)


def verify_trail(connection: Connection, keys: Keys, anchors: Anchors, progress: Progress = lambda _: None) -> Verified:
    """Walk the whole trail, and the batches that wait for their links. Raises ChainBroken, which names the first entry
    that is wrong.

    The connection must see one moment of the trail throughout, or entries taken in meanwhile would look like faults.
    The anchors are read before that moment. `progress` is called with how far it is, in per cent.
    """
    end = chain.chain_end(connection)
    last = START
    for last in _walk(connection, keys, anchors):
        progress(last.sequence * 100 // max(end.sequence, 1))
    check_end(last, end)
    anchors.finish(last)
    unlinked = _check_unlinked(connection, last, keys)
    return Verified(last, unlinked, _check_redactions(connection))


def _walk(connection: Connection, keys: Keys, anchors: Anchors) -> Iterator[Link]:
    """Hold all that is linked against each other; gives where it is, now and then and at the end."""
    last, redactions = START, redactions_of(connection, [_BEFORE_BATCHES])
    while entries := chain.entries_before_batches(connection, last.sequence, limit=VERIFY_BATCH):
        for link, entry in entries:
            check(last, link, entry, keys, redaction=redactions.get((_BEFORE_BATCHES, link.sequence)))
            anchors.compare(link)
            last = link
        yield last
    while links := chain.links_after(connection, last.sequence, limit=VERIFY_BATCH):
        for part in _parts(links):
            numbers = [batch.number for _, batch in part]
            entries_of, redactions = (
                chain.entries_of(connection, numbers),
                redactions_of(connection, numbers),
            )
            for link, batch in part:
                written = entries_of.get(batch.number, ())
                check_batch(batch, written, keys, behind=last.sequence, redactions=redactions)
                check_link(last, link, batch, keys)
                anchors.compare(link)
                last = link
            yield last


def _parts(links: Sequence[tuple[Link, Batch]]) -> Iterator[list[tuple[Link, Batch]]]:
    """Links of about `VERIFY_BATCH` entries together, to be looked at as a whole."""
    part, entries = [], 0
    for link, batch in links:
        part.append((link, batch))
        entries += batch.entries
        if entries >= VERIFY_BATCH:
            yield part
            part, entries = [], 0
    if part:
        yield part


def _check_unlinked(connection: Connection, last: Link, keys: Keys) -> int:
    batches = {batch.number: batch for batch in chain.batches_without_link(connection)}
    if lost := [number for number in chain.unlinked(connection) if number not in batches]:
        raise ChainBroken(f"The entries of batch {lost[0]} are in no link, and do not wait for one.")
    entries, redactions = chain.entries_of(connection, batches), redactions_of(connection, batches)
    for batch in batches.values():
        check_batch(batch, entries.get(batch.number, ()), keys, behind=last.sequence, redactions=redactions)
    return sum(batch.entries for batch in batches.values())


def _check_redactions(connection: Connection) -> int:
    """Of how many entries text was taken out. Raises ChainBroken where no entry says that the member was erased."""
    count, unexplained = count_redactions(connection)
    if unexplained:
        raise ChainBroken(
            f"Of {unexplained} entries text was taken out for members of whom no entry says that they were erased."
        )
    return count
