"""One OpenAPI and one AsyncAPI document out of those of the services: documents in, a document out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.routes import ROUTES, find_route

Document = dict[str, Any]

_COMPONENT = re.compile(r"^#/components/(?!securitySchemes)(\w+)/")
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


def merged_openapi(documents: Mapping[str, Document], own: Document) -> Document:
    """What is answered below /api by the services and by the gateway itself, whose own document is the frame.

    Components carry the name of their service (`lending.Loan`), so that equal names never meet. Paths that the gateway
    does not route are left out; those of a resource with two public names appear under both.
    """
    merged: Document = {**own, "paths": dict(own["paths"]), "components": {}}
    for service, document in sorted(documents.items()):
        for section, definitions in document.get("components", {}).items():
            named = definitions if section == "securitySchemes" else _named(definitions, service)
            merged["components"].setdefault(section, {}).update(named)
        for path, operations in document.get("paths", {}).items():
            for public_path in _public_paths(path, service):
                merged["paths"][public_path] = _operations(operations, service, public_path)
    return merged


def merged_asyncapi(documents: Mapping[str, Document]) -> Document:
    """Every event there is: its shape, who sends it and who receives it."""
    channels: Document = {}
    operations: Document = {}
    for service, document in sorted(documents.items()):
        for name, channel in document.get("channels", {}).items():
            # Those who only receive an event do not know its shape.
            if name not in channels or channel.get("messages"):
                channels[name] = channel
        for name, operation in document.get("operations", {}).items():
            operations[f"{service}: {name}"] = operation
    info = {"title": "Millenium Potters: events", "version": "1"}
    return {"asyncapi": "3.0.0", "info": info, "channels": channels, "operations": operations}


def public_paths(documents: Mapping[str, Document]) -> Iterator[str]:
    """Every path below /api that the services document, as clients write it."""
    for service, document in documents.items():
        for path in document.get("paths", {}):
            yield from _public_paths(path, service)


def _public_paths(path: str, service: str) -> Iterator[str]:
    for route in ROUTES.values():
        if route.upstream == service and f"{path}/".startswith(f"/{route.target}/"):
            public_path = f"/{route.prefix}{path[1 + len(route.target) :]}"
            if find_route(public_path) is route:
                yield f"/api{public_path}"


def _operations(operations: Document, service: str, public_path: str) -> Document:
    """The operations of one path, each with an id that nobody else has."""
    rewritten: Document = _rewritten(operations, service)
    words = re.sub(r"\W+", "_", public_path.removeprefix("/api/"))
    for method in _METHODS & rewritten.keys():
        rewritten[method] = {**rewritten[method], "operationId": f"{method}_{words.strip('_')}"}
    return rewritten


def _named(definitions: Document, service: str) -> Document:
    return {f"{service}.{name}": _rewritten(definition, service) for name, definition in definitions.items()}


def _rewritten(node: Any, service: str) -> Any:
    """The same node, with references to the components by their new names."""
    if isinstance(node, list):
        return [_rewritten(part, service) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _COMPONENT.sub(rf"#/components/\1/{service}.", value)
        if key == "$ref" and isinstance(value, str)
        else _rewritten(value, service)
        for key, value in node.items()
    }
