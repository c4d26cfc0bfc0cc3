"""Paths as the API document writes them (`/api/loans/{id}/schedule`), for metrics and logs, which carry no ids."""

from typing import Any

from gateway.documentation.openapi import public_paths
from gateway.upstreams.catalogue import Catalogue

_ANY, _TEMPLATE = "{}", "/"


class PathTemplates:
    """The documented paths as a tree of their segments, made anew when a document changes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._revision = -1
        self._tree: dict[str, Any] = {}

    def of(self, path: str) -> str | None:
        """The template of a path that begins with /api, or None when no service documents it."""
        if self._revision != self._catalogue.revision:
            self._revision = self._catalogue.revision
            self._tree = _tree(template for template in public_paths(self._catalogue.documents("openapi")))
        return _find(self._tree, path.strip("/").split("/"))


def _tree(templates: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for template in templates:
        node = tree
        for segment in template.strip("/").split("/"):
            node = node.setdefault(_ANY if segment.startswith("{") else segment, {})
        node[_TEMPLATE] = template
    return tree


def _find(node: dict[str, Any], segments: list[str]) -> str | None:
    if not segments:
        return node.get(_TEMPLATE)
    for step in (segments[0], _ANY):
        if step in node and (template := _find(node[step], segments[1:])) is not None:
            return template
    return None
