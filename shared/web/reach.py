"""What a view can reach: the functions it calls, those that these call, and the errors named on the way.

Read from the compiled code, so that nobody has to list by hand what the code says already. It sees too much rather
than too little: an error that is caught on the way counts too, and of a method only the name is known.
"""

import dis
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from inspect import getattr_static
from types import CodeType, FunctionType, ModuleType
from typing import Any

from flask import Request, Response
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

# A method name that so many classes have says nothing of what is called.
_MOST_NAMESAKES = 3
_MAKING = ("__init__", "__post_init__")
_CACHED = type(cache(len))
# Methods of these are called everywhere, on things that are not ours.
_FOREIGN = (bytes, dict, list, set, str, tuple, datetime, Decimal, Connection, Engine, Session, Request, Response)
_FOREIGN_NAMES = frozenset(name for kind in _FOREIGN for name in dir(kind))


@dataclass(slots=True)
class Reached:
    """What was found: `functions` and `errors`, classes of exceptions, each once."""

    functions: set[FunctionType] = field(default_factory=set)
    errors: set[type[Exception]] = field(default_factory=set)


class Reach:
    """Follows the code of one service and of what it shares with others; `package` is the service's."""

    def __init__(self, package: str) -> None:
        self._ours = (f"{package}.", "shared.")
        self._methods = self._find_methods()
        self._followed: dict[FunctionType, tuple[Any, ...]] = {}

    def of(self, view: Any) -> Reached:
        """Everything that a view reaches."""
        found, waiting = Reached(), [view]
        while waiting:
            thing = waiting.pop()
            if isinstance(thing, type):
                if issubclass(thing, Exception):
                    found.errors.add(thing)
                # To make one may be refused.
                waiting += [made for name in _MAKING if (made := getattr(thing, name, None))]
            elif self._is_new(thing, found):
                found.functions.add(thing)
                if thing not in self._followed:
                    self._followed[thing] = tuple(self._named_by(thing))
                waiting += self._followed[thing]
        return found

    def _is_new(self, thing: Any, found: Reached) -> bool:
        return (
            isinstance(thing, FunctionType)
            and thing not in found.functions
            and (thing.__module__ or "").startswith(self._ours)
        )

    def _named_by(self, function: FunctionType) -> Iterator[Any]:
        """What a function names: in its closure, in its module, in other modules, and by methods of a rare name."""
        for cell in function.__closure__ or ():
            yield from _parts(cell.cell_contents)
        names, attributes, called = _names(function.__code__)
        named = [function.__globals__[name] for name in names if name in function.__globals__]
        modules = [vars(value) for value in named if isinstance(value, ModuleType)]
        for value in named:
            yield from _parts(value)
        for module in modules:
            yield from (module[name] for name in attributes if name in module)
        for kind in (value for value in named if isinstance(value, type)):
            yield from (method for name in attributes if (method := _method_of_class(kind, name)))
        for name in attributes - {name for module in modules for name in module}:
            methods = self._methods.get(name, ())
            # One that is only handed on, or is no method at all, must have a name that nothing else has.
            if name in called or len(methods) == 1:
                yield from methods

    def _find_methods(self) -> dict[str, list[FunctionType]]:
        found: dict[str, set[FunctionType]] = {}
        modules = [module for name, module in sys.modules.items() if name.startswith(self._ours)]
        kinds = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
        for kind in [kind for kind in kinds if kind.__module__.startswith(self._ours) and not _is_background(kind)]:
            for name, value in vars(kind).items():
                method = value.fget if isinstance(value, property) else value
                if isinstance(method, FunctionType) and name not in _FOREIGN_NAMES:
                    found.setdefault(name, set()).add(method)
        return {name: list(methods) for name, methods in found.items() if len(methods) <= _MOST_NAMESAKES}


def _method_of_class(kind: type, name: str) -> FunctionType | None:
    """What `kind.name` calls, where that is a method of the class itself."""
    method = getattr_static(kind, name, None)
    function = method.__func__ if isinstance(method, (classmethod, staticmethod)) else None
    return function if isinstance(function, FunctionType) else None


def _is_background(kind: type) -> bool:
    """Whether a class belongs to what runs in a worker, which no request starts."""
    return kind.__module__ in ("shared.worker", "shared.messaging.consumer")


def _parts(value: Any) -> Iterable[Any]:
    """A value, or what it wraps, or what a table of functions and errors holds."""
    if type(value) is dict:
        return value.values()
    if isinstance(value, partial):
        return (value.func,)
    return (value.__wrapped__ if isinstance(value, _CACHED) else value,)


def _names(code: CodeType) -> tuple[set[str], set[str], set[str]]:
    """The global names that code reads, its attributes, and those of them that it calls; of functions inside it too."""
    names: set[str] = set()
    attributes: set[str] = set()
    called: set[str] = set()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            names.add(step.argval)
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            attributes.add(step.argval)
            # Since Python 3.12 the lowest bit says that the attribute is called.
            if step.opname == "LOAD_METHOD" or (sys.version_info >= (3, 12) and (step.arg or 0) & 1):
                called.add(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            for found, inner in zip((names, attributes, called), _names(constant), strict=True):
                found |= inner
    return names, attributes, called
