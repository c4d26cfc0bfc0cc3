"""The OpenAPI document of a service, made from its routes, their schemas and who may call them."""

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from marshmallow import INCLUDE, Schema, fields
from werkzeug.routing import Rule

from shared.context import Role
from shared.fields import Day, Instant, Money
from shared.web.schema import Documentation

_CONVERTERS = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}}
_PARAMETER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_PAGE_PARAMETERS = [
    {"in": "query", "name": "page", "schema": {"type": "integer", "minimum": 1, "default": 1}},
    {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
]
_FAILURES = {
    400: "Malformed, or against a rule",
    401: "Not signed in",
    403: "Not allowed for this role",
    404: "Absent, or out of scope",
    408: "Body sent too slowly",
    409: "In a state that does not allow it",
    413: "Body too large",
    414: "Address too long",
    415: "Content type refused",
    422: "Idempotency key used with another body",
    429: "Too many requests",
    431: "Headers too long",
    503: "Not available at the moment",
    504: "Not answered in time",
}


class _FieldError(Schema):
    field = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(Schema):
    """Every failure. Some say more, such as what can still be paid, or who depends on whom one wants to remove."""

    class Meta:
        unknown = INCLUDE

    success = fields.Boolean(required=True)
    message = fields.String(required=True)
    code = fields.String()
    errors = fields.List(fields.Nested(_FieldError))
    requestId = fields.String(allow_none=True)
    error = fields.String(metadata={"description": "The message again, under the name that reports use."})


class PaginationSchema(Schema):
    """Which page an answer is."""

    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True)
    totalPages = fields.Integer(required=True)
    pages = fields.Integer(required=True)


def openapi_document(app: Flask, title: str) -> dict[str, Any]:
    """OpenAPI 3.1 of all documented views of an app."""
    plugin = MarshmallowPlugin()
    spec = APISpec(title=title, version="1", openapi_version="3.1.0", plugins=[plugin])
    converter = plugin.converter
    if converter is None:  # for the type checker: APISpec makes it when it initialises the plugin
        raise RuntimeError("The marshmallow plugin was not initialised.")
    converter.field_mapping |= {Money: (None, None), Day: (None, "date"), Instant: (None, "date-time")}
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Problem", schema=ProblemSchema)
    spec.components.schema("Pagination", schema=PaginationSchema)
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        words: Documentation | None = getattr(view, "documentation", None)
        if words is not None:
            operations = {
                method.lower(): _operation(rule, words, getattr(view, "access"), converter)  # noqa: B009 - functions carry it
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            }
            spec.path(_PARAMETER.sub(r"{\2}", rule.rule), operations=operations)
    document: dict[str, Any] = spec.to_dict()
    return document


def _operation(
    rule: Rule, words: Documentation, access: tuple[Role, ...], converter: OpenAPIConverter
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": rule.endpoint,
        "summary": words.summary,
        "tags": [rule.rule.split("/")[1]],
        "parameters": [
            {"in": "path", "name": name, "required": True, "schema": _CONVERTERS.get(kind, {"type": "string"})}
            for kind, name in _PARAMETER.findall(rule.rule)
        ],
        "responses": _responses(words),
    }
    if access:
        operation["security"] = [{"bearer": []}]
        operation["x-roles"] = [role.value for role in access]
    if words.query:
        operation["parameters"] += converter.schema2parameters(words.query(), location="query")
    if words.paged:
        operation["parameters"] += _PAGE_PARAMETERS
    content = _request_content(words)
    if content:
        operation["requestBody"] = {"required": not words.optional_body, "content": content}
    return operation


def _request_content(words: Documentation) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": words.body}} if words.body else {}
    if words.form or words.files:
        # Of several files in one field each is a part of its own.
        files = {name: {"type": "string", "format": "binary"} for name in words.files}
        parts: list[Any] = [{"type": "object", "properties": files}]
        content["multipart/form-data"] = {"schema": {"allOf": parts + ([words.form] if words.form else [])}}
    return content


def _responses(words: Documentation) -> dict[str, Any]:
    content: dict[str, Any] = {media_type: {"schema": {"type": "string"}} for media_type in words.other_media_types}
    success = {"description": words.summary, "content": content | {words.media_type: {"schema": _envelope(words)}}}
    responses: dict[str, Any] = {str(status): success for status in (words.status, *words.statuses)}
    for status, description in _FAILURES.items():
        problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
        responses[str(status)] = {"description": description, "content": {"application/json": problem}}
    return responses


def _envelope(words: Documentation) -> Any:
    data: Any = words.answer or {}
    if words.many:
        data = {"type": "array", "items": data}
    if not words.enveloped:
        return data
    properties: dict[str, Any] = {"success": {"const": True}, "message": {"type": "string"}, "data": data}
    if words.paged:
        properties["pagination"] = {"$ref": "#/components/schemas/Pagination"}
    return {"type": "object", "properties": properties, "required": list(properties)}
