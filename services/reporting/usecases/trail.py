"""Keeping the audit trail, and proving that it is what was written."""

from collections.abc import Iterable

from sqlalchemy import Connection

from services.reporting.domain.chain import START, ChainBroken, Entry, Link, check, next_link
from services.reporting.queries import trail
from services.reporting.queries.turns import take_turn

VERIFY_BATCH = 2000


def record_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """Append entries to the trail, in this order; those that are in it already are passed over."""
    told = {entry.id: entry for entry in entries}
    take_turn(connection)
    last = trail.chain_end(connection)
    known = trail.known(connection, list(told))
    links: list[tuple[Link, Entry]] = []
    for entry in told.values():
        if entry.id not in known:
            last = next_link(last, entry)
            links.append((last, entry))
    if links:
        trail.append(connection, links)


def verify_trail(connection: Connection) -> Link:
    """Walk the whole trail and return its last link. Raises ChainBroken, which names the first entry that is wrong.

    The connection must see one moment of the trail throughout, or entries appended meanwhile would look like faults.
    """
    last, end = START, trail.chain_end(connection)
    while links := trail.links_after(connection, last.sequence, limit=VERIFY_BATCH):
        for link, entry in links:
            check(last, link, entry)
            last = link
    if last != end:
        raise ChainBroken(f"The trail ends with entry {last.sequence}, but should end with {end.sequence}.")
    return last
