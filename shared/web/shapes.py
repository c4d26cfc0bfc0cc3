"""What the values of answers look like in the API document, for the fields of answer schemas.

All of them are always present; `maybe=True` lets one be null. They document: what is sent is written by hand.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

_TWO_DECIMALS = r"^-?[0-9]+\.[0-9]{2}$"


def identifier(*, maybe: bool = False) -> fields.UUID:
    return fields.UUID(required=True, allow_none=maybe)


def text(description: str = "", *, maybe: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=maybe, metadata=_said(description))


def choice(values: type[StrEnum] | Iterable[str], *, maybe: bool = False) -> fields.String:
    """One of a fixed list."""
    return fields.String(required=True, allow_none=maybe, validate=OneOf([str(value) for value in values]))


def money(*, maybe: bool = False) -> fields.String:
    """An amount that is stored: text with two decimals."""
    return fields.String(required=True, allow_none=maybe, metadata={"format": "money", "pattern": _TWO_DECIMALS})


def percent(*, maybe: bool = False) -> fields.String:
    """A rate that is stored: a percentage as text with two decimals."""
    return fields.String(required=True, allow_none=maybe, metadata={"format": "percent", "pattern": _TWO_DECIMALS})


def number(description: str = "") -> fields.Float:
    """What is computed: an amount or a percentage as a JSON number with at most two decimals."""
    return fields.Float(required=True, metadata=_said(description))


def count() -> fields.Integer:
    return fields.Integer(required=True, strict=True, metadata={"minimum": 0})


def flag() -> fields.Boolean:
    return fields.Boolean(required=True)


def moment(*, maybe: bool = False) -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, allow_none=maybe)


def day(*, maybe: bool = False) -> fields.AwareDateTime:
    """A calendar day, which the wire writes as midnight UTC of it."""
    return fields.AwareDateTime(
        required=True, allow_none=maybe, metadata={"pattern": r"T00:00:00\.000Z$", "x-calendar-day": True}
    )


def shape(of: type[Schema], *, maybe: bool = False, **options: Any) -> fields.Nested:
    return fields.Nested(of, required=True, allow_none=maybe, **options)


def shapes(of: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(of), required=True)


def _said(description: str) -> dict[str, str]:
    return {"description": description} if description else {}
