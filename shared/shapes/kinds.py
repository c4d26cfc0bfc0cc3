"""The kinds of fields that a shape has, and what is said of a field."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

if TYPE_CHECKING:
    from shared.shapes import Shape

Json = dict[str, Any]
Source = str | Callable[..., Any] | None
"""Where a value comes from: an attribute, a function of attributes, or None: the name of the field in snake case."""

NOTHING: Any = object()
_TWO_DECIMALS = r"^-?[0-9]+\.[0-9]{2}$"


class Options(TypedDict, total=False):
    """What may be said of any field.

    `within`: its value stands in the mapping that is this attribute, as events carry it: days and instants are text.
    `maybe`: it may be null. `missing`: what is written instead of null. `optional`: it is left out instead of null, and
    comes after all others. `description`: what the API document says of it, where its name means something else
    elsewhere.
    """

    of: Source
    always: Any
    within: str
    maybe: bool
    missing: Any
    optional: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a shape; made by the functions below.

    `form` is the Python expression that writes a value `{}` which is not None, and `form_of_text` the one for a value
    as events carry it; `takes_none`: they write null for None themselves.
    """

    schema: Json = field(default_factory=dict)
    form: str = "{}"
    form_of_text: str = "{}"
    takes_none: bool = False
    shape: "type[Shape] | None" = None
    many: bool = False
    written: bool = False
    prefix: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    steps: tuple["Included", ...] = ()
    of: Source = None
    always: Any = NOTHING
    within: str = ""
    maybe: bool = False
    missing: Any = NOTHING
    optional: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Included:
    """The fields of another shape, at this place of a shape."""

    shape: "type[Shape]"
    prefix: str
    within: str
    renamed: Mapping[str, str]


def identifier(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "string", "format": "uuid"}, **options)


def text(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "string"}, **options)


def choice(values: type[StrEnum] | Iterable[str], **options: Unpack[Options]) -> Field:
    """One of a fixed list."""
    return Field(schema={"type": "string", "enum": [str(value) for value in values]}, **options)


def money(**options: Unpack[Options]) -> Field:
    """An amount that is stored: text with two decimals."""
    schema = {"type": "string", "format": "money", "pattern": _TWO_DECIMALS}
    return Field(schema=schema, form="format({}, '.2f')", **options)


def percent(**options: Unpack[Options]) -> Field:
    """A rate that is stored, which is a fraction: a percentage as text with two decimals."""
    schema = {"type": "string", "format": "percent", "pattern": _TWO_DECIMALS}
    return Field(schema=schema, form="format({} * 100, '.2f')", **options)


def number(**options: Unpack[Options]) -> Field:
    """What is computed: an amount or a percentage as a JSON number with at most two decimals."""
    return Field(schema={"type": "number"}, form="_number({})", **options)


def count(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "integer", "minimum": 0}, **options)


def integer(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "integer"}, **options)


def flag(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "boolean"}, **options)


def moment(**options: Unpack[Options]) -> Field:
    """`2026-03-11T09:30:00.000Z`."""
    schema = {"type": "string", "format": "date-time"}
    return Field(schema=schema, form="_moment({})", form_of_text="_moment_of_text({})", takes_none=True, **options)


def day(**options: Unpack[Options]) -> Field:
    """A calendar day, which the wire writes as midnight UTC of it."""
    schema = {"type": "string", "format": "date-time", "pattern": r"T00:00:00\.000Z$", "x-calendar-day": True}
    return Field(schema=schema, form="_day({})", form_of_text="_day_of_text({})", takes_none=True, **options)


def calendar_day(**options: Unpack[Options]) -> Field:
    """A calendar day as it is read: `2026-03-11`. Routes that the replaced system had write days as `day` does."""
    return Field(schema={"type": "string", "format": "date"}, form="{}.isoformat()", **options)


def public_file(**options: Unpack[Options]) -> Field:
    """The address of a file that everybody may see, of the path where it is stored."""
    form = "_public_file({})"
    return Field(schema={"type": "string"}, form=form, form_of_text=form, takes_none=True, **options)


def anything(schema: Json | None = None, **options: Unpack[Options]) -> Field:
    """A JSON value as it is, which the schema describes."""
    return Field(schema=schema or {}, **options)


def nested(
    shape: "type[Shape]",
    prefix: str = "",
    *,
    of: Source = None,
    written: bool = False,
    maybe: bool = False,
    optional: bool = False,
    description: str = "",
    **renamed: str,
) -> Field:
    """A shape of columns that begin with the prefix, or of the object that `of` names. `written`: what `of` names was
    written by the shape already, so that several objects can share it.

    `renamed`: attributes that stand elsewhere (`id="created_by"`), also all with one beginning (`officer_="officer_"`).
    Where it may be null, it is null when its `id` or the object is None.
    """
    return Field(
        shape=shape,
        prefix=prefix,
        renamed=renamed,
        of=of,
        written=written,
        maybe=maybe,
        optional=optional,
        description=description,
    )


def listed(of_each: "type[Shape] | Field", *, written: bool = False, **options: Unpack[Options]) -> Field:
    """A list of shapes, or of values of one kind, which are written as they are. `written`: see `nested`."""
    if isinstance(of_each, Field):
        return Field(schema={"type": "array", "items": of_each.schema}, **options)
    return Field(shape=of_each, many=True, written=written, **options)


def included(shape: "type[Shape]", prefix: str = "", *, within: str = "", **renamed: str) -> Included:
    """All fields of another shape at this place, whatever name this has; see `nested`, and `within` of Options."""
    return Included(shape, prefix, within, renamed)


def given(name: str) -> Callable[..., Any]:
    """The source of a value that is given to the writer by this name."""

    def source(**values: Any) -> Any:
        return values[name]

    parameter = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY)
    vars(source)["__signature__"] = inspect.Signature([parameter])
    return source
