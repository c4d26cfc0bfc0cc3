"""What answers look like, declared once.

A shape lists the fields of a JSON object by their names on the wire. Its writer, its schema in the API document and the
snapshots of the audit trail follow from that list:

    from shared import shapes

    class UnionRef(shapes.Shape):
        id = shapes.identifier()
        name = shapes.text()
        location = shapes.text(maybe=True)  # may be null

    class Union(UnionRef):
        creditOfficerId = shapes.identifier(of="officer_id")
        creditOfficer = shapes.nested(UserRef, "officer_")
        createdAt = shapes.moment()

`Union.of(row)` is the object as a dict that `orjson` writes. A field reads the attribute of the row that has its name
in snake case: `createdAt` reads `row.created_at`. Where that is not so, `of` says what it reads:

- `of="officer_id"`: another attribute;
- `of=full_name`: what this function returns. Its parameters are attributes of the row (`row` is the row itself), and
  its keyword-only parameters are given to the writer: with `of=lambda due_on, *, today: today > due_on` the writer is
  called as `Line.of(row, today=today)`;
- `of=shapes.given("documents")`: a value that is given to the writer;
- `always=None`: no attribute, always this value.

A shape inside another one either reads the columns of the same row that begin with a prefix (`officer_id`,
`officer_first_name`; with the prefix `officer.` the attributes of an object), or an object of its own, when `of` says
which. A shape that extends another one has the fields of that one first; a field that is declared again keeps its
place.

The name of a shape in the API document is that of its class with `Answer` behind it.
"""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, TypedDict, Unpack

from shared import wire

Json = dict[str, Any]
Source = str | Callable[..., Any] | None
"""Where a value comes from: an attribute, a function of attributes, or None: the name of the field in snake case."""

_NOTHING: Any = object()
_TWO_DECIMALS = r"^-?[0-9]+\.[0-9]{2}$"
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class Options(TypedDict, total=False):
    """What may be said of any field.

    `within`: its value stands in the mapping that is this attribute, as events carry it: days and instants are text.
    `maybe`: it may be null. `missing`: what is written instead of null. `optional`: it is left out instead of null, and
    comes after all others. `description`: what the API document says of it, where its name means something else
    elsewhere.
    """

    of: Source
    always: Any
    within: str
    maybe: bool
    missing: Any
    optional: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a shape; made by the functions below.

    `form` is the Python expression that writes a value `{}` which is not None, and `form_of_text` the one for a value
    as events carry it; `takes_none`: they write null for None themselves.
    """

    schema: Json = field(default_factory=dict)
    form: str = "{}"
    form_of_text: str = "{}"
    takes_none: bool = False
    shape: "type[Shape] | None" = None
    many: bool = False
    written: bool = False
    prefix: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    steps: tuple["Included", ...] = ()
    of: Source = None
    always: Any = _NOTHING
    within: str = ""
    maybe: bool = False
    missing: Any = _NOTHING
    optional: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Included:
    """The fields of another shape, at this place of a shape."""

    shape: "type[Shape]"
    prefix: str
    within: str
    renamed: Mapping[str, str]


def identifier(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "string", "format": "uuid"}, **options)


def text(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "string"}, **options)


def choice(values: type[StrEnum] | Iterable[str], **options: Unpack[Options]) -> Field:
    """One of a fixed list."""
    return Field(schema={"type": "string", "enum": [str(value) for value in values]}, **options)


def money(**options: Unpack[Options]) -> Field:
    """An amount that is stored: text with two decimals."""
    schema = {"type": "string", "format": "money", "pattern": _TWO_DECIMALS}
    return Field(schema=schema, form="format({}, '.2f')", **options)


def percent(**options: Unpack[Options]) -> Field:
    """A rate that is stored, which is a fraction: a percentage as text with two decimals."""
    schema = {"type": "string", "format": "percent", "pattern": _TWO_DECIMALS}
    return Field(schema=schema, form="format({} * 100, '.2f')", **options)


def number(**options: Unpack[Options]) -> Field:
    """What is computed: an amount or a percentage as a JSON number with at most two decimals."""
    return Field(schema={"type": "number"}, form="_number({})", **options)


def count(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "integer", "minimum": 0}, **options)


def integer(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "integer"}, **options)


def flag(**options: Unpack[Options]) -> Field:
    return Field(schema={"type": "boolean"}, **options)


def moment(**options: Unpack[Options]) -> Field:
    """`2026-03-11T09:30:00.000Z`."""
    schema = {"type": "string", "format": "date-time"}
    return Field(schema=schema, form="_moment({})", form_of_text="_moment_of_text({})", takes_none=True, **options)


def day(**options: Unpack[Options]) -> Field:
    """A calendar day, which the wire writes as midnight UTC of it."""
    schema = {"type": "string", "format": "date-time", "pattern": r"T00:00:00\.000Z$", "x-calendar-day": True}
    return Field(schema=schema, form="_day({})", form_of_text="_day_of_text({})", takes_none=True, **options)


def public_file(**options: Unpack[Options]) -> Field:
    """The address of a file that everybody may see, of the path where it is stored."""
    form = "_public_file({})"
    return Field(schema={"type": "string"}, form=form, form_of_text=form, takes_none=True, **options)


def anything(schema: Json | None = None, **options: Unpack[Options]) -> Field:
    """A JSON value as it is, which the schema describes."""
    return Field(schema=schema or {}, **options)


def nested(
    shape: "type[Shape]",
    prefix: str = "",
    *,
    of: Source = None,
    written: bool = False,
    maybe: bool = False,
    optional: bool = False,
    description: str = "",
    **renamed: str,
) -> Field:
    """A shape of columns that begin with the prefix, or of the object that `of` names. `written`: what `of` names was
    written by the shape already, so that several objects can share it.

    `renamed`: attributes that stand elsewhere (`id="created_by"`), also all with one beginning (`officer_="officer_"`).
    Where it may be null, it is null when its `id` or the object is None.
    """
    return Field(
        shape=shape,
        prefix=prefix,
        renamed=renamed,
        of=of,
        written=written,
        maybe=maybe,
        optional=optional,
        description=description,
    )


def listed(of_each: "type[Shape] | Field", **options: Unpack[Options]) -> Field:
    """A list of shapes, or of values of one kind, which are written as they are."""
    if isinstance(of_each, Field):
        return Field(schema={"type": "array", "items": of_each.schema}, **options)
    return Field(shape=of_each, many=True, **options)


def included(shape: "type[Shape]", prefix: str = "", *, within: str = "", **renamed: str) -> Included:
    """All fields of another shape at this place, whatever name this has; see `nested`, and `within` of Options."""
    return Included(shape, prefix, within, renamed)


def given(name: str) -> Callable[..., Any]:
    """The source of a value that is given to the writer by this name."""

    def source(**values: Any) -> Any:
        return values[name]

    parameter = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY)
    vars(source)["__signature__"] = inspect.Signature([parameter])
    return source


class Shape:
    """An object of an answer. `of` writes it of a row; `attributes` are those of the row that it reads, and `given`
    what the writer is given beside the row.

    `class MemberRef(directory.MemberRef, maybe=("code",))`: these fields may be null, though not in the extended shape.
    """

    fields: ClassVar[dict[str, Field]] = {}
    attributes: ClassVar[tuple[str, ...]] = ()
    given: ClassVar[tuple[str, ...]] = ()
    of: ClassVar[Callable[..., Json]]
    _declared: ClassVar[dict[str, Field | Included]] = {}

    def __init_subclass__(cls, *, maybe: Collection[str] = ()) -> None:
        inherited: dict[str, Field | Included] = {}
        for base in cls.__bases__:
            inherited |= vars(base).get("_declared", {})
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field | Included)}
        cls._declared = inherited | own
        cls.fields = dict(_flat(cls._declared))
        nullable = {name: replace(cls.fields[name], maybe=True) for name in maybe}
        cls._declared |= nullable
        cls.fields |= nullable
        writer = _Writer()
        cls.of = staticmethod(writer.function(cls.__name__, cls.fields))
        cls.given, cls.attributes = tuple(writer.given), tuple(writer.attributes)

    @classmethod
    def component(cls) -> str:
        """Its name in the API document."""
        return f"{cls.__name__}Answer"

    @classmethod
    def schema(cls) -> Json:
        """Its schema in the API document, which refers to those of the shapes inside it."""
        required = sorted(name for name, each in cls.fields.items() if not each.optional)
        properties = {name: schema_of(each) for name, each in cls.fields.items()}
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def schema_of(of: Field) -> Json:
    """The schema of a field in the API document."""
    schema = of.schema
    if of.shape:
        schema = {"$ref": f"#/components/schemas/{of.shape.component()}"}
        schema = {"type": "array", "items": schema} if of.many else schema
    if of.maybe:
        schema = _or_null(schema)
    return schema | ({"description": of.description} if of.description else {})


def _or_null(schema: Json) -> Json:
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]} if schema else {}
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | values


def _flat(declared: Mapping[str, Field | Included]) -> Iterator[tuple[str, Field]]:
    for name, value in declared.items():
        if isinstance(value, Field):
            yield name, value
        else:
            for inner, each in value.shape.fields.items():
                yield inner, replace(each, within=value.within or each.within, steps=(value, *each.steps))


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


class _Writer:
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
        # Made of the declarations in our own code, as the methods of dataclasses are.
        exec(compile(code, f"<{name}>", "exec"), self.names)  # noqa: S102
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
        if each.always is not _NOTHING:
            return self._constant(each.always)
        if each.shape and not each.many and each.of is None:
            return self._inline(each.shape, each, place)
        source = self._source(each.of or _snake(name), place)
        if each.shape and not each.written:
            return self._written(each.shape, each, source)
        form = each.form_of_text if place.mapping else each.form
        return self._formed(form, each, source)

    def _formed(self, form: str, each: Field, source: str) -> str:
        if each.missing is not _NOTHING:
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
