"""Stored bytes that no row refers to. They are noted before they are stored and claimed by the transaction that writes
their row; so whatever a crash leaves behind is on this list, and never a row without bytes. Bytes whose row has gone
return to the list. A timer removes what has been on it for an hour."""

from functools import partial
from typing import Any, Protocol

from sqlalchemy import Column, Connection, DateTime, MetaData, Table, Text, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from shared.db import Sessions
from shared.storage.errors import StorageUnavailable, UploadForgotten
from shared.telemetry import log
from shared.worker import Timer

SWEEP_SECONDS = 300
_BATCH = 200
_IS_OLD = text("noted_at < now() - interval '1 hour'")

metadata = MetaData()

unclaimed_file = Table(
    "unclaimed_file",
    metadata,
    Column("key", Text, primary_key=True),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
)


class Remover(Protocol):
    """What has the bytes: a storage, or several of them."""

    def delete(self, key: str) -> None:
        """Forget the bytes under a key, if there are any. Raises StorageUnavailable."""


def create_table(op: Any) -> None:
    """The table as of its first version; the migration that lets a service keep files calls it."""
    metadata.create_all(op.get_bind())


def note(connection: Connection, key: str) -> None:
    """Put a key on the list."""
    connection.execute(insert(unclaimed_file).values(key=key).on_conflict_do_nothing())


def claim(connection: Connection, key: str) -> None:
    """Take a key from the list, because a row written in this transaction refers to it. Raises UploadForgotten."""
    if not connection.execute(delete(unclaimed_file).where(unclaimed_file.c.key == key)).rowcount:
        raise UploadForgotten("The upload took too long. Please send the file again.")


def sweep(sessions: Sessions, storage: Remover) -> int:
    """Remove the bytes that have been on the list for an hour; returns how many it tried. Several workers may do so at
    once."""
    swept = 0
    while swept < _BATCH and _sweep_one(sessions, storage):
        swept += 1
    return swept


def _sweep_one(sessions: Sessions, storage: Remover) -> bool:
    with sessions.begin() as session:
        oldest = select(unclaimed_file.c.key).where(_IS_OLD).order_by(unclaimed_file.c.noted_at).limit(1)
        # Who is claiming it holds a lock on it, and it is no longer unclaimed.
        key = session.scalar(oldest.with_for_update(skip_locked=True))
        if key is None:
            return False
        try:
            storage.delete(key)
        except StorageUnavailable as error:
            # It goes to the end of the list, so that one that cannot be removed keeps no other.
            log.warning("unclaimed_file_kept", error=str(error))
            session.execute(update(unclaimed_file).where(unclaimed_file.c.key == key).values(noted_at=func.now()))
        else:
            session.execute(delete(unclaimed_file).where(unclaimed_file.c.key == key))
    return True


def sweeping(storage: Remover) -> Timer:
    """The timer for a worker."""
    return Timer(SWEEP_SECONDS, partial(sweep, storage=storage), apart=True)
