"""The spans of events: one for each that a relay publishes, and one for each that a consumer handles.

An event belongs to the trace of the request that caused it; one that a timer caused belongs to none.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from kombu.message import Message

from shared import tracing
from shared.messaging.events import Envelope
from shared.tracing import Kind, Span

# What a consumer finds of the relay; not signed, so nothing but the place of a span in its trace goes by it.
HEADER = "traceparent"

Spans = Sequence[Span | None]
"""Those of the events of a batch, in its order; empty while traces are off."""


def publishing(events: Iterable[tuple[str, str]]) -> Spans:
    """The spans of events that are about to be published, given as type and JSON."""
    if not tracing.is_on():
        return ()
    return [_of_caused(f"publish {event_type}", Kind.PRODUCER, _caller_in(body)) for event_type, body in events]


def header(spans: Spans, index: int) -> dict[str, str]:
    """What a message carries of the span of its event."""
    span = spans[index] if spans else None
    return {HEADER: span.traceparent} if span else {}


def end(service: str, spans: Spans) -> None:
    """The broker has confirmed the events of these spans."""
    for span in spans:
        if span:
            span.end({"messaging.system": "rabbitmq", "messaging.operation.type": "send", "mp.service": service})


def handled(
    service: str, began: int, batch: Sequence[tuple[Message | None, Envelope]], failed: Container[UUID]
) -> None:
    """The events of a batch were handled together since `began` (nanoseconds since 1970), but for those that failed;
    the messages are those they came in, where they did not wait in the database."""
    if not tracing.is_on():
        return
    for message, envelope in batch:
        caller = _caller_of(message, envelope)
        span = _of_caused(f"handle {envelope.type}", Kind.CONSUMER, caller, began)
        if span:
            about: dict[str, str | int] = {"messaging.system": "rabbitmq", "messaging.operation.type": "process"}
            about |= {"messaging.message.id": str(envelope.id), "messaging.batch.message_count": len(batch)}
            span.end(about | {"mp.service": service}, is_failed=envelope.id in failed)


def ids_of(envelope: Envelope) -> dict[str, Any]:
    """What a log says of an event, so that it is found with the lines of the request that caused it."""
    trace_id = tracing.trace_id_of(envelope.traceparent)
    return {"event_id": envelope.id, "request_id": envelope.request_id, "trace_id": trace_id}


def _of_caused(name: str, kind: Kind, caller: str | None, began: int | None = None) -> Span | None:
    return tracing.begin(name, kind, caller, began=began) if caller else None


def _caller_in(body: str) -> str | None:
    event: dict[str, Any] = orjson.loads(body)
    caller = event.get("traceparent")
    return caller if isinstance(caller, str) else None


def _caller_of(message: Message | None, envelope: Envelope) -> str | None:
    """The relay, if it says so and is of the same trace; else the request."""
    relay = message.headers.get(HEADER) if message else None
    if isinstance(relay, str) and tracing.trace_id_of(relay) == tracing.trace_id_of(envelope.traceparent):
        return relay
    return envelope.traceparent
