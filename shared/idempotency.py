"""Answers kept under the idempotency keys of commands: a command that is sent again gets its first answer."""

from collections.abc import Iterable, Mapping
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
    tuple_,
)

from shared.postgres.recordset import json_rows, recordset_statement

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

# Waits for a rival with the same key that is still at work, and sees its answer then; many keys come in one order, so
# that two who bring the same ones do not wait for each other crosswise.
_CLAIM = recordset_statement(
    """
    INSERT INTO idempotency (user_id, operation, key, fingerprint)
    SELECT user_id, operation, key, fingerprint FROM {claims} ORDER BY user_id, operation, key
    ON CONFLICT DO NOTHING RETURNING user_id, operation, key
    """,
    claims="user_id uuid, operation text, key text, fingerprint text",
)
_STORE = recordset_statement(
    """
    UPDATE idempotency AS kept SET status = answers.status, body = answers.body, events = answers.events
      FROM {answers}
     WHERE (kept.user_id, kept.operation, kept.key) = (answers.user_id, answers.operation, answers.key)
    """,
    answers="user_id uuid, operation text, key text, status integer, body text, events text",
)
_RELEASE = recordset_statement(
    """
    DELETE FROM idempotency AS kept USING {claims}
     WHERE (kept.user_id, kept.operation, kept.key) = (claims.user_id, claims.operation, claims.key)
    """,
    claims="user_id uuid, operation text, key text",
)
_STORED = select(idempotency).where(
    idempotency.c.user_id == bindparam("user_id"),
    idempotency.c.operation == bindparam("operation"),
    idempotency.c.key == bindparam("key"),
)


@dataclass(frozen=True, slots=True)
class CommandKey:
    """A key as its user chose it for one operation: the same key of another user, or for another operation, is
    another."""

    user_id: UUID
    operation: str
    key: str

    @property
    def row(self) -> dict[str, Any]:
        """Its columns."""
        return {"user_id": self.user_id, "operation": self.operation, "key": self.key}


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a command was answered: the body as it was sent, and the `X-Events` header beside it."""

    status: int
    body: str
    events: str

    @property
    def row(self) -> dict[str, Any]:
        """Its columns."""
        return {"status": self.status, "body": self.body, "events": self.events}


def claim(connection: Connection, commands: Mapping[CommandKey, str]) -> set[CommandKey]:
    """Take the keys of commands whose bodies have these fingerprints; returns those that were not taken before."""
    if not commands:
        return set()
    rows = [command.row | {"fingerprint": fingerprint} for command, fingerprint in commands.items()]
    return {CommandKey(*row) for row in connection.execute(_CLAIM, {"claims": json_rows(rows)})}


def store(connection: Connection, answers: Mapping[CommandKey, StoredAnswer]) -> None:
    """Keep the answers of commands that claimed their keys in this transaction."""
    if answers:
        rows = [command.row | answer.row for command, answer in answers.items()]
        connection.execute(_STORE, {"answers": json_rows(rows)})


def release(connection: Connection, commands: Iterable[CommandKey]) -> None:
    """Give back keys that were claimed in this transaction for commands that were not carried out in it."""
    rows = [command.row for command in commands]
    if rows:
        connection.execute(_RELEASE, {"claims": json_rows(rows)})


def stored(connection: Connection, command: CommandKey) -> Row[Any]:
    """The answer kept under a key that was taken before: `fingerprint`, `status`, `body`, `events`."""
    return connection.execute(_STORED, command.row).one()


def forget(connection: Connection, *, before: datetime, batch: int = 5000) -> int:
    """Remove one batch of answers made before an instant; returns how many rows went."""
    old = select(idempotency.c.user_id, idempotency.c.operation, idempotency.c.key)
    old = old.where(idempotency.c.created_at < before).limit(batch)
    key = tuple_(idempotency.c.user_id, idempotency.c.operation, idempotency.c.key)
    return connection.execute(delete(idempotency).where(key.in_(old))).rowcount
