"""Messages to clients: whole sentences without a full stop.

Importing this module gives marshmallow's own messages, which are written for programmers, that form.
"""

from marshmallow import Schema, fields, validate

REQUIRED, EMPTY = "This field is required", "This field must not be empty"

_FIELDS: dict[type[fields.Field], dict[str, str]] = {  # type: ignore[type-arg]  # of any value
    fields.Field: {
        "required": REQUIRED,
        "null": EMPTY,
        "validator_failed": "This value is not allowed",
    },
    fields.String: {"invalid": "Must be text", "invalid_utf8": "Must be text"},
    fields.Number: {"invalid": "Must be a number", "too_large": "Is too large"},
    fields.Integer: {"invalid": "Must be a whole number"},
    fields.Float: {"special": "Must be a number"},
    fields.Decimal: {"special": "Must be a number"},
    fields.Boolean: {"invalid": "Must be true or false"},
    fields.UUID: {"invalid_uuid": "Must be a valid id"},
    fields.Enum: {"unknown": "Must be one of: {choices}"},
    fields.List: {"invalid": "Must be a list"},
    fields.Mapping: {"invalid": "Must be an object"},
    fields.Nested: {"type": "Must be an object"},
}


def _speak_plainly() -> None:
    for field, messages in _FIELDS.items():
        field.default_error_messages = {**messages}
    # There is no other place for these two.
    Schema._default_error_messages = {"type": "Must be an object", "unknown": "This field is not known"}
    validate.Email.default_message = "Must be a valid e-mail address"
    validate.Regexp.default_message = "Does not have the form that is asked for"
    validate.OneOf.default_message = "Must be one of: {choices}"
    validate.ContainsOnly.default_message = "May only hold: {choices}"
    validate.Length.message_min = "Must be at least {min} long"
    validate.Length.message_max = "Must be at most {max} long"
    validate.Length.message_all = "Must be {min} to {max} long"
    validate.Length.message_equal = "Must be {equal} long"
    validate.Range.message_min = "Must be {min_op} {{min}}"
    validate.Range.message_max = "Must be {max_op} {{max}}"
    validate.Range.message_all = "Must be {min_op} {{min}} and {max_op} {{max}}"
    validate.Range.message_gte, validate.Range.message_lte = "at least", "at most"
    validate.Range.message_gt, validate.Range.message_lt = "more than", "less than"


_speak_plainly()


def said(message: str) -> str:
    """A message in that form."""
    return message.removesuffix(".")


def no_route(method: str, address: str) -> str:
    """The message for an address without a route."""
    return f"Route {method} {address} was not found"


def not_allowed(method: str, address: str) -> str:
    """The message for a route without this method."""
    return f"Method {method} is not allowed at {address}"
