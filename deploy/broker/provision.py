"""`python -m deploy.broker.provision`: signs the events that wait on a broker since a release that did not sign them.

To be run after the broker has its new users and before the services start, with OPERATOR_BROKER_URL and EVENT_SECRET;
either may be given as ..._FILE. Done once; from then on what is not signed is refused.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amqp.exceptions import AMQPError
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError
from kombu.message import Message
from kombu.messaging import Consumer

from deploy.broker.keys import EVERYBODY
from deploy.database.provision import SERVICES
from shared import tls
from shared.messaging import bus
from shared.messaging.events import Envelope
from shared.messaging.signatures import EventKeys, derive_keys
from shared.settings import BadSettings, read_settings

# The record is lost together with what it is about.
_DONE = Exchange("mp.signed", "topic", durable=True)
_ONE_QUEUE = Exchange("")
_BATCH = 200


def sign_waiting(url: str, secret: str) -> int:
    """Sign what waits in the queues of the services and in their dead letters; returns how many events that were.

    `url` is the operator's, `secret` what the keys are made from. A message leaves its queue only when the broker has
    confirmed its copy. What is no event of a service stays unsigned.
    """
    keys = {name: derive_keys(secret, name, EVERYBODY) for name in SERVICES}
    with bus.connect(url) as broker:
        if bus.has_exchange(broker, _DONE.name):
            return 0
        queues = [name for service in SERVICES for name in (f"mp.{service}", f"mp.{service}.dead")]
        signed = sum(_sign_queue(broker, name, keys) for name in queues if bus.has_queue(broker, name))
        bus.ensure_exchange(broker, _DONE)
    return signed


def _sign_queue(broker: Connection, name: str, keys: Mapping[str, EventKeys]) -> int:
    publisher, signed = bus.publisher(broker, _ONE_QUEUE), 0
    taken: list[Message] = []
    # A channel of its own, for an acknowledgement is of all that its channel was handed before; what is held when it
    # closes goes back to the queue.
    with broker.channel() as channel:
        left = channel.queue_declare(name, passive=True).message_count
        with Consumer(channel, Queue(name), on_message=taken.append, prefetch_count=_BATCH, auto_declare=False):
            while left:
                _wait_for(broker, name, taken, min(left, _BATCH))
                # Those behind are copies that were signed here.
                batch = taken[: min(left, _BATCH)]
                signatures = [_signature(message, keys) for message in batch]
                copies = [_copy(name, *pair) for pair in zip(batch, signatures, strict=True)]
                if publisher.publish(copies):
                    raise bus.Unconfirmed(f"the broker refused an event for {name}")
                bus.acknowledge(broker, batch)
                del taken[: len(batch)]
                left -= len(batch)
                signed += sum(map(bool, signatures))
    return signed


def _wait_for(broker: Connection, name: str, taken: Sequence[Message], count: int) -> None:
    while len(taken) < count:
        if not bus.drain(broker, bus.CONFIRM_SECONDS):
            raise bus.Unconfirmed(f"the broker does not hand over what waits in {name}")


def _signature(message: Message, keys: Mapping[str, EventKeys]) -> dict[str, str]:
    """The header with the signature of its source; nothing for what is no event of a service."""
    try:
        envelope = Envelope.from_json(message.body)
    except ValueError:
        return {}
    return keys[envelope.source].sign(_text(message)) if envelope.source in keys else {}


def _copy(queue: str, message: Message, signature: dict[str, str]) -> bus.Message:
    message_id = str(message.properties.get("message_id", ""))
    return bus.Message(message_id, queue, _text(message), message.headers | signature)


def _text(message: Message) -> str:
    return message.body if isinstance(message.body, str) else bytes(message.body).decode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `main` reads from the environment."""

    operator_broker_url: str = field(repr=False)
    event_secret: str = field(repr=False)
    tls_ca: str = ""


def main() -> None:
    try:
        settings = read_settings(Settings, os.environ, prefix="PROVISION")
        tls.trust(settings.tls_ca)
        signed = sign_waiting(settings.operator_broker_url, settings.event_secret)
    except (BadSettings, OSError, bus.Unconfirmed, AMQPError, OperationalError) as error:
        sys.exit(f"The broker could not be provisioned: {error}")
    print(f"{signed} events that waited unsigned are signed.")


if __name__ == "__main__":
    main()
