"""What operators do to the bus: look at dead letters, send them again, and replay history to one queue."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from kombu.connection import Connection
from kombu.entity import Exchange
from kombu.message import Message
from sqlalchemy import create_engine, pool

from shared.clock import now
from shared.messaging import bus, outbox
from shared.messaging.events import Envelope
from shared.messaging.signatures import signature_of
from shared.settings import BaseSettings

# Every queue is bound to the default exchange under its own name.
_ONE_QUEUE = Exchange("")
_BATCH = 200


class Refused(Exception):
    """The command cannot be carried out; the message says why."""


def dead_letters(service: str, settings: BaseSettings, action: str, event_id: str | None) -> None:
    """Print the dead letters of a service, one JSON object a line, or send them to its queue again.

    A letter leaves the dead-letter queue only when the broker has confirmed its copy.
    """
    with bus.connect(settings.broker_url_of_operators) as broker:
        publisher = bus.publisher(broker, _ONE_QUEUE)
        for message in _peek(broker, service):
            if event_id is not None and message.properties.get("message_id") != event_id:
                continue
            print(json.dumps(_described(message)))
            if action == "resend":
                letter_id, signature = str(message.properties.get("message_id")), signature_of(message.headers)
                copy = bus.Message(letter_id, f"mp.{service}", _text(message), signature)
                if publisher.publish([copy]):
                    raise Refused("The broker refused a message; the rest was left where it is.")
                message.ack()


def _peek(broker: Connection, service: str) -> Iterator[Message]:
    """Take each dead letter once; what is not acknowledged goes back when the channel closes."""
    with broker.channel() as channel:
        queue = bus.dead_letter_queue(service)(channel)
        queue.declare()
        while (message := queue.get(no_ack=False)) is not None:
            yield message


def _described(message: Message) -> dict[str, object]:
    headers = message.headers or {}
    described: dict[str, object] = {
        "id": message.properties.get("message_id"),
        "error": headers.get("x-error") or headers.get("x-first-death-reason"),
        "tries": headers.get("x-tries"),
    }
    try:
        envelope = Envelope.from_json(_text(message))
    except ValueError as error:
        return described | {"unreadable": str(error)}
    return described | {
        "type": envelope.type,
        "aggregate_id": str(envelope.aggregate_id),
        "occurred_at": envelope.occurred_at.isoformat(),
    }


def _text(message: Message) -> str:
    body = message.body
    return body if isinstance(body, str) else bytes(body).decode(errors="replace")


def replay(service: str, settings: BaseSettings, *, to: str, since: str, until: str | None, types: list[str]) -> None:
    """Send the events this service published in a span of time to one queue again, oldest first.

    What the consumer has handled lately it passes over by its inbox, which remembers events for `inbox.KEEP_DAYS`; what
    is older changes nothing because each handler compares versions.
    """
    keys = settings.keys_of(service)
    engine = create_engine(settings.database_url, poolclass=pool.NullPool)
    end = _instant(until) if until else now()
    sent = 0
    with engine.connect() as database, bus.connect(settings.broker_url_of_operators) as broker:
        if not bus.has_queue(broker, to):
            raise Refused(f"There is no queue {to}.")
        publisher = bus.publisher(broker, _ONE_QUEUE)
        rows = outbox.history(database, since=_instant(since), until=end, types=types)
        while batch := list(islice(rows, _BATCH)):
            if publisher.publish([bus.Message(str(row.id), to, row.body, keys.sign(row.body)) for row in batch]):
                raise Refused(f"The broker refused a message after {sent} events.")
            sent += len(batch)
    print(f"{sent} events sent to {to}")


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{text!r} is not an instant, as 2026-03-11T09:00:00Z") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
