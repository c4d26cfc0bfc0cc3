"""Answers kept under the idempotency keys of commands, so that one that is sent again is answered as the first time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
    tuple_,
    update,
)

metadata = MetaData()

idempotency = Table(
    "idempotency",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    Column("events", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
)

_OWN = (
    (idempotency.c.user_id == bindparam("p_user_id"))
    & (idempotency.c.operation == bindparam("p_operation"))
    & (idempotency.c.key == bindparam("p_key"))
)
# Waits for a rival with the same key that is still at work, and sees its answer then. Written out, because SQLAlchemy
# compiles an insert with a conflict clause anew each time.
_CLAIM = text(
    """
    INSERT INTO idempotency (user_id, operation, key, fingerprint)
    VALUES (:p_user_id, :p_operation, :p_key, :fingerprint)
    ON CONFLICT DO NOTHING RETURNING key
    """
)
_STORED = select(idempotency).where(_OWN)
_STORE = update(idempotency).where(_OWN)


@dataclass(frozen=True, slots=True)
class CommandKey:
    """A key as its user chose it for one operation: the same key of another user, or for another operation, is
    another."""

    user_id: UUID
    operation: str
    key: str

    @property
    def values(self) -> dict[str, Any]:
        return {"p_user_id": self.user_id, "p_operation": self.operation, "p_key": self.key}


def claim(connection: Connection, command: CommandKey, fingerprint: str) -> bool:
    """Take the key for the command whose body has this fingerprint; False when it was taken before."""
    return connection.execute(_CLAIM, command.values | {"fingerprint": fingerprint}).first() is not None


def store(connection: Connection, command: CommandKey, *, status: int, body: str, events: str) -> None:
    """Keep the answer of a command that claimed its key in this transaction."""
    connection.execute(_STORE, command.values | {"status": status, "body": body, "events": events})


def stored(connection: Connection, command: CommandKey) -> Row[Any]:
    """The answer kept under a key that was taken before: `fingerprint`, `status`, `body`, `events`."""
    return connection.execute(_STORED, command.values).one()


def forget(connection: Connection, *, before: datetime, batch: int = 5000) -> int:
    """Remove one batch of answers made before an instant; returns how many rows went."""
    old = select(idempotency.c.user_id, idempotency.c.operation, idempotency.c.key)
    old = old.where(idempotency.c.created_at < before).limit(batch)
    key = tuple_(idempotency.c.user_id, idempotency.c.operation, idempotency.c.key)
    return connection.execute(delete(idempotency).where(key.in_(old))).rowcount
