"""What names on the wire mean, for all shapes and bodies that have them. A field that means something else says so in
its own description, which goes before."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

Json = dict[str, Any]

GENERAL: Mapping[str, str] = orjson.loads(Path(__file__).with_suffix(".json").read_bytes())
_ON_A_DAY = "A calendar day, written as midnight UTC of it."
_ID = re.compile(r"(?<!^)(?=[A-Z])")


def described(document: Json, glossary: Mapping[str, str]) -> Json:
    """The document, with a description on every parameter and property that has none and whose name the glossary, the
    general one included, explains. A parameter of a path is looked up as `path.<name>`, one of a query as
    `query.<name>` and then by its name; an id is the id of what it is named after."""
    words = {**GENERAL, **glossary}
    for part in parameters(document):
        place = part.get("in")
        if place and "description" not in part:
            meaning = words.get(f"{place}.{part['name']}") or (place == "query" and words.get(part["name"]))
            _describe(part, meaning or _id_of(part["name"]))
    for name, prop in properties(document):
        if "description" not in prop:
            _describe(prop, words.get(name) or _id_of(name))
        if prop.pop("x-calendar-day", False):
            prop["description"] = f"{prop.get('description', '')} {_ON_A_DAY}".strip()
    return document


def properties(document: Json) -> Iterator[tuple[str, Json]]:
    """Every property of every shape a client of this service sends or gets, by its name."""
    for shape in document["components"].get("schemas", {}).values():
        yield from _properties_of(shape)
    for operations in document["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield from _properties_of(content["schema"])


def _properties_of(shape: Json) -> Iterator[tuple[str, Json]]:
    yield from shape.get("properties", {}).items()


def parameters(document: Json) -> Iterator[Json]:
    """Every parameter of every route."""
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())


def _id_of(name: str) -> str | None:
    """`unionMemberId` and `union_member_id` are ids of a union member."""
    words = _ID.sub("_", name).lower().split("_")
    return f"Id of the {' '.join(words[:-1])}." if len(words) > 1 and words[-1] == "id" else None


def _describe(part: Json, meaning: str | None) -> None:
    if meaning:
        part["description"] = meaning
