"""Fields of what comes in that more than one body has."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from services.identity.domain.note import Category
from shared.context import Role


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
