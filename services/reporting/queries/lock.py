"""Who waits for whom.

Changes of one loan, or of one member, wait for each other, and so do requests of one person for what they may have only
so much of. Who moves the end of the audit trail waits for nobody but another who does. A transaction takes its locks in
one order, members before loans, and those of a kind by their numbers, so that no two of them wait for each other.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, select, text

from services.reporting.models.trail import audit_chain

# Not locks of rows: a loan whose first events two workers have at once has no row yet.
_LOCK = text(
    """
    SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.' || CAST(:kind AS text)), number)
      FROM unnest(CAST(CAST(:numbers AS text) AS integer[])) AS number
    """
)


def lock_loans(connection: Connection, ids: Collection[UUID]) -> None:
    """Wait until nobody else changes these loans, and let others wait until this transaction has ended."""
    _lock(connection, "loans", ids)


def lock_members(connection: Connection, ids: Collection[UUID]) -> None:
    """Wait until nobody else changes these members, and let others wait until this transaction has ended."""
    _lock(connection, "members", ids)


def lock_person(connection: Connection, person_id: UUID) -> None:
    """Wait until no other request of this person counts what they have, and let others wait until this transaction has
    ended."""
    _lock(connection, "people", [person_id])


def lock_chain(connection: Connection) -> None:
    """Wait until nobody else moves the end of the trail, and let others wait until this transaction has ended."""
    connection.execute(select(audit_chain.c.id).with_for_update())


def try_lock_chain(connection: Connection) -> bool:
    """As `lock_chain`, but False at once when somebody else has the lock."""
    return connection.execute(select(audit_chain.c.id).with_for_update(skip_locked=True)).first() is not None


def _lock(connection: Connection, kind: str, ids: Collection[UUID]) -> None:
    """Two of a kind may share a number, and then wait for each other without need."""
    numbers = {int.from_bytes(thing_id.bytes[-4:], signed=True) for thing_id in ids}
    if numbers:
        connection.execute(_LOCK, {"kind": kind, "numbers": f"{{{','.join(map(str, sorted(numbers)))}}}"})
