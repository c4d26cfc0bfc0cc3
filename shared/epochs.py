"""Epochs: what a service published before its data went back to an older state counts no more.

A service begins a new epoch when its schema was restored, alone or with all others, and publishes its state anew. Every
event carries the epoch of its publisher. Whoever follows it passes over events of earlier epochs, however late they
come: they tell of a time that did not happen. Entries of the audit trail and revoked sessions count for ever.

The number of an epoch grows with the clock, so that it is not given again after the database went back to before it.
An aggregate that is published anew gets a version of the epoch (see `floor`), which is higher than any before, and one
that is made in an epoch begins there (see `first_version`): a follower takes what has a lower one for gone.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, DateTime, Integer, MetaData, Table, Text, func, select, text
from sqlalchemy.dialects.postgresql import insert

from shared.messaging.events import Envelope

metadata = MetaData()

# Of each publisher the lowest epoch whose events count here; the service's own row says in which it publishes itself.
epoch = Table(
    "epoch",
    metadata,
    Column("source", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

STEP = 10_000
"""How many versions an aggregate has in an epoch: columns of versions hold 2^31, which lasts until June 2050."""
_ORIGIN, _UNIT = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1)

_NUMBERS = select(epoch.c.source, epoch.c.number)


def floor(number: int) -> int:
    """The lowest version of aggregates that are published anew in an epoch: 10,000 for each hour since 2026 began."""
    return number * STEP


def first_version(connection: Connection, source: str) -> int:
    """The version of what this service makes now: the first of its epoch. No epoch begins before the transaction ends,
    because whoever begins one waits for all who have read the table."""
    return floor(number_of(connection, source)) + 1


def first_version_of(source: str) -> ColumnElement[int]:
    """The first version of what this service makes, as a value of a statement."""
    number = select(epoch.c.number).where(epoch.c.source == source).scalar_subquery()
    return func.coalesce(number, 0) * STEP + 1


def start_of(version: int) -> int:
    """The floor of the epoch that a version belongs to: that of an aggregate of which nothing was published in it."""
    return version - version % STEP


def next_number(after: int, at: datetime) -> int:
    """The number of an epoch that begins at an instant and follows another one: the hours since 2026 began, or one
    more than the one before."""
    return max(after + 1, (at - _ORIGIN) // _UNIT)


def numbers(connection: Connection) -> Mapping[str, int]:
    """Of each publisher the epoch whose events count here; those never heard of are in epoch 0 and left out."""
    return {row.source: row.number for row in connection.execute(_NUMBERS)}


def number_of(connection: Connection, source: str) -> int:
    """The epoch of one publisher as it stands here."""
    return numbers(connection).get(source, 0)


def lock(connection: Connection) -> None:
    """Wait for all who handle or publish events, and let nobody begin to until the end of the transaction."""
    connection.execute(text("LOCK TABLE epoch IN ACCESS EXCLUSIVE MODE"))


def enter(connection: Connection, sources: Collection[str], number: int) -> None:
    """From this transaction on, count only events of these publishers that are of this epoch or a later one."""
    if sources:
        row = insert(epoch).values([{"source": source, "number": number} for source in sorted(sources)])
        newer = {"number": row.excluded.number, "began_at": func.now()}
        connection.execute(
            row.on_conflict_do_update(index_elements=["source"], set_=newer, where=epoch.c.number < row.excluded.number)
        )


def counting(
    connection: Connection, envelopes: Sequence[Envelope], current: Mapping[str, int], of_any_epoch: Collection[str]
) -> list[Envelope]:
    """Those of the events that count: of the current epoch of their publisher (`numbers`, read in this transaction), or
    of a type that counts in any. One of a later epoch says that it has begun."""
    newest = dict(current)
    begun: dict[str, int] = {}
    for envelope in envelopes:
        if envelope.epoch > newest.get(envelope.source, 0):
            newest[envelope.source] = begun[envelope.source] = envelope.epoch
    for source in sorted(begun):
        enter(connection, [source], begun[source])
    return [
        envelope
        for envelope in envelopes
        if envelope.epoch >= newest.get(envelope.source, 0) or envelope.type in of_any_epoch
    ]


def create_tables(op: Any) -> None:
    """The table of epochs, and the column of the outbox, as of their first version; a migration of every service calls
    it. In a new database the column came with the table."""
    metadata.create_all(op.get_bind())
    op.execute("ALTER TABLE outbox ADD COLUMN IF NOT EXISTS epoch integer NOT NULL DEFAULT 0")
