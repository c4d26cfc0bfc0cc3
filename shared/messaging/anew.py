"""How many aggregates that an owner published anew this service has handled, so that it knows when it has them all.

Workers of one service take events from one queue: one may have the end of what was published anew while another one
still holds what comes before it. Each transaction writes down what it handled; who has the end adds it up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, Text, delete, func, insert, select

from shared import epochs
from shared.messaging.events import Envelope

metadata = MetaData()

# One row for each transaction and type, so that no worker waits for another one.
handled_anew = Table(
    "handled_anew",
    metadata,
    Column("event_type", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("events", Integer, nullable=False),
)
Index("handled_anew_type_idx", handled_anew.c.event_type, handled_anew.c.epoch)


def is_anew(event_type: str) -> bool:
    """Whether events of this type publish an aggregate anew."""
    return event_type.endswith(".restated.v1") and not event_type.endswith(".state.restated.v1")


def count(envelopes: Iterable[Envelope]) -> Counter[tuple[str, int]]:
    """How many of the events publish an aggregate anew, by type and epoch. One of an epoch before that was sent again
    is not of the epoch it came in."""
    return Counter(
        (envelope.type, envelope.epoch)
        for envelope in envelopes
        if is_anew(envelope.type) and envelope.version >= epochs.floor(envelope.epoch)
    )


def note(connection: Connection, counted: Mapping[tuple[str, int], int]) -> None:
    """Write down how many events, by type and epoch, were handled in this transaction."""
    rows = [{"event_type": name, "epoch": epoch, "events": number} for (name, epoch), number in counted.items()]
    connection.execute(insert(handled_anew), rows)


def missing(connection: Connection, published: Mapping[str, int], epoch: int) -> dict[str, int]:
    """How many of the events that were published in an epoch, {type: number}, were not handled here yet."""
    rows = connection.execute(
        select(handled_anew.c.event_type, func.sum(handled_anew.c.events))
        .where(handled_anew.c.epoch == epoch, handled_anew.c.event_type.in_(published))
        .group_by(handled_anew.c.event_type)
    )
    handled = {name: int(number) for name, number in rows}
    return {name: number - handled.get(name, 0) for name, number in published.items() if number > handled.get(name, 0)}


def forget(connection: Connection, event_types: Iterable[str], *, before: int) -> None:
    """Remove what was handled in epochs before this one."""
    old = delete(handled_anew).where(handled_anew.c.event_type.in_(list(event_types)), handled_anew.c.epoch < before)
    connection.execute(old)
