"""Fields of what comes in that more than one body has."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from services.identity.domain.note import Category
from shared.context import Role
from shared.fields import StrictInteger, Text


class Address(Text):
    """An e-mail address, lower-cased, so that it compares equal however it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=254, validate=validate.Email(), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text.lower()


class Password(fields.String):
    """A password exactly as typed; how long it has to be is a rule of the domain."""

    def __init__(self, *, min: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=min, max=1024), **kwargs)


class SupervisorId(fields.UUID):
    """The id of a supervisor; the web client writes "nobody" as null, `"null"` or an empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, data_key="supervisorId", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return None if value in ("", "null") else super()._deserialize(value, attr, data, **kwargs)


def role_field(**kwargs: Any) -> fields.Enum[Role]:
    return fields.Enum(Role, by_value=fields.String, **kwargs)


def note_category(**kwargs: Any) -> fields.Enum[Category]:
    """What a note is about."""
    return fields.Enum(Category, by_value=fields.String, **kwargs)


_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


class Whole(StrictInteger):
    """A whole number, also as the text that a form makes of it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        is_digits = isinstance(value, str) and _DIGITS.fullmatch(value)
        return super()._deserialize(int(value) if is_digits else value, attr, data, **kwargs)
