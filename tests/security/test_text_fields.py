"""Whatever people type, in any body, form or query of any service, is held by the same two rules of text."""

from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from deploy.api_document import service_apps
from services.identity.api.bodies.fields import Password
from services.identity.api.bodies.settings import PictureAddress
from shared.fields import MultilineText, Text

# What may have several lines; whatever else is typed has one.
PROSE = {
    "address", "content", "description", "maintenanceMessage", "note", "notes", "reason", "values",
    "verificationNotes",
}  # fmt: skip
# Neither kept nor shown: compared as they come.
COMPARED = {
    "allowedFileTypes", "allowedOverrides", "expires", "reader", "refreshToken", "session", "signature", "smtpPassword",
    "status", "token", "variables", "version",
}  # fmt: skip
FROM_LISTS = (validate.OneOf, validate.ContainsOnly, validate.Regexp)


def _parts(field: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, field
    if isinstance(field, fields.List):
        yield from _parts(field.inner, name)
    elif isinstance(field, fields.Nested):
        yield from _fields(type(field.schema))
    elif isinstance(field, fields.Dict):
        for part, part_name in ((field.key_field, name), (field.value_field, "values")):
            if part is not None:
                yield from _parts(part, part_name)


def _fields(schema: type[Schema]) -> Iterator[tuple[str, Any]]:
    for name, field in schema().load_fields.items():
        yield from _parts(field, field.data_key or name)


def _typed() -> Iterator[Any]:
    """Every field that takes text, of every schema that something sent is loaded by."""
    seen = set()
    for service, app in service_apps():
        for view in app.view_functions.values():
            documentation = vars(view).get("documentation")
            for schema in (documentation.body, documentation.query, documentation.form) if documentation else ():
                if schema is not None and (service, schema) not in seen:
                    seen.add((service, schema))
                    for name, field in _fields(schema):
                        if isinstance(field, fields.String) and not isinstance(field, fields.UUID):
                            yield pytest.param(name, field, id=f"{service}.{schema.__name__}.{name}")


TYPED = list(_typed())


def test_there_are_many() -> None:
    assert len(TYPED) > 100


@pytest.mark.parametrize(("name", "field"), TYPED)
def test_what_is_typed_is_a_line_or_prose(name: str, field: Any) -> None:
    if isinstance(field, MultilineText):
        assert name in PROSE
    elif not isinstance(field, Text | Password | PictureAddress):
        assert name in COMPARED or any(isinstance(check, FROM_LISTS) for check in field.validators), (
            "neither a line of text nor prose nor a word from a list"
        )


LINES = [pytest.param(case.values[1], id=case.id) for case in TYPED if not isinstance(case.values[1], MultilineText)]


@pytest.mark.parametrize("field", [case for case in LINES if isinstance(case.values[0], Text | PictureAddress)])
def test_what_deceives_gets_into_no_line(field: Any) -> None:
    for sign in ("\u200e", "\u200f", "\u061c", "\u202e", "\u2066", "\x85", "\u200b", "\n"):
        with pytest.raises(ValidationError):
            field.deserialize(f"a{sign}b")
