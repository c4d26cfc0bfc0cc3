"""Forwards events to subscribers from outside, so that nothing they own can hold up or repeat anything inside."""

import time
from collections.abc import Callable, Sequence

from kombu.entity import Queue
from kombu.message import Message

from shared.messaging import bus
from shared.messaging.events import Envelope
from shared.messaging.signatures import EventKeys, Forged
from shared.telemetry import EVENTS_FORGED, EVENTS_FORWARDED, log

_BATCH = 200
_IDLE_SECONDS, _GATHER_SECONDS = 1.0, 0.02


def stop_forwarding(url: str, patterns: Sequence[str]) -> None:
    """Let the feed get no more events by these patterns, which nobody follows any more. `url` is the operator's."""
    with bus.connect(url) as broker, broker.channel() as channel:
        for pattern in patterns:
            channel.queue_unbind(bus.FEED, bus.EVENTS.name, pattern)


class Forwarder:
    """Takes what waits in the feed, and publishes it in the virtual host of the subscribers.

    The feed is a queue of ours that forgets its oldest when it is full, and is bound to nothing but what some
    subscriber follows; so however slow, full or hostile a subscriber is, publishers do not notice. What a queue outside
    refuses is not sent again, because the others have it.
    """

    def __init__(self, keys: EventKeys, inside_url: str, outside_url: str) -> None:
        self._keys, self._inside_url, self._outside_url = keys, inside_url, outside_url
        # Counted from 0 on, for of a count that begins with 1 nobody sees that it rose.
        EVENTS_FORWARDED.labels("refused")

    def run(self, stop: Callable[[float], bool]) -> None:
        """Forward until `stop`; reconnects to whatever goes away."""
        bus.keep_trying(lambda: self._serve(stop), stop, self._failed)

    def _failed(self, error: Exception) -> None:
        log.warning("forwarding_interrupted", error=repr(error))

    def _serve(self, stop: Callable[[float], bool]) -> None:
        taken: list[Message] = []
        with bus.connect(self._inside_url) as inside, bus.connect(self._outside_url) as outside:
            publisher = bus.publisher(outside, bus.EVENTS)
            feed = inside.Consumer(Queue(bus.FEED), on_message=taken.append, prefetch_count=_BATCH, auto_declare=False)
            with feed:
                log.info("forwarding_started")
                while not stop(0):
                    gather_until = time.monotonic() + _IDLE_SECONDS
                    while len(taken) < _BATCH and bus.drain(inside, max(0.001, gather_until - time.monotonic())):
                        gather_until = time.monotonic() + _GATHER_SECONDS
                    if taken:
                        batch = taken[:]
                        taken.clear()
                        self._forward(batch, publisher)
                        bus.acknowledge(inside, batch)
                    bus.heartbeat(inside)
                    bus.heartbeat(outside)

    def _forward(self, batch: Sequence[Message], publisher: bus.Publisher) -> None:
        messages = [copy for message in batch if (copy := self._checked(message))]
        refused = publisher.publish(messages)
        for message in messages:
            EVENTS_FORWARDED.labels("refused" if message.id in refused else "forwarded").inc()
        if refused:
            log.warning("forwarding_refused", events=sorted(refused)[:10], count=len(refused))

    def _checked(self, message: Message) -> bus.Message | None:
        """An event as subscribers get it: without signatures, which are for those who have keys."""
        try:
            envelope = Envelope.from_json(message.body)
            self._keys.check(envelope, message.body, message.headers)
        except ValueError as error:
            if isinstance(error, Forged):
                EVENTS_FORGED.labels(self._keys.owner).inc()
            log.error("event_not_forwarded", event_id=message.properties.get("message_id"), error=str(error))
            return None
        if bus.is_withheld(envelope.type):
            return None
        body = message.body if isinstance(message.body, str) else bytes(message.body).decode()
        return bus.Message(str(envelope.id), envelope.type, body)
