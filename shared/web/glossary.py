"""What names of the wire mean, once for all shapes that carry them. A schema that means something else by a name says
so in its field's `metadata={"description": ...}`, which goes before."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

GENERAL = {
    "id": "Opaque and stable.",
    "createdAt": "UTC.",
    "updatedAt": "When it was last changed; UTC.",
    "deletedAt": "Always null: what was deleted is not shown.",
    "_count": "How many of each belong to it; those deleted are not counted.",
    "search": "Words to look for; every one must be found.",
    "dateFrom": "The first day that counts, in the company's time zone.",
    "dateTo": "The last day that counts, in the company's time zone; the whole of it.",
    "ipAddress": "Where the request came from, as the gateway saw it.",
    "userAgent": "The program that asked, as it named itself.",
    "format": "`json` for the usual envelope, `csv` for a file to be saved.",
}
# Names that say all there is to say.
SELF_EVIDENT = frozenset(
    [
        "address",
        "city",
        "color",
        "company",
        "country",
        "currency",
        "currentPassword",
        "description",
        "email",
        "enabled",
        "errors",
        "favicon",
        "field",
        "firstName",
        "fromEmail",
        "fromName",
        "gender",
        "lastName",
        "location",
        "logo",
        "maritalStatus",
        "message",
        "name",
        "newPassword",
        "note",
        "notes",
        "password",
        "phone",
        "profession",
        "state",
        "subject",
        "success",
        "timestamp",
        "title",
        "url",
        "zipCode",
    ]
)
_ID = re.compile(r"(?<!^)(?=[A-Z])")


def described(document: Json, glossary: Mapping[str, str]) -> Json:
    """The document, with a description on every parameter and property that has none and whose name the glossary, the
    general one included, explains. A parameter of a path is looked up as `path.<name>`, one of a query as
    `query.<name>` and then by its name; an id is the id of what it is named after."""
    words = {**GENERAL, **glossary}
    for part in _parameters(document):
        place = part.get("in")
        if place and "description" not in part:
            meaning = words.get(f"{place}.{part['name']}") or (place == "query" and words.get(part["name"]))
            _describe(part, meaning or _id_of(part["name"]))
    for name, prop in properties(document):
        if "description" not in prop:
            _describe(prop, words.get(name) or _id_of(name))
    return document


def undescribed(document: Json) -> list[str]:
    """The parameters and properties that say nothing and whose name does not say it all."""
    silent = [
        f"{part['in']} parameter {part['name']}"
        for part in _parameters(document)
        if "in" in part and "description" not in part and part["name"] not in SELF_EVIDENT
    ]
    return sorted({*silent, *(name for name, prop in properties(document) if "description" not in prop)} - SELF_EVIDENT)


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


def _parameters(document: Json) -> Iterator[Json]:
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
