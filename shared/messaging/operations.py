"""What operators do to the bus: replay history to one queue, and leave a trace of what they did."""

import getpass
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from amqp.exceptions import NotAllowed
from kombu.connection import Connection
from kombu.entity import Exchange
from sqlalchemy import create_engine, pool

from shared.clock import now
from shared.db import UnitOfWork, make_sessions, run_transaction
from shared.ids import new_id
from shared.messaging import bus, outbox
from shared.messaging.events import with_epoch
from shared.settings import BaseSettings

# Every queue is bound to the default exchange under its own name.
_ONE_QUEUE = Exchange("")
_BATCH = 200


class Refused(Exception):
    """The command cannot be carried out; the message says why."""


def audit_command(
    service: str,
    settings: BaseSettings,
    action: str,
    *,
    by: str,
    entity: tuple[str, UUID | None] = ("Command", None),
    before: dict[str, Any] | None = None,
    metadata: dict[str, Any],
) -> None:
    """Leave an entry in the audit trail of what an operator did with a service, by way of its outbox. `by` names who
    did; `entity` is a kind of thing and its id, a new one where it has none."""
    engine = create_engine(settings.database_url, poolclass=pool.NullPool, hide_parameters=True)
    name, entity_id = entity

    def work(uow: UnitOfWork) -> None:
        uow.audit(
            action=action,
            entity_name=name,
            entity_id=entity_id or new_id(),
            before=before,
            metadata={"operator": by, **metadata},
        )

    run_transaction(make_sessions(engine), service, work)


@dataclass(frozen=True, slots=True)
class Span:
    """Which events are meant: published from `since` on, to before `until`, and of `types` only where there are any."""

    since: datetime
    until: datetime
    types: tuple[str, ...] = ()


def replay(service: str, settings: BaseSettings, span: Span, *, to: str, all_types: bool = False, by: str) -> None:
    """Send events this service published to one queue again, oldest first; of `all_types`, or those it is bound to.

    What the consumer has handled lately it passes over by its inbox, which remembers events for `inbox.KEEP_DAYS`; what
    is older changes nothing because each handler compares versions. Raises Refused.
    """
    keys = settings.keys_of(service)
    engine = create_engine(settings.database_url, poolclass=pool.NullPool, hide_parameters=True)
    published = 0
    with engine.connect() as database, _connect_to(settings.broker_url_of_operators, to) as broker:
        way = _way(broker, to, all_types=all_types, is_limited=bool(span.types))
        publisher = bus.publisher(broker, way)
        rows = outbox.history(database, since=span.since, until=span.until, types=span.types)
        while batch := list(islice(rows, _BATCH)):
            messages = [
                bus.Message(str(row.id), row.type if way.name else to, body, keys.sign(body))
                for row in batch
                if to.startswith("mp.") or not bus.is_withheld(row.type)
                for body in [with_epoch(row.body, row.epoch)]
            ]
            if publisher.publish(messages):
                raise Refused(f"The broker refused a message after {published} events.")
            published += len(messages)
    sent = published - publisher.unrouted
    print(f"{sent} events sent to {to}; {publisher.unrouted} passed over, of types it is not bound to")
    what = {"to": to, "since": span.since.isoformat(), "until": span.until.isoformat(), "types": list(span.types)}
    audit_command(service, settings, "EVENTS_REPLAYED", by=by, metadata=what | {"events": sent})


def _connect_to(url: str, queue: str) -> Connection:
    """A connection to where a queue is: that of a subscriber is outside, all others are inside."""
    inside = bus.connect(url)
    if queue.startswith("mp.") or bus.has_queue(inside, queue):
        return inside
    inside.close()
    try:
        return bus.connect(bus.outside(url))
    except NotAllowed:
        raise Refused(f"There is no queue {queue}.") from None


def _way(broker: Connection, to: str, *, all_types: bool, is_limited: bool) -> Exchange:
    """The exchange through which events reach one queue alone: its own, which has its bindings, or else the nameless
    one, which asks for none."""
    if not bus.has_queue(broker, to):
        raise Refused(f"There is no queue {to}.")
    if all_types:
        return _ONE_QUEUE
    if bus.has_exchange(broker, to):
        return Exchange(to, "topic")
    if is_limited:
        return _ONE_QUEUE
    raise Refused(f"What {to} is bound to cannot be known here: name types with --type, or say --all-types.")


def span(since: str, until: str | None, types: Sequence[str] = ()) -> Span:
    """A span as the command line gives it; without an end it lasts until now. Raises Refused."""
    return Span(_instant(since), _instant(until) if until else now(), tuple(types))


def operator_name() -> str:
    """Who runs this process, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{text!r} is not an instant, as 2026-03-11T09:00:00Z") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
