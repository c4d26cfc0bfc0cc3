"""One OpenAPI document out of those of the services: documents in, a document out."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from gateway.documentation.descriptions import SENT_ON, Document, for_clients, without_sent_on
from gateway.methods import ALLOWED
from gateway.responses.revalidation import NEVER_KEPT
from gateway.routes import ROUTES, find_route, is_public

_SCHEMA = re.compile(r"^#/components/schemas/")


def merged_openapi(documents: Mapping[str, Document], own: Document) -> Document:
    """What is answered below /api by the services and by the gateway itself, whose own document is the frame.

    Schemas carry the name of their service (`lending.Loan`), so that equal names never clash, unless they are marked as
    common to all. Paths that the gateway does not route are left out; those of a resource with two public names appear
    under both, where a path does not show which of two services owns an id, the responses of both are listed, and where
    two services answer different methods of a path, all of them are.
    """
    merged: Document = {**own, "paths": dict(own["paths"]), "components": {}, "x-codes": {}}
    ids: set[str] = set()
    for service, document in sorted(documents.items()):
        merge = _Merge(service, document, ids)
        for section, definitions in document.get("components", {}).items():
            merged["components"].setdefault(section, {}).update(merge.definitions(section, definitions))
        for path, operations in document.get("paths", {}).items():
            for public_path in _public_paths(path, service):
                merged["paths"][public_path] = merge.operations(operations, public_path)
        for code, words in document.get("x-codes", {}).items():
            if words["status"] != SENT_ON:
                merged["x-codes"].setdefault(code, words)
    for section, definitions in own.get("components", {}).items():
        merged["components"].setdefault(section, {}).update(definitions)
    merged["x-codes"] = dict(sorted({**merged["x-codes"], **own.get("x-codes", {})}.items()))
    _add_other_owners(merged, documents, ids)
    return merged


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


class _Merge:
    """Rewrites the document of one service; `ids` are the operation ids taken so far, to which it adds."""

    def __init__(self, service: str, document: Document, ids: set[str]) -> None:
        self._service = service
        self._ids = ids
        schemas = document.get("components", {}).get("schemas", {})
        self._common = {name for name, schema in schemas.items() if schema.get("x-common")}

    def definitions(self, section: str, definitions: Document) -> Document:
        """The components of one kind under their new names."""
        if section != "schemas":
            return definitions
        return {self._name(name): self.rewritten(schema) for name, schema in definitions.items()}

    def operations(self, operations: Document, public_path: str) -> Document:
        """The operations of one path, each with an id that nobody else has, and with what the gateway adds."""
        return {
            method: for_clients(
                self.rewritten(operation) | {"operationId": self._id(operation["operationId"], public_path)},
                method,
                public=is_public(public_path.removeprefix("/api"), ""),
                kept=not public_path.startswith(NEVER_KEPT),
            )
            for method, operation in operations.items()
            if method.upper() in ALLOWED
        }

    def rewritten(self, node: Any) -> Any:
        """The node, with references to schemas by their new names."""
        if isinstance(node, list):
            return [self.rewritten(part) for part in node]
        if not isinstance(node, dict):
            return node
        return {
            key: self._reference(value) if key == "$ref" and isinstance(value, str) else self.rewritten(value)
            for key, value in node.items()
        }

    def _reference(self, reference: str) -> str:
        name = _SCHEMA.sub("", reference)
        return reference if name == reference else f"#/components/schemas/{self._name(name)}"

    def _name(self, name: str) -> str:
        return name if name in self._common else f"{self._service}.{name}"

    def _id(self, name: str, public_path: str) -> str:
        """The service's own id, with a suffix under the second public name of a resource."""
        route = find_route(public_path.removeprefix("/api"))
        if route and route.prefix != route.target:
            name += "_under_" + re.sub(r"\W+", "_", route.prefix)
        found = next(id_ for id_ in (name, f"{self._service}_{name}", f"{name}_{public_path}") if id_ not in self._ids)
        self._ids.add(found)
        return found


def _add_other_owners(merged: Document, documents: Mapping[str, Document], ids: set[str]) -> None:
    """Add the responses of the second owner of a path, who is asked when the first does not know the id, and the
    methods that only the second one has."""
    for route in ROUTES.values():
        document = documents.get(route.otherwise or "", {})
        merge = _Merge(route.otherwise or "", document, ids)
        for path, operations in document.get("paths", {}).items():
            public_path = f"/api{path}"
            if (
                f"{path}/".startswith(f"/{route.target}/")
                and public_path in merged["paths"]
                and find_route(path) is route
            ):
                for method, other in operations.items():
                    if method in merged["paths"][public_path]:
                        _either(merged["paths"][public_path][method], without_sent_on(merge.rewritten(other)))
                    elif route.otherwise_at == HTTPStatus.METHOD_NOT_ALLOWED:
                        merged["paths"][public_path] |= merge.operations({method: other}, public_path)


def _either(operation: Document, other: Document) -> None:
    """Add the responses of another operation to an operation."""
    for status, response in other["responses"].items():
        mine = operation["responses"].setdefault(status, response)
        for media_type, content in response.get("content", {}).items():
            first, second = mine["content"][media_type]["schema"], content["schema"]
            if first != second:
                mine["content"][media_type]["schema"] = {"anyOf": [first, second]}
    for status, codes in other.get("x-codes", {}).items():
        operation["x-codes"][status] = sorted({*operation["x-codes"].get(status, ()), *codes})
