"""Dead letters that an admin wants tried again: asked for where people are answered, done by a worker, which alone can
tell who wrote an event."""

from typing import Any

from kombu.connection import Connection as Broker
from kombu.message import Message
from sqlalchemy import Connection

from shared.clock import now
from shared.db import Sessions
from shared.messaging import bus, deferred
from shared.messaging.events import Envelope
from shared.messaging.signatures import EventKeys, Forged
from shared.telemetry import log
from shared.work import call_out

DEAD_LETTERS = "dead letters"
"""By this name it is called out that they are to be tried again."""
# A fresh copy of a letter begins at none of these: RabbitMQ 4 drops what was delivered twenty times.
_COUNTERS = {"x-delivery-count", "x-acquired-count"}


class DeadBefore(Exception):
    """Why a dead letter had been given up; its `repr` is kept beside the event while it waits."""


def ask(connection: Connection) -> None:
    """Have a worker of this service try its dead letters again, once this transaction is committed. Where no worker is
    running nobody hears of it, and the letters stay where they are."""
    call_out(connection, DEAD_LETTERS)


def put_back(sessions: Sessions, service: str, broker: Broker, keys: EventKeys) -> int:
    """Put the dead letters of a service among its deferred events, due at once and with all tries before them, and
    return how many. What cannot be read, or is not signed by whom it names, stays among the dead letters.

    Interrupted between, an event is there twice: the inbox of its handler lets it be handled once. Raises Unconfirmed.
    """
    bury = bus.publisher(broker, bus.own_exchange(service))
    count = 0
    with broker.channel() as channel:
        queue = bus.dead_letter_queue(service)(channel)
        # As many as there are now: what is given up meanwhile has had its tries.
        for _ in range(bus.depth(broker, queue.name) or 0):
            message = queue.get(no_ack=False)
            if message is None:
                break
            envelope = _checked(message, keys)
            if envelope is None:
                _leave(message, service, bury)
            else:
                error = DeadBefore(str((message.headers or {}).get("x-error")))
                with sessions.begin() as session:
                    deferred.put_off(session.connection(), [(envelope, 1, error)], at=now())
                count += 1
            message.ack()
    log.info("dead_letters_put_back", service=service, letters=count)
    return count


def _checked(message: Message, keys: EventKeys) -> Envelope | None:
    """The event of a letter; None when it is none, or comes from nobody who may tell it."""
    body = _text(message)
    try:
        envelope = Envelope.from_json(body)
        keys.check(envelope, body, message.headers or {})
    except (ValueError, Forged):
        return None
    return envelope


def _leave(message: Message, service: str, bury: bus.Publisher) -> None:
    kept: dict[str, Any] = {name: value for name, value in (message.headers or {}).items() if name not in _COUNTERS}
    copy = bus.Message(str(message.properties.get("message_id") or ""), service, _text(message), kept)
    if bury.publish([copy]):
        raise bus.Unconfirmed("the broker refused a dead letter")


def _text(message: Message) -> str:
    body = message.body
    return body if isinstance(body, str) else bytes(body).decode(errors="replace")
