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

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from shared.shapes.kinds import (
    Field,
    Included,
    Json,
    Options,
    anything,
    calendar_day,
    choice,
    count,
    day,
    flag,
    given,
    identifier,
    included,
    integer,
    listed,
    moment,
    money,
    nested,
    number,
    percent,
    public_file,
    text,
)
from shared.shapes.writer import Writer

__all__ = [
    "Field",
    "Included",
    "Json",
    "Options",
    "Shape",
    "anything",
    "calendar_day",
    "choice",
    "count",
    "day",
    "flag",
    "given",
    "identifier",
    "included",
    "integer",
    "listed",
    "moment",
    "money",
    "nested",
    "number",
    "percent",
    "public_file",
    "schema_of",
    "text",
]


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
        writer = Writer()
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
