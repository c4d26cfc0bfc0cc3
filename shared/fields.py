"""marshmallow fields for what clients send. Stricter than the stock ones, which round amounts and take `1e5`."""

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from shared.clock import midnight_utc
from shared.exact_json import Scientific
from shared.wording import EMPTY

Calendar = TypeVar("Calendar", date, datetime)

_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_FORM_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
# Controls cannot be stored or printed safely, and marks of direction make a text read as another.
_DECEIVING = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
# One line has none of these, which end it, or which are not seen and make two names out of one. Prose may have them:
# they join the parts of an emoji and divide long words.
_INVISIBLE = (
    r"\t\n\r\u2028\u2029\xad\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180e\u200b-\u200d\u2060-\u206f"
    r"\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)


class BodySchema(Schema):
    """A request: fields it does not know are ignored, as the contract says."""

    class Meta:
        unknown = EXCLUDE


def names_on_the_wire(*schemas: type[Schema]) -> dict[str, str]:
    """What clients call our fields, by our names: `{"annual_rate": "interestRate"}`."""
    return {name: field.data_key or name for schema in schemas for name, field in schema().fields.items()}


_DAY_SHAPE = {"type": "string", "format": "date"}
_MOMENT_SHAPE = {"type": "string", "format": "date-time"}


def _described(kwargs: dict[str, Any], **shape: Any) -> dict[str, Any]:
    """Constructor arguments with what the API document says of the field."""
    return kwargs | {"metadata": shape | dict(kwargs.get("metadata") or {})}


def _timed(kwargs: dict[str, Any], shapes: list[dict[str, str]], meaning: str) -> dict[str, Any]:
    """Constructor arguments of a field that takes days and moments, with what the document says of it: what the field
    is, if that is said, and then how a day or a moment is read."""
    said = (kwargs.get("metadata") or {}).get("description", "")
    return _described(kwargs | {"metadata": {"anyOf": shapes, "description": f"{said} {meaning}".strip()}})


class Money(fields.Field[Decimal]):
    """An amount: a JSON number or a numeric string with at most 12 digits and two decimals, never negative.

    Numbers come from `exact_json`, with all their digits; none is written with an exponent. Loads to a Decimal with two
    places.
    """

    shape = "money"
    """What the API document calls the format of the text."""

    default_error_messages = {
        "invalid": "Must be an amount: at most 12 digits and two decimals, not negative",
        "zero": "Must be more than 0",
    }

    def __init__(self, *, positive: bool = False, **kwargs: Any) -> None:
        pattern = r"^[0-9]{1,12}(\.[0-9]{1,2})?$"
        bounds = {"exclusiveMinimum": 0} if positive else {"minimum": 0}
        shapes = [{"type": "number", **bounds}, {"type": "string", "format": self.shape, "pattern": pattern}]
        super().__init__(**_described(kwargs, anyOf=shapes))
        self.positive = positive

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool | Scientific) or not isinstance(value, int | str | Decimal):
            raise self.make_error("invalid")
        text = value if isinstance(value, str) else _plain(value)
        if not _MONEY.fullmatch(text):
            raise self.make_error("invalid")
        amount = Decimal(text).quantize(Decimal("0.01"))
        if self.positive and not amount:
            raise self.make_error("zero")
        return amount

    def _serialize(self, value: Decimal | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.2f}"


def _plain(value: int | Decimal) -> str:
    """The digits of a JSON number, which may have been written as 50000.000."""
    text = str(value) if isinstance(value, int) else f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class StrictInteger(fields.Integer):
    """A whole number as JSON number or digits; `1.9`, `"1_0"` and `true` are refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or (isinstance(value, str) and not _INTEGER.fullmatch(value)):
            raise self.make_error("invalid", input=value)
        number = super()._deserialize(value, attr, data, **kwargs)
        if number is None or abs(number) >= 10**18:
            raise self.make_error("too_large", input=value)
        return number


class FormInteger(StrictInteger):
    """A whole number, also as the text of at most nine digits that a form makes of it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        is_digits = isinstance(value, str) and _FORM_DIGITS.fullmatch(value)
        return super()._deserialize(int(value) if is_digits else value, attr, data, **kwargs)


class Text(fields.String):
    """One line that a person typed: a name, a title, a reference. Trimmed, NFC, at most `max` characters, none of which
    is invisible, ends a line or changes the direction of writing.

    `blank_is_none` loads `""` as None, which is how the web client clears a field.
    """

    refused = re.compile(f"[{_DECEIVING}{_INVISIBLE}]")
    default_error_messages = {
        "control": "Contains a character that is not allowed here ({character})",
        "too_long": "Must be at most {max} long",
        "blank": EMPTY,
    }

    def __init__(self, *, max: int = 255, blank_is_none: bool = False, **kwargs: Any) -> None:
        if blank_is_none:
            kwargs.setdefault("allow_none", True)
        lengths = {"maxLength": max} if blank_is_none else {"minLength": 1, "maxLength": max}
        super().__init__(**_described(kwargs, **lengths))
        self.max, self.blank_is_none = max, blank_is_none

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs)).strip()
        if refused := self.refused.search(text):
            raise self.make_error("control", character=f"U+{ord(refused[0]):04X}")
        if len(text) > self.max:
            raise self.make_error("too_long", max=self.max)
        if not text:
            if self.blank_is_none:
                return None
            raise self.make_error("blank")
        return text


class EmailAddress(Text):
    """An e-mail address, lower-cased, so that it compares equal however it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=254, validate=validate.Email(), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text.lower()


class MultilineText(Text):
    """Prose that a person typed, such as notes, a reason or a postal address: it may have several lines."""

    refused = re.compile(f"[{_DECEIVING}]")


# The last of all ids, which no version of UUID gives away.
NOBODYS = UUID(int=2**128 - 1)


class IdFilter(fields.UUID):
    """An id that narrows a list. Ids are opaque to clients, so text that is no id is one that nobody has."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            return NOBODYS


def nothing_unless_listed(query: dict[str, Any], name: str, listed: Collection[str], by_id: str) -> dict[str, Any]:
    """A query that narrows a list to a word of a list; an unknown word finds nothing, as the id `by_id` of nobody."""
    if query.get(name) is None or query[name] in listed:
        return query
    return {key: value for key, value in query.items() if key != name} | {by_id: str(NOBODYS)}


class Flag(fields.Boolean):
    """A JSON boolean; or, from a form or a query string, which are text, the words true and false."""

    _MEANS = {"true": True, "false": False}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        flag = self._MEANS.get(value) if isinstance(value, str) else value
        if not isinstance(flag, bool):
            raise self.make_error("invalid", input=value)
        return flag


class Day(fields.Field[date]):
    """A calendar day: `YYYY-MM-DD`, or a timestamp, which means the day it is then in the company's zone.

    `zone` is the institution's, set once at start by the entry point.
    """

    zone = "Africa/Lagos"
    default_error_messages = {"invalid": "Must be a valid date"}

    def __init__(self, **kwargs: Any) -> None:
        meaning = "A day; a timestamp means the day it is then in the company's time zone."
        super().__init__(**_timed(kwargs, [_DAY_SHAPE, _MOMENT_SHAPE], meaning))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return _parsed(self, date.fromisoformat, value)
        return _instant(self, value).astimezone(ZoneInfo(self.zone)).date()


class Instant(fields.Field[datetime]):
    """A point in time: a timestamp (UTC when it names no zone), or a bare date, which means midnight UTC of it."""

    bare_day = "midnight UTC of it"
    """What the API document says that a day without a time means."""

    default_error_messages = {"invalid": "Must be a valid date"}

    def __init__(self, **kwargs: Any) -> None:
        meaning = f"A moment, in UTC when it names no zone; a day means {self.bare_day}."
        super().__init__(**_timed(kwargs, [_DAY_SHAPE, _MOMENT_SHAPE], meaning))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return midnight_utc(_parsed(self, date.fromisoformat, value))
        return _instant(self, value)


class From(Instant):
    """The beginning of a span: a moment, or a bare date, which means its first moment in the company's zone."""

    bare_day = "its first moment in the company's time zone"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        return start_of_day(moment.date()) if _DAY.fullmatch(value) else moment


class To(Instant):
    """The end of a span: a moment, or a bare date, which means its last moment in the company's zone."""

    bare_day = "its last moment in the company's time zone"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        if not _DAY.fullmatch(value):
            return moment
        return start_of_day(moment.date() + timedelta(days=1)) - timedelta.resolution


def start_of_day(day: date) -> datetime:
    """The first moment of a day in the company's time zone."""
    return datetime.combine(day, time(), ZoneInfo(Day.zone))


def _instant(field: Day | Instant, value: Any) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise field.make_error("invalid")
    instant = _parsed(field, datetime.fromisoformat, value)
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    # The zone conversions of the first and last day of the calendar overflow.
    if not 1900 <= instant.year <= 9000:
        raise field.make_error("invalid")
    return instant


def _parsed(field: Day | Instant, parse: Callable[[str], Calendar], value: str) -> Calendar:
    try:
        parsed = parse(value)
    except ValueError as error:
        raise field.make_error("invalid") from error
    if not 1900 <= parsed.year <= 9000:
        raise field.make_error("invalid")
    return parsed


def refuse(field: str, message: str) -> ValidationError:
    """The error of one field found outside its schema, in the shape the schemas raise."""
    return ValidationError({field: [message]})
