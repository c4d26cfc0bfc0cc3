"""The AsyncAPI document of a service: what it publishes, from its contracts, and what it follows."""

from pathlib import Path
from typing import Any

import orjson

from shared.messaging.handlers import Handlers


def asyncapi_document(handlers: Handlers, contracts: Path) -> dict[str, Any]:
    """AsyncAPI 3.0; `x-service` and `x-receives` tell the gateway whom a write has to reach."""
    promises = read_contracts(contracts)
    channels, operations = {}, {}
    for event_type, contract in promises.items():
        channels[event_type] = {"address": event_type, "messages": {"event": _message(event_type, contract)}}
        operations[f"send {event_type}"] = _operation("send", event_type)
    for event_type in handlers.event_types:
        channels.setdefault(event_type, {"address": event_type, "messages": {}})
        operations[f"receive {event_type}"] = _operation("receive", event_type)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Events of {handlers.service}", "version": "1"},
        "x-service": handlers.service,
        "x-receives": list(handlers.awaited_types),
        "channels": channels,
        "operations": operations,
    }


def read_contracts(folder: Path) -> dict[str, dict[str, Any]]:
    """The JSON Schema of each event a service promises, by type."""
    return {path.stem: orjson.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def _message(event_type: str, contract: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": event_type,
        "contentType": "application/json",
        "payload": {key: value for key, value in contract.items() if key != "examples"},
        "examples": [{"payload": example} for example in contract.get("examples", ())],
    }


def _operation(action: str, event_type: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{event_type}"}}
