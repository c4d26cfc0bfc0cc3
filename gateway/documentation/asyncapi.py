"""One AsyncAPI document out of those of the services, and what a page shows of it."""

from collections.abc import Iterator, Mapping

import orjson

from gateway.documentation.descriptions import Document

_COMMON_TO_EVENTS = ("defaultContentType", "servers", "components")


def merged_asyncapi(documents: Mapping[str, Document]) -> Document:
    """Every event: its shape, who sends it, who receives it, and how events travel."""
    merged: Document = {"asyncapi": "3.0.0", "info": {"title": "Millenium Potters: events", "version": "1"}}
    channels: Document = {}
    operations: Document = {}
    for service, document in sorted(documents.items()):
        # Equal in all documents.
        common = {name: document[name] for name in _COMMON_TO_EVENTS if name in document}
        merged |= common | {"info": merged["info"] | {"description": document.get("info", {}).get("description", "")}}
        for name, channel in document.get("channels", {}).items():
            # The documents of those who only receive an event do not hold its shape.
            if name not in channels or channel.get("messages"):
                channels[name] = channel
        for name, operation in document.get("operations", {}).items():
            operations[f"{service}: {name}"] = operation
    return merged | {"channels": dict(sorted(channels.items())), "operations": operations}


def events_by_service(document: Document) -> dict[str, list[Document]]:
    """What a page shows of a merged document: by publisher its events, each with its fields and who receives it."""
    receivers: dict[str, list[str]] = {}
    for name, operation in document["operations"].items():
        if operation["action"] == "receive":
            channel = operation["channel"]["$ref"].removeprefix("#/channels/")
            receivers.setdefault(channel, []).append(name.partition(":")[0])
    found: dict[str, list[Document]] = {}
    for event_type, channel in document["channels"].items():
        if message := channel.get("messages", {}).get("event"):
            data = message["payload"]["allOf"][1]["properties"]["data"]
            event = {
                "type": event_type,
                "summary": message["summary"],
                "receivers": receivers.get(event_type, []),
                "fields": list(_fields(data)),
                "example": "\n\n".join(_text(example["payload"]) for example in message["examples"][:1]),
            }
            found.setdefault(event_type.partition(".")[0], []).append(event)
    return found


def _text(example: Document) -> str:
    return orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()


def _fields(schema: Document, path: str = "") -> Iterator[tuple[str, str, bool, str]]:
    """(name, kind, whether it is required, meaning) of the fields of a schema and of those nested in them."""
    for name, field in schema.get("properties", {}).items():
        kind = field.get("type") or ("one of " + ", ".join(map(str, field["enum"])) if "enum" in field else "any")
        words = kind if isinstance(kind, str) else " or ".join(kind)
        about = f"{words} ({field['format']})" if "format" in field else words
        yield f"{path}{name}", about, name in schema.get("required", ()), field.get("description", "")
        yield from _fields(field, f"{path}{name}.")
        yield from _fields(field.get("items", {}), f"{path}{name}[].")
