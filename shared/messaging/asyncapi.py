"""The AsyncAPI document of a service: what it publishes, from its contracts, what it follows, and how both travel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import fields

from shared.messaging import bus
from shared.messaging.batches import HEADER as THEN
from shared.messaging.contracts import read_contracts
from shared.messaging.events import Envelope
from shared.messaging.handlers import Handlers
from shared.messaging.signatures import HEADER

Schema = dict[str, Any]

_BINDING_VERSION = "0.3.0"
_MOMENT = "2026-03-11T09:30:00.123456+00:00"
_AGGREGATE = "0199b3a1-5c00-7000-8000-0000000000aa"
_UUID: Schema = {"type": "string", "format": "uuid"}
_NOBODY: Schema = {"type": ["string", "null"], "format": "uuid"}
_TEXT_OR_NONE: Schema = {"type": ["string", "null"]}
# Shape, meaning and an example of each field of an envelope but its data.
_ENVELOPE: dict[str, tuple[Schema, str, Any]] = {
    "id": (_UUID, "Of the event, the same however often it comes.", "0199b3a1-5c00-7000-8000-000000000001"),
    "type": ({"type": "string"}, "service.aggregate.past_tense.vN; also the routing key.", None),
    "source": ({"type": "string"}, "The service that published it.", None),
    "aggregate_id": (_UUID, "What it happened to.", _AGGREGATE),
    "version": ({"type": "integer", "minimum": 1}, "Counts the events of its aggregate from 1.", 3),
    "occurred_at": ({"type": "string", "format": "date-time"}, "When it was written, in UTC.", _MOMENT),
    "actor_id": (_NOBODY, "Who caused it.", "0199b3a1-5c00-7000-8000-0000000000a1"),
    "impersonator_id": (_NOBODY, "The admin who acted in their name, if one did.", None),
    "request_id": (
        {"type": ["string", "null"]},
        "Of the request that caused it.",
        "0199b3a1-5c00-7000-8000-0000000000b1",
    ),
    "traceparent": ({"type": ["string", "null"]}, "Of that request, as W3C Trace Context has it.", None),
    "epoch": (
        {"type": "integer", "minimum": 0},
        "Grows when its source went back to an older state. What a source published in an earlier epoch, and not again "
        "in this one, did not happen; audit entries and ended sessions stay. 0 where it is missing.",
        7_800,
    ),
}
_OPTIONAL = {"actor_id", "impersonator_id", "request_id", "traceparent", "epoch"}
_HEADERS: Schema = {
    "type": "object",
    "properties": {
        HEADER: {
            "type": "string",
            "description": "One code for each follower, as `lending=…;reporting=…`: what its publisher made of "
            "the body with the key that it shares with this follower. Subscribers get none, and need none.",
        },
        THEN: {
            "type": "string",
            "description": "The types of the events that were sent right after it, with commas between: followers "
            "handle together what was published together. A hint, which may be missing; subscribers get none.",
        },
    },
}


def asyncapi_document(handlers: Handlers, contracts: Path) -> dict[str, Any]:
    """AsyncAPI 3.0; `x-service` and `x-receives` tell the gateway whom a write has to reach."""
    promises = read_contracts(contracts)
    channels, operations = {}, {}
    for event_type, contract in promises.items():
        channels[event_type] = _channel(event_type) | {"messages": {"event": _message(event_type, contract)}}
        operations[f"send {event_type}"] = _operation("send", event_type)
    for event_type in handlers.event_types:
        channels.setdefault(event_type, _channel(event_type) | {"messages": {}})
        operations[f"receive {event_type}"] = _operation("receive", event_type)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Events of {handlers.service}",
            "version": "1",
            "description": "Delivered at least once and unordered. Within a version fields may be added, never "
            "removed, renamed or changed in meaning: ignore those you do not know.",
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "x-service": handlers.service,
        "x-receives": list(handlers.awaited_types),
        "channels": channels,
        "operations": operations,
        "components": {"schemas": {"Envelope": envelope_schema()}},
    }


def envelope_schema() -> Schema:
    """What every event has around its data. More may be added, as to the data."""
    names = [field.encode_name for field in fields(Envelope)]
    properties = {name: shape | {"description": meaning} for name, (shape, meaning, _) in _ENVELOPE.items()}
    properties["data"] = {"type": "object", "description": "What happened, by the type of the event."}
    return {
        "type": "object",
        "required": [name for name in names if name not in _OPTIONAL],
        "properties": {name: properties[name] for name in names},
        "additionalProperties": True,
    }


def readable(schema: Any) -> Any:
    """A contract as its readers may take it: what its publisher promises not to add today may come tomorrow."""
    if isinstance(schema, list):
        return [readable(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: True if name == "additionalProperties" and part is False else readable(part)
        for name, part in schema.items()
        if name not in {"$schema", "$id", "examples"} or isinstance(part, dict)
    }


def _servers() -> dict[str, Any]:
    broker = {
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "host": "{broker}",
        "variables": {"broker": {"default": "localhost:5672", "description": "Where RabbitMQ listens."}},
        "security": [{"type": "userPassword"}],
    }
    return {
        "inside": broker | {"pathname": "/", "description": "The services among themselves."},
        "outside": broker
        | {
            "pathname": f"/{bus.OUTSIDE}",
            "description": "Subscribers: each reads the queue of its own name, which is bound to the types it follows.",
        },
    }


def _channel(event_type: str) -> dict[str, Any]:
    exchange = {"name": bus.EVENTS.name, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": event_type,
        "servers": [{"$ref": "#/servers/inside"}, {"$ref": "#/servers/outside"}],
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": _BINDING_VERSION}},
    }


def _message(event_type: str, contract: dict[str, Any]) -> dict[str, Any]:
    source = event_type.partition(".")[0]
    own = {"type": {"const": event_type}, "source": {"const": source}, "data": readable(contract)}
    return {
        "name": event_type,
        "title": event_type,
        "summary": contract.get("description", ""),
        "contentType": "application/json",
        "headers": _HEADERS,
        "bindings": {"amqp": {"contentEncoding": "utf-8", "bindingVersion": _BINDING_VERSION}},
        "payload": {"allOf": [{"$ref": "#/components/schemas/Envelope"}, {"type": "object", "properties": own}]},
        "examples": [{"payload": _example(event_type, source, data)} for data in contract.get("examples", ())],
    }


def _example(event_type: str, source: str, data: dict[str, Any]) -> dict[str, Any]:
    envelope = {name: example for name, (_, _, example) in _ENVELOPE.items()}
    return envelope | {"type": event_type, "source": source, "data": data}


def _operation(action: str, event_type: str) -> dict[str, Any]:
    amqp = {"deliveryMode": 2, "mandatory": True} if action == "send" else {"ack": True}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{event_type}"},
        "bindings": {"amqp": amqp | {"bindingVersion": _BINDING_VERSION}},
    }
