"""The edge of a view: loading what came in through a schema, and saying what goes out for the API document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from shared import exact_json
from shared.errors import RuleViolated
from shared.fields import refuse
from shared.shapes import Field, Shape

View = TypeVar("View", bound=Callable[..., Any])

# More than any form, list of ids or table of rows that is sent has. A million bytes can hold ten times as many, and to
# read those, and to look for the fields one knows among them, is what costs.
MOST_VALUES = 20_000


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file field of a form: what it takes, and whether it may be left out or given several times."""

    description: str
    required: bool = True
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Documentation:
    """What the API document says of one view, beside its docstring.

    `name` is the operation's id, which generated clients call their methods by; that of the view unless it is given.
    `answer` is the shape of the data, or a single field of one; without one the data is null. `many`: the data is a
    list; `paged`: with pagination beside it; `beside`: further members of the envelope, as JSON Schema.
    `status` is that of the success, None where there is none; `statuses` are further successes with the same body, and
    with none where they redirect. `form` and `files`: the fields of a form, instead of a JSON body or beside one.
    `media_type`: that of the answer, `other_media_types`: those it may have instead.
    """

    summary: str
    name: str = ""
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    answer: type[Shape] | Field | None = None
    many: bool = False
    paged: bool = False
    status: int | None = 200
    enveloped: bool = True
    beside: Mapping[str, Any] = field(default_factory=dict)
    statuses: tuple[int, ...] = ()
    optional_body: bool = False
    form: type[Schema] | None = None
    files: Mapping[str, FilePart] = field(default_factory=dict)
    media_type: str = "application/json"
    other_media_types: tuple[str, ...] = ()


def documented(summary: str, **more: Any) -> Callable[[View], View]:
    """Say what a view takes and answers, in the words of Documentation. The view's docstring tells clients the rest."""
    words = Documentation(summary=summary, **more)

    def decorate(view: View) -> View:
        vars(view)["documentation"] = words
        return view

    return decorate


NO_BODY = "This request needs a body, in JSON"


class BodyMissing(RuleViolated):
    """Nothing was sent where something is asked for."""


def load(schema: type[Schema], *, optional: bool = False) -> dict[str, Any]:
    """The JSON body of the request, checked; with `optional` no body is an empty one.

    Raises BodyMissing, 415 for another content type, 400 for what is not a JSON object, ValidationError for faulty
    fields.
    """
    raw = request.get_data()
    if not raw:
        if not optional:
            raise BodyMissing(NO_BODY)
        raw = b"{}"
    elif request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON with the content type application/json.")
    try:
        body = exact_json.loads(raw, most_values=MOST_VALUES)
    except exact_json.DuplicateKey as error:
        raise refuse(error.key, str(error)) from error
    except exact_json.RefusedJson as error:
        raise BadRequest(str(error)) from error
    except ValueError as error:
        raise BadRequest("The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return checked(schema, body)


def load_query(schema: type[Schema]) -> dict[str, Any]:
    """The query string, checked; of a parameter given twice the first counts, an empty one is absent."""
    return checked(schema, {name: value for name, value in request.args.items() if value != ""})


def checked(schema: type[Schema], values: dict[str, Any]) -> dict[str, Any]:
    """The values, loaded by a schema. Raises ValidationError."""
    loaded = _instance(schema).load(values)
    if not isinstance(loaded, dict):
        raise ValidationError("Not an object.")
    return loaded


@cache
def _instance(schema: type[Schema]) -> Schema:
    return schema()
