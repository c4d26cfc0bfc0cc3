"""What an API document says once and refers to from everywhere: failures, pages, headers, and parameters of lists."""

from typing import Any

from apispec.core import Components
from marshmallow import INCLUDE, Schema, fields

from shared.web.envelope import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.transactions import MAX_KEY_LENGTH

Json = dict[str, Any]

# Equal in every service's document, so that a merged one needs them once.
_COMMON = {"x-common": True}

FAILURES = {
    400: "Malformed, or against a rule of the institution",
    401: "Not signed in, or not any more",
    403: "Not allowed: for this role, for this person, or as things are set",
    404: "Absent, or out of the caller's scope, which is not told apart",
    405: "Not by this method",
    408: "The body came too slowly",
    409: "Not possible as things stand now",
    411: "The body does not say how long it is",
    413: "The body, or a file in it, is too large",
    414: "The address is too long",
    415: "Content type refused",
    421: "Another service answers this, which the gateway asks then",
    422: "An Idempotency-Key used with another request, an e-mail address registered already, or an export too long to "
    "wait for",
    429: "Too many requests",
    431: "The headers are too long",
    500: "A fault of ours",
    503: "Not available at the moment",
    504: "Not answered in time; whether the work was done is unknown",
}
_WITH_RETRY_AFTER = (429, 503)

HEADERS = {
    "X-Request-Id": (
        {"type": "string"},
        "Names this request in logs, audit entries and failures: the caller's own `X-Request-Id` when it has 8 to 64 "
        "letters, digits, `.`, `_` or `-`, else one of ours.",
    ),
    "Retry-After": ({"type": "integer"}, "Seconds after which the same request may succeed."),
    "Idempotent-Replay": (
        {"const": "true"},
        "There when this is the stored answer to an earlier request under the same `Idempotency-Key`: nothing was done "
        "again.",
    ),
    "X-Followers-Behind": (
        {"type": "string"},
        "There when the work is done, but the services it names (separated by commas) had not heard of it in time: "
        "what they show may lag for a moment.",
    ),
    "Content-Disposition": (
        {"type": "string"},
        "`inline` or `attachment`, and the name of the file; of JSON there is none.",
    ),
    "Location": ({"type": "string"}, "Where to go on."),
}
_PARAMETERS: dict[str, Json] = {
    "page": {
        "in": "query",
        "name": "page",
        "description": "Which page, from 1. A value that is no number counts as 1.",
        "schema": {"type": "integer", "minimum": 1, "default": 1},
    },
    "limit": {
        "in": "query",
        "name": "limit",
        "description": f"How many rows a page has: {DEFAULT_LIMIT} unless the route says otherwise. With neither "
        f"`page` nor `limit` most lists give up to {MAX_LIMIT} rows at once.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    },
    "IdempotencyKey": {
        "in": "header",
        "name": "Idempotency-Key",
        "description": "A name of the caller's own for this command, new for each, such as a UUID. Sent again with the "
        "same body, under the same key the first answer is given again and nothing is done twice; with another body it "
        "is refused with 422. Keys belong to a person and a route; those of money are kept for good, others for a day.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
    },
}


class FieldFaultSchema(Schema):
    """What is wrong with one field of the request."""

    field = fields.String(required=True, metadata={"description": "The field's name on the wire."})
    message = fields.String(required=True)


class ProblemSchema(Schema):
    """Every failure. Some say more, such as what can still be paid, or who depends on whom one wants to remove."""

    class Meta:
        unknown = INCLUDE

    success = fields.Boolean(required=True, metadata={"const": False})
    message = fields.String(
        required=True, metadata={"description": "For the person who asked. May change its wording."}
    )
    code = fields.String(metadata={"description": "For programs: one of `x-codes`, which stay as they are."})
    errors = fields.List(
        fields.Nested(FieldFaultSchema), metadata={"description": "The fields at fault, where some are."}
    )
    requestId = fields.String(allow_none=True, metadata={"description": "The `X-Request-Id` of this request."})
    error = fields.String(metadata={"description": "The message again, under the name that reports use."})


class PaginationSchema(Schema):
    """Which page an answer is."""

    page = fields.Integer(required=True, metadata={"description": "From 1."})
    limit = fields.Integer(required=True, metadata={"description": "The most rows a page has."})
    total = fields.Integer(required=True, metadata={"description": "Rows of all pages together."})
    totalPages = fields.Integer(required=True, metadata={"description": "How many pages there are."})
    pages = fields.Integer(required=True, metadata={"description": "`totalPages` under its second name."})


def add_common_parts(components: Components) -> None:
    """Give a document the parts its operations refer to."""
    components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    components.schema("FieldFault", _COMMON, schema=FieldFaultSchema)
    components.schema("Problem", _COMMON, schema=ProblemSchema)
    components.schema("Pagination", _COMMON, schema=PaginationSchema)
    for name, (shape, description) in HEADERS.items():
        components.header(name, {"description": description, "schema": shape})
    for name, words in _PARAMETERS.items():
        components.parameter(name, words["in"], words)
    for status, description in FAILURES.items():
        headers = {"X-Request-Id": header("X-Request-Id")}
        if status in _WITH_RETRY_AFTER:
            headers["Retry-After"] = header("Retry-After")
        schema = {"$ref": "#/components/schemas/Problem"}
        content = {"application/json": {"schema": schema}}
        components.response(f"Problem{status}", {"description": description, "headers": headers, "content": content})


def header(name: str) -> Json:
    """A reference to a header."""
    return {"$ref": f"#/components/headers/{name}"}
