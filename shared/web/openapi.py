"""The OpenAPI document of a service, made from its routes, their schemas, their words and who may call them."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from marshmallow import fields
from werkzeug.routing import Rule

from shared.context import Role
from shared.fields import Day, Instant, Money
from shared.shapes import Field, Shape, schema_of
from shared.web import transactions
from shared.web.codes import catalogue, codes_of
from shared.web.glossary import described
from shared.web.openapi_common import FAILURES, add_common_parts, header
from shared.web.problems import STATUS, Statuses
from shared.web.reach import Reach, Reached
from shared.web.schema import Documentation

Json = dict[str, Any]

_CONVERTERS = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}}
_PARAMETER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_REDIRECTS = range(300, 400)


def openapi_document(
    app: Flask,
    title: str,
    *,
    package: str,
    glossary: Mapping[str, str],
    examples: Mapping[str, Json],
    statuses: Statuses = STATUS,
) -> dict[str, Any]:
    """OpenAPI 3.1 of all documented views of an app, whose code is in `package`.

    `glossary` says what names mean that no schema explains; `examples` are requests and answers that were recorded, by
    operation: under `POST /loans` a `request` or a `form`, and an `answer`.
    """
    plugin = MarshmallowPlugin()
    spec = APISpec(title=title, version="1", openapi_version="3.1.0", plugins=[plugin])
    converter = plugin.converter
    if converter is None:  # for the type checker: APISpec makes it when it initialises the plugin
        raise RuntimeError("The marshmallow plugin was not initialised.")
    converter.add_attribute_function(_nullable_choice)
    converter.field_mapping |= {Money: (None, None), Day: (None, None), Instant: (None, None)}
    add_common_parts(spec.components)
    writer = _Writer(converter, statuses, Reach(package), _Shapes(spec))
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = app.view_functions[rule.endpoint]
        if hasattr(view, "documentation"):
            path = _PARAMETER.sub(r"{\2}", rule.rule)
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            operations = {method.lower(): writer.operation(rule, view, method) for method in methods}
            for method in methods:
                _show(operations[method.lower()], examples.get(f"{method} {path}", {}))
            spec.path(path, operations=operations)
    document: Json = spec.to_dict()
    document["x-codes"] = catalogue(writer.errors, statuses)
    return described(document, glossary)


def _show(operation: Json, example: Json) -> None:
    """Put a recorded request and its answer into an operation."""
    sent = operation.get("requestBody", {}).get("content", {})
    for part, media_type in (("request", "application/json"), ("form", "multipart/form-data")):
        if part in example and media_type in sent:
            sent[media_type]["example"] = example[part]
    answers = operation["responses"].get(str(example.get("status")), {}).get("content", {})
    if "answer" in example and "application/json" in answers:
        answers["application/json"]["example"] = example["answer"]


def _nullable_choice(_converter: OpenAPIConverter, field: fields.Field[Any], ret: Json) -> Json:
    """Where one of several shapes is taken, and null too."""
    null = {"type": "null"}
    return {"anyOf": [*ret["anyOf"], null]} if field.allow_none and "anyOf" in ret and null not in ret["anyOf"] else {}


class _Shapes:
    """The shapes of answers among the components of a document."""

    def __init__(self, spec: APISpec) -> None:
        self._spec = spec

    def reference(self, answer: type[Shape] | Field) -> Json:
        """A reference to a shape, or the schema of a field; all shapes it refers to are components then."""
        if isinstance(answer, Field):
            if answer.shape:
                self._register(answer.shape)
            return schema_of(answer)
        self._register(answer)
        return {"$ref": f"#/components/schemas/{answer.component()}"}

    def _register(self, shape: type[Shape]) -> None:
        name, schema = shape.component(), shape.schema()
        if name in self._spec.components.schemas:
            if self._spec.components.schemas[name] != schema:
                raise RuntimeError(f"Two shapes are called {name}: give one of them another name.")
            return
        self._spec.components.schema(name, schema)
        for field in shape.fields.values():
            if field.shape:
                self._register(field.shape)


class _Writer:
    """Writes operations, and remembers the errors they can answer with and the ids that are taken."""

    def __init__(self, converter: OpenAPIConverter, statuses: Statuses, reach: Reach, shapes: _Shapes) -> None:
        self._converter = converter
        self._shapes = shapes
        self._statuses = statuses
        self._reach = reach
        self._names: dict[str, str] = {}
        self.errors: set[type[Exception]] = set()

    def operation(self, rule: Rule, view: Any, method: str) -> Json:
        words: Documentation = view.documentation
        access: tuple[Role, ...] = view.access
        reached = self._reach.of(view)
        self.errors |= reached.errors
        codes = codes_of(reached, access, self._statuses, has_parameters="<" in rule.rule)
        operation: Json = {
            "operationId": self._name(words.name or view.__name__, rule, method),
            "summary": words.summary,
            "description": inspect.cleandoc(view.__doc__ or ""),
            "tags": [rule.rule.split("/")[1]],
            "parameters": self._parameters(rule, words, reached),
            "responses": self._successes(words, reached) | {status: _failure(status) for status in codes},
            "security": [{"bearer": []}] if access else [],
            "x-roles": [role.value for role in access],
            "x-codes": codes,
        }
        content = self._request_content(words)
        if content:
            operation["requestBody"] = {"required": not words.optional_body, "content": content}
        return operation

    def _name(self, name: str, rule: Rule, method: str) -> str:
        """The id of an operation; that of a view for two methods, or with two addresses, says where it differs."""
        first = self._names.get(name)
        if first is not None:
            parts = [part for part in _PARAMETER.sub("", rule.rule).split("/") if part]
            if first == rule.rule:
                name += f"_by_{method.lower()}"
            elif first.startswith(f"/{parts[0]}/"):
                name += f"_at_{parts[-1]}"
            else:
                name += f"_under_{parts[0]}"
        name = name.replace("-", "_")
        if name in self._names:
            raise RuntimeError(f"Two operations are called {name}: give {rule.rule} a `name` in its @documented.")
        self._names[name] = rule.rule
        return name

    def _parameters(self, rule: Rule, words: Documentation, reached: Reached) -> list[Json | str]:
        """Those of its own, and the names of those that it has in common with others."""
        found: list[Json | str] = [
            {"in": "path", "name": name, "required": True, "schema": _CONVERTERS.get(kind, {"type": "string"})}
            for kind, name in _PARAMETER.findall(rule.rule)
        ]
        if words.query:
            found += self._converter.schema2parameters(words.query(), location="query")
        if words.paged:
            found += ["page", "limit"]
        if transactions.command_key in reached.functions:
            found.append("IdempotencyKey")
        return found

    def _request_content(self, words: Documentation) -> Json:
        content: Json = {"application/json": {"schema": words.body}} if words.body else {}
        if words.form or words.files:
            content["multipart/form-data"] = {"schema": self._form(words)}
        return content

    def _form(self, words: Documentation) -> Json:
        """The fields of a form as one object; of several files in one field each is a part of its own."""
        form: Json = {"type": "object", "properties": {}}
        if words.form:
            form |= self._converter.schema2jsonschema(words.form())
        for name, part in words.files.items():
            file: Json = {"type": "string", "format": "binary"}
            shape = {"type": "array", "items": file} if part.many else file
            form["properties"][name] = shape | {"description": part.description}
        required = [*form.get("required", ()), *(name for name, part in words.files.items() if part.required)]
        return form | ({"required": required} if required else {})

    def _successes(self, words: Documentation, reached: Reached) -> Json:
        if words.status is None:
            return {}
        return {str(status): self._success(status, words, reached) for status in (words.status, *words.statuses)}

    def _success(self, status: int, words: Documentation, reached: Reached) -> Json:
        if status in _REDIRECTS:
            return {"description": words.summary, "headers": {"Location": header("Location")}}
        content: Json = {media_type: {"schema": {"type": "string"}} for media_type in words.other_media_types}
        headers: Json = {}
        if transactions.command_key in reached.functions:
            headers["Idempotent-Replay"] = header("Idempotent-Replay")
        if transactions.tell_events in reached.functions:
            headers["X-Followers-Behind"] = header("X-Followers-Behind")
        if words.other_media_types or words.media_type == "*/*":
            headers["Content-Disposition"] = header("Content-Disposition")
        content[words.media_type] = {"schema": self._envelope(words)}
        return {"description": words.summary, "content": content} | ({"headers": headers} if headers else {})

    def _envelope(self, words: Documentation) -> Any:
        data = self._data(words)
        if words.many:
            data = {"type": "array", "items": data}
        if not words.enveloped:
            return data
        properties: Json = {"success": {"const": True}, "message": {"type": "string"}, "data": data, **words.beside}
        if words.paged:
            properties["pagination"] = {"$ref": "#/components/schemas/Pagination"}
        return {"type": "object", "properties": properties, "required": list(properties)}

    def _data(self, words: Documentation) -> Any:
        if words.media_type != "application/json":
            # Text is a string; anything else is bytes.
            return {"type": "string"} if words.media_type.startswith("text/") else {}
        return self._shapes.reference(words.answer) if words.answer else {"type": "null"}


def _failure(status: str) -> Json:
    if int(status) not in FAILURES:
        raise RuntimeError(f"What status {status} means stands nowhere: add it to FAILURES.")
    return {"$ref": f"#/components/responses/Problem{status}"}
