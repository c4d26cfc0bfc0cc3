"""`python -m deploy.settings_page`: writes docs/settings.md from the settings classes and the comments in them."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

from deploy.backups.settings import Settings as BackupSettings
from deploy.database.provision import SERVICES
from gateway.settings import Settings as GatewaySettings
from shared.settings import FORMERLY, BaseSettings, OwnerSettings
from shared.storage.settings import StorageSettings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"

_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", date: "day, as 2026-03-31"}
_INTRODUCTION = """\
# Settings

Made by `make settings` from the settings classes, where each meaning is the comment above its field; do not edit.

Each setting is an environment variable. A process of lending looks for `LENDING_<NAME>`, then for `<NAME>`, and so does
each service and the gateway with its own prefix; with `_FILE` appended either is the path of a file that holds the
value, which is the right way for a secret. A list is separated by commas. A process that lacks a setting, or has a
malformed one, names all of them in one line and does not start.

`make up` sets what it must itself and takes everything else from its environment; `docker compose` takes it from its
environment or from `.env` beside docker-compose.yml (for its owner alone, for it may hold secrets), where what is of
one part has the prefix that stands here.
"""
_HEAD = "| name | type | default | meaning |\n|---|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the page. `meaning` is empty when nobody has written one."""

    name: str
    kind: str
    default: str
    meaning: str


def settings_of(service: str) -> type[BaseSettings]:
    """The settings class of a service."""
    parts = import_module(f"services.{service}.__main__").SERVICE
    kind: type[BaseSettings] = parts.settings
    return kind


def sections() -> Iterator[tuple[str, Sequence[Setting]]]:
    """The title and the rows of each section: what all services have first, then what each has or changes."""
    yield "Of every service", _rows(BaseSettings, "")
    yield "Of identity, membership and lending, which keep files", _rows(StorageSettings, "", beyond=BaseSettings)
    for service in SERVICES:
        kind = settings_of(service)
        base = StorageSettings if issubclass(kind, StorageSettings) else BaseSettings
        yield f"Of {service}", _rows(kind, f"{service.upper()}_", beyond=base)
    yield "Of `migrate`, in every service", _rows(OwnerSettings, "", beyond=BaseSettings)
    yield "Of the archive of the database and its backups", _rows(BackupSettings, "BACKUPS_")
    yield "Of the gateway", _rows(GatewaySettings, "GATEWAY_")


def page() -> str:
    """The text of docs/settings.md."""
    tables = [f"\n## {title}\n\n{_HEAD}{''.join(map(_line, rows))}" for title, rows in sections()]
    return _INTRODUCTION + "".join(tables)


def _line(setting: Setting) -> str:
    cells = (f"`{setting.name}`", setting.kind, setting.default, setting.meaning)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _rows(kind: type[Any], prefix: str, *, beyond: type[Any] | None = None) -> Sequence[Setting]:
    """The settings of a class; with `beyond` only those that this class of its ancestors lacks, or has otherwise."""
    hints, sources = get_type_hints(kind), _sources(kind)
    inherited = _sources(beyond) if beyond else {}
    return [
        Setting(
            f"{prefix}{setting.name.upper()}",
            _kind(hints[setting.name]) + ("" if setting.repr else ", secret"),
            _default(setting, sources[setting.name]),
            sources[setting.name].meaning + _former(setting.metadata.get(FORMERLY)),
        )
        for setting in fields(kind)
        if setting.name not in inherited or inherited[setting.name].default != sources[setting.name].default
    ]


def _former(name: str | None) -> str:
    return f" `{name}`, as it was called before, goes on being read." if name else ""


def _kind(hint: Any) -> str:
    if isinstance(hint, UnionType):  # `int | None`
        hint = next(option for option in get_args(hint) if option is not type(None))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " or ".join(f"`{member.value}`" for member in hint)
    return _KINDS.get(hint, "list")


def _default(setting: Any, source: "_Source") -> str:
    if setting.default is MISSING:
        return "required" if setting.default_factory is MISSING else "none"
    if source.is_computed:
        return "by the machine"
    value = setting.default.value if isinstance(setting.default, Enum) else setting.default
    if value in ("", (), None):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(f"`{part}`" for part in value) if isinstance(value, tuple) else f"`{value}`"


@dataclass(frozen=True, slots=True)
class _Source:
    """How a field stands in its class: the code of its default, and the comment above it."""

    default: str
    is_computed: bool
    meaning: str


def _sources(kind: type[Any]) -> dict[str, _Source]:
    """By field, its nearest declaration; one without a comment has that of the ancestor."""
    found: dict[str, _Source] = {}
    for ancestor in reversed(kind.__mro__[:-1]):
        text = textwrap.dedent(inspect.getsource(ancestor))
        lines = text.splitlines()
        for node in ast.parse(text).body[0].body:  # type: ignore[attr-defined]  # the one statement is a class
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            name, before = node.target.id, found.get(node.target.id)
            meaning = _comment_above(lines, node.lineno - 1) or (before.meaning if before else "")
            found[name] = _Source(ast.unparse(node.value) if node.value else "", _is_computed(node.value), meaning)
    return found


def _is_computed(default: ast.expr | None) -> bool:
    """Whether a default may be another one on another machine."""
    calls = [node for node in ast.walk(default) if isinstance(node, ast.Call)] if default else []
    return any(not (isinstance(call.func, ast.Name) and call.func.id in ("field", "formerly")) for call in calls)


def _comment_above(lines: Sequence[str], index: int) -> str:
    comment: list[str] = []
    while index and (line := lines[index - 1].strip()).startswith("#"):
        comment.insert(0, line.lstrip("# "))
        index -= 1
    return " ".join(comment)


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(f"Wrote {PAGE}.")


if __name__ == "__main__":
    main()
