"""The kinds of fields answers have: always there, and null only where it says so."""

from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

_MONEY = {"pattern": r"^-?\d+\.\d{2}$", "example": "50000.00"}


def identifier(**options: Any) -> fields.UUID:
    return fields.UUID(required=True, **options)


def text(**options: Any) -> fields.String:
    return fields.String(required=True, **options)


def maybe_text() -> fields.String:
    return fields.String(required=True, allow_none=True)


def choice(kind: type[StrEnum]) -> fields.String:
    return fields.String(required=True, validate=OneOf([member.value for member in kind]))


def money() -> fields.String:
    return fields.String(required=True, metadata=_MONEY)


def maybe_money() -> fields.String:
    return fields.String(required=True, allow_none=True, metadata=_MONEY)


def number() -> fields.Float:
    return fields.Float(required=True)


def count() -> fields.Integer:
    return fields.Integer(required=True)


def flag() -> fields.Boolean:
    return fields.Boolean(required=True)


def instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True)


def maybe_instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, allow_none=True)


def shape(of: type[Schema], **options: Any) -> fields.Nested:
    return fields.Nested(of, required=True, **options)


def shapes(of: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(of), required=True)
