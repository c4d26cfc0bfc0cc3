"""`python -m deploy.event_contracts`: writes services/*/contracts/ from the declarations of the events.

All of a contract is made anew but its `examples`, which are written by hand, in the contract itself. An object that has
a name, and the fields that several events have in common, stand once, in `definitions.json` beside the contracts.
"""

import importlib
import json
import types
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from inspect import cleandoc
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

from msgspec import UnsetType

from shared.messaging.contracts import DEFINITIONS, SERVICES, read_contracts
from shared.messaging.events import ADDED, EVERY_FIELD, Event

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_KINDS: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    UUID: {"type": "string", "format": "uuid"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    Decimal: {"type": "string", "pattern": r"^[0-9]{1,12}\.[0-9]{2}$"},
    dict: {"type": "object"},
    Any: {},
}


def contracts_of(service: str) -> dict[str, Schema]:
    """What stands in the contracts folder of a service, by name of the file, but for the examples."""
    return schemas_of(events_of(service))


def schemas_of(events: Sequence[type[Event]]) -> dict[str, Schema]:
    """The contracts of these events and their definitions, by name of the file. Raises ValueError when two objects
    have the same name."""
    return _Contracts(events).files()


def events_of(service: str) -> list[type[Event]]:
    """The events that a service declares, and those it publishes as others do (`AS_OTHERS`), by type."""
    module = importlib.import_module(f"services.{service}.events")
    declared = [*vars(module).values(), *module.AS_OTHERS]
    classes = [kind for kind in declared if isinstance(kind, type) and issubclass(kind, Event)]
    return sorted((kind for kind in classes if isinstance(vars(kind).get("type"), str)), key=lambda kind: kind.type)


class _Contracts:
    def __init__(self, events: Sequence[type[Event]]) -> None:
        self._events = events
        self._definitions: dict[str, Schema] = {}

    def files(self) -> dict[str, Schema]:
        owners = Counter(_declaring(event) for event in self._events)
        files: dict[str, Schema] = {}
        for event in self._events:
            owner = _declaring(event)
            shape = self._object(owner)
            if owners[owner] > 1:
                shape = self._defined(owner.__name__, shape)
            about = {"title": event.type, "description": _text(event)}
            files[f"{event.type}.json"] = {"$schema": DIALECT, "$id": event.type} | about | shape
        if self._definitions:
            files[DEFINITIONS] = {"$schema": DIALECT, "$defs": dict(sorted(self._definitions.items()))}
        return files

    def _object(self, kind: type, *, whole: bool = False) -> Schema:
        """Of a dataclass or typed dictionary; `whole` asks for the fields that may otherwise be left out."""
        properties, required = {}, []
        for name, hint in _hints(kind):
            is_optional, properties[name] = self._field(hint, whole=whole)
            if whole or not is_optional:
                required.append(name)
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def _field(self, hint: Any, *, whole: bool = False) -> tuple[bool, Schema]:
        """Whether the field may be missing, and its schema."""
        hint, notes = _unwrapped(hint)
        choices = get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)
        is_optional = NotRequired in notes or UnsetType in choices or ADDED in notes
        kind, more = _unwrapped(next(choice for choice in choices if choice not in {UnsetType, types.NoneType}))
        notes += more
        schema = self._kind(kind, whole=whole or EVERY_FIELD in notes)
        for note in notes:
            if isinstance(note, dict):
                # A list of values says what type they are of.
                schema = {key: part for key, part in schema.items() if key != "type" or "enum" not in note} | note
            elif isinstance(note, str):
                schema = schema | {"description": note}
        return is_optional, _or_none(schema) if types.NoneType in choices else schema

    def _kind(self, hint: Any, *, whole: bool) -> Schema:
        origin = get_origin(hint) or hint
        if is_typeddict(origin):
            name = f"Whole{origin.__name__}" if whole else origin.__name__
            return self._defined(name, self._object(origin, whole=whole))
        if origin is list:
            _, items = self._field(get_args(hint)[0], whole=whole)
            return {"type": "array"} | ({"items": items} if items else {})
        if origin is Literal:
            values = get_args(hint)
            return {"const": values[0]} if len(values) == 1 else {"enum": list(values)}
        if isinstance(origin, type) and issubclass(origin, Enum):
            return {"enum": [member.value for member in origin]}
        return _KINDS[origin]

    def _defined(self, name: str, shape: Schema) -> Schema:
        if self._definitions.setdefault(name, shape) != shape:
            raise ValueError(f"Two different things are called {name}.")
        return {"$ref": f"{DEFINITIONS}#/$defs/{name}"}


def _hints(kind: type) -> Iterator[tuple[str, Any]]:
    """The fields of an object with their hints; those of an event without what its envelope has."""
    hints = get_type_hints(kind, include_extras=True)
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(hints)
    envelope = {"aggregate_id", "version"} if issubclass(kind, Event) else set()
    return ((name, hints[name]) for name in names if name not in envelope)


def _unwrapped(hint: Any) -> tuple[Any, list[Any]]:
    """A hint without what is said about it, and that."""
    notes: list[Any] = []
    while (origin := get_origin(hint)) in {Annotated, NotRequired, Required}:
        hint, *more = get_args(hint)
        notes += [origin, *more]
    return hint, notes


def _or_none(schema: Schema) -> Schema:
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]}


def _declaring(event: type[Event]) -> type:
    """The class that declares the fields of an event: itself, or one of which it only is another case."""
    return next(kind for kind in event.__mro__ if vars(kind).get("__annotations__"))


def _text(event: type[Event]) -> str:
    return " ".join(cleandoc(event.__doc__ or "").split())


def _written(value: Any, indent: str = "") -> str:
    """A value as JSON; what fits in a line stands in one."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= 110:
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {_written(part, inner)}" for name, part in value.items()]
    else:
        parts = [_written(part, inner) for part in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f",\n{inner}".join([f"{opening}\n{inner}{parts[0]}", *parts[1:]]) + f"\n{indent}{closing}"


def write_contracts(service: str) -> None:
    """Write the files of a service; an event that is new has no examples yet, and one that went loses its file."""
    folder = SERVICES / service / "contracts"
    examples = {event_type: contract.get("examples", []) for event_type, contract in read_contracts(folder).items()}
    files = contracts_of(service)
    for name, contract in files.items():
        shown = {} if name == DEFINITIONS else {"examples": examples.get(contract["$id"], [])}
        (folder / name).write_text(_written(contract | shown) + "\n", encoding="utf-8")
    for path in folder.glob("*.json"):
        if path.name not in files:
            path.unlink()


def main() -> None:
    for service in sorted(path.parent.name for path in SERVICES.glob("*/events.py")):
        write_contracts(service)
        print(f"Wrote services/{service}/contracts.")


if __name__ == "__main__":
    main()
