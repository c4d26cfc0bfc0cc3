"""A contract says what the declaration of its event says."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, NotRequired, TypedDict
from uuid import UUID

import pytest
from msgspec import UNSET, UnsetType

from deploy.event_contracts import schemas_of
from shared.messaging.events import ADDED, EVERY_FIELD, Event, one_of


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


class Size(TypedDict):
    width: int
    depth: NotRequired[Annotated[int, {"minimum": 1}]]


@dataclass(frozen=True)
class Made(Event):
    """A thing
    was made."""

    type = "sample.thing.made.v1"
    thing_id: UUID
    price: Annotated[Decimal | None, "What it costs."]
    colour: Colour
    finish: Annotated[str | None, "How it shines.", one_of("MATT", "GLOSS")]
    maker_id: Annotated[UUID, ADDED]
    size: Size
    box: Annotated[Size, EVERY_FIELD]
    parts: list[Size]
    note: str | UnsetType = UNSET


class Mended(Made):
    """It was mended."""

    type = "sample.thing.mended.v1"


def test_kinds_come_from_types_and_the_rest_from_annotations():
    contract = schemas_of([Made])["sample.thing.made.v1.json"]
    properties = contract["properties"]
    assert contract["description"] == "A thing was made."
    assert properties["thing_id"] == {"type": "string", "format": "uuid"}
    assert properties["price"]["type"] == ["string", "null"]
    assert properties["price"]["description"] == "What it costs."
    assert properties["colour"] == {"enum": ["RED", "BLUE"]}
    assert properties["finish"] == {"description": "How it shines.", "enum": ["MATT", "GLOSS", None]}
    assert "aggregate_id" not in properties


def test_what_may_be_missing_is_not_required():
    files = schemas_of([Made])
    assert files["sample.thing.made.v1.json"]["required"] == [
        "thing_id", "price", "colour", "finish", "size", "box", "parts"
    ]  # fmt: skip
    definitions = files["definitions.json"]["$defs"]
    assert definitions["Size"]["required"] == ["width"]
    assert definitions["WholeSize"]["required"] == ["width", "depth"]


def test_an_object_and_a_family_are_defined_once():
    files = schemas_of([Made, Mended])
    assert files["sample.thing.made.v1.json"]["$ref"] == files["sample.thing.mended.v1.json"]["$ref"]
    properties = files["definitions.json"]["$defs"]["Made"]["properties"]
    assert properties["size"] == properties["parts"]["items"] == {"$ref": "definitions.json#/$defs/Size"}


def test_two_objects_of_one_name_are_refused():
    class Other(TypedDict):
        height: int

    Other.__name__ = "Size"

    @dataclass(frozen=True)
    class Packed(Event):
        type = "sample.thing.packed.v1"
        size: Other

    with pytest.raises(ValueError, match="Size"):
        schemas_of([Made, Packed])
