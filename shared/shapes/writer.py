"""Writers of shapes: the Python functions that make the dict of a row, compiled from what a shape declares."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared import wire
from shared.shapes.kinds import NOTHING, Field, Json

if TYPE_CHECKING:
    from shared.shapes import Shape

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the attributes of a shape are: in columns of a row that begin with a prefix, or in a mapping."""

    prefix: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    mapping: str = ""

    def column(self, name: str) -> str:
        """What the row calls an attribute."""
        if name in self.renamed:
            return self.renamed[name]
        for beginning, other in self.renamed.items():
            if beginning.endswith("_") and name.startswith(beginning):
                return other + name.removeprefix(beginning)
        return self.prefix + name

    def inside(self, prefix: str, renamed: Mapping[str, str]) -> "_Place":
        """The place of a shape inside the one at this place; what it renames is named in full."""
        if not prefix and not renamed:
            return self
        if prefix:
            return _Place(self.column(prefix), renamed)
        return _Place(self.prefix, {**self.renamed, **renamed})


class Writer:
    """Writes the Python function that makes the dict of a row. Its names begin with an underscore, so that values can
    be given to it under any other."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {
            "_moment": wire.timestamp,
            "_moment_of_text": wire.timestamp_of_text,
            "_day": wire.day,
            "_day_of_text": wire.day_of_text,
            "_number": wire.number,
            "_public_file": wire.PublicFile.url,
        }
        self.given: dict[str, None] = {}
        self.attributes: dict[str, None] = {}
        self._bound: dict[int, str] = {}
        self._mappings: dict[str, str] = {}
        self._locals: dict[str, str] = {}

    def function(self, name: str, fields: Mapping[str, Field]) -> Callable[..., Json]:
        """The function, which tracebacks call `<name>`."""
        place = _Place()
        answer = self._object({key: each for key, each in fields.items() if not each.optional}, place)
        optional = {key: self._value(key, each, place) for key, each in fields.items() if each.optional}
        lines = [f"{local} = {attribute} or {{}}" for attribute, local in self._mappings.items()]
        if optional:
            lines.append(f"_answer = {answer}")
            for key, value in optional.items():
                lines += [f"if (_value := {value}) is not None:", f"    _answer[{key!r}] = _value"]
            answer = "_answer"
        row = "row" if self.attributes else "row=None"
        signature = ", ".join([row, *(["*", *self.given] if self.given else [])])
        code = "\n    ".join([f"def of({signature}):", *lines, f"return {answer}"])
        exec(compile(code, f"<{name}>", "exec"), self.names)  # noqa: S102 - of our own declarations, as dataclasses do
        function: Callable[..., Json] = self.names["of"]
        return function

    def _object(self, fields: Mapping[str, Field], place: _Place) -> str:
        values = {name: self._value(name, each, place) for name, each in fields.items()}
        # What several fields show is made once: the union and the branch of a loan are one dict.
        uses, made, members = Counter(values.values()), set[str](), list[str]()
        for name, value in values.items():
            written = value
            if uses[value] > 1 and ("(" in value or "{" in value):
                local = self._local(value)
                written = local if value in made else f"({local} := {value})"
                made.add(value)
            members.append(f"{name!r}: {written}")
        return "{" + ", ".join(members) + "}"

    def _value(self, name: str, each: Field, place: _Place) -> str:
        for step in each.steps:
            place = place.inside(step.prefix, step.renamed)
        if each.within:
            place = self._within(self._attribute(each.within, place))
        if each.always is not NOTHING:
            return self._constant(each.always)
        if each.shape and not each.many and each.of is None:
            return self._inline(each.shape, each, place)
        source = self._source(each.of or _snake(name), place)
        if each.shape and not each.written:
            return self._written(each.shape, each, source)
        form = each.form_of_text if place.mapping else each.form
        return self._formed(form, each, source)

    def _formed(self, form: str, each: Field, source: str) -> str:
        if each.missing is not NOTHING:
            local = self._local(source)
            return f"({self._constant(each.missing)} if ({local} := {source}) is None else {form.format(local)})"
        if (each.maybe or each.optional) and form != "{}" and not each.takes_none:
            local = self._local(source)
            return f"(None if ({local} := {source}) is None else {form.format(local)})"
        return form.format(source)

    def _written(self, shape: "type[Shape]", each: Field, source: str) -> str:
        """Of an object, or of a list of them, by the writer of its shape."""
        self.given |= dict.fromkeys(shape.given)
        write, more = self._bind(shape.of), "".join(f", {name}={name}" for name in shape.given)
        form = f"[{write}(_each{more}) for _each in {{}}]" if each.many else f"{write}({{}}{more})"
        return self._formed(form, each, source)

    def _inline(self, shape: "type[Shape]", each: Field, place: _Place) -> str:
        """Of the same row, without a call."""
        if any(inner.optional for inner in shape.fields.values()):
            raise TypeError(f"{shape.__name__} has optional fields: it is written of an object of its own.")
        place = place.inside(each.prefix, each.renamed)
        inner = self._object(shape.fields, place)
        if each.maybe or each.optional:
            return f"(None if {self._attribute('id', place)} is None else {inner})"
        return inner

    def _source(self, of: str | Callable[..., Any], place: _Place) -> str:
        if isinstance(of, str):
            return self._attribute(of, place)
        parameters = inspect.signature(of).parameters.values()
        own = [parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
        self.given |= dict.fromkeys(parameter.name for parameter in own)
        arguments = [self._attribute(each.name, place) for each in parameters if each.kind is not each.KEYWORD_ONLY]
        arguments += [f"{parameter.name}={parameter.name}" for parameter in own]
        return f"{self._bind(of)}({', '.join(arguments)})"

    def _attribute(self, name: str, place: _Place) -> str:
        if name == "row":
            return "row"
        if place.mapping:
            return f"{place.mapping}.get({name!r})"
        column = place.column(name)
        self.attributes[column] = None
        return f"row.{column}"

    def _within(self, attribute: str) -> _Place:
        return _Place(mapping=self._mappings.setdefault(attribute, f"_mapping_{len(self._mappings)}"))

    def _constant(self, value: Any) -> str:
        return repr(value) if value is None or type(value) in (bool, int, str) else self._bind(value)

    def _bind(self, value: Any) -> str:
        name = self._bound.setdefault(id(value), f"_bound_{len(self._bound)}")
        self.names[name] = value
        return name

    def _local(self, source: str) -> str:
        return self._locals.setdefault(source, f"_value_{len(self._locals)}")
