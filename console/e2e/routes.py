"""The addresses of the console, as its router declares them."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_ROUTER = Path(__file__).parent.parent / "src" / "app"
_ROUTE = re.compile(r'const (\w+) = createRoute\(\{\s*getParentRoute: \(\) => (\w+),\s*(path|id): "([^"]+)"')


@cache
def addresses() -> frozenset[str]:
    """Every address that has a page, with its parameters as `$name`."""
    code = "".join(path.read_text() for path in sorted(_ROUTER.glob("*.tsx")))
    declared = {name: (parent, path if kind == "path" else "") for name, parent, kind, path in _ROUTE.findall(code)}
    assert len(declared) == code.count("createRoute({"), "a route is declared in a way of its own"
    parents = {parent for parent, _ in declared.values()}

    def whole(name: str) -> str:
        if name not in declared:
            return ""
        parent, path = declared[name]
        return f"{whole(parent)}/{path.strip('/')}".rstrip("/")

    return frozenset(whole(name) or "/" for name in declared if name not in parents)


def unopened(opened: Iterable[str]) -> set[str]:
    """The addresses that none of these leads to."""
    return set(addresses()) - {_address_of(each.partition("?")[0]) for each in opened}


def _address_of(path: str) -> str:
    """The address that a path leads to: one without parameters rather than one with; nothing where there is none."""
    fitting = [each for each in addresses() if _pattern(each).fullmatch(path)]
    return min(fitting, key=lambda each: each.count("$"), default="")


def _pattern(address: str) -> re.Pattern[str]:
    return re.compile("/".join("[^/]+" if part.startswith("$") else re.escape(part) for part in address.split("/")))
