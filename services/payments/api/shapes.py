"""The fields answers are made of: all of them are always present, some may be null."""

from typing import Any

from marshmallow import Schema, fields


def text() -> fields.String:
    return fields.String(required=True)


def maybe() -> fields.String:
    return fields.String(required=True, allow_none=True)


def identifier() -> fields.UUID:
    return fields.UUID(required=True)


def maybe_identifier() -> fields.UUID:
    return fields.UUID(required=True, allow_none=True)


def amount() -> fields.String:
    """An amount as text with two decimals."""
    return fields.String(required=True, metadata={"pattern": r"^-?[0-9]+\.[0-9]{2}$"})


def number() -> fields.Float:
    """A sum as a JSON number, for pages that compute with it."""
    return fields.Float(required=True)


def count() -> fields.Integer:
    return fields.Integer(required=True, strict=True)


def flag() -> fields.Boolean:
    return fields.Boolean(required=True)


def instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True)


def maybe_instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, allow_none=True)


def nested(shape: type[Schema], *, nullable: bool = False) -> fields.Nested:
    return fields.Nested(shape, required=True, allow_none=nullable)


def many(shape: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(shape), required=True)
