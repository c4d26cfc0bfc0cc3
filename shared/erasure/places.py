"""The places of the past that every service has: what it published, and events that it could not handle yet."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, func, select, update

from shared.erasure.redaction import ERASURE, Person, is_named, redacted
from shared.messaging.deferred import deferred_event
from shared.messaging.outbox import outbox

# A fraction of a second, whatever is in them.
_ROWS = 20_000


def sweep_outbox(connection: Connection, person: Person, position: Sequence[int]) -> Sequence[int] | None:
    """Take a person out of the next events in the outbox. Versions and ids stay: who gets them again passes them over,
    because the erasure is newer."""
    start = position[0] if position else 0
    end = connection.execute(select(func.max(outbox.c.seq))).scalar_one() or 0
    first = connection.execute(select(func.min(outbox.c.seq)).where(outbox.c.seq > start)).scalar_one()
    if first is None:
        return None
    until = min(first + _ROWS, end)
    part = outbox.c.seq.between(first, until) & outbox.c.body.like(func.any(person.patterns))
    for row in connection.execute(select(outbox.c.seq, outbox.c.body).where(part)).all():
        if body := redacted_event(row.body, person):
            connection.execute(update(outbox).where(outbox.c.seq == row.seq).values(body=body))
    return None if until == end else [until]


def sweep_deferred(connection: Connection, person: Person, _position: Sequence[int]) -> None:
    """Take a person out of the events that are tried again."""
    rows = connection.execute(
        select(deferred_event.c.event_id, deferred_event.c.body).where(
            deferred_event.c.body.like(func.any(person.patterns))
        )
    ).all()
    for row in rows:
        if body := redacted_event(row.body, person):
            theirs = deferred_event.c.event_id == row.event_id
            connection.execute(update(deferred_event).where(theirs).values(body=body))


def redacted_event(body: str, person: Person) -> str | None:
    """The event without the person; None where there is nothing to take out."""
    event: dict[str, Any] = orjson.loads(body)
    if event["data"].get("action") == ERASURE:
        return None
    left = redacted(event["data"], person, is_about=is_named(body, person.ids))
    return None if left == event["data"] else orjson.dumps(event | {"data": left}).decode()
