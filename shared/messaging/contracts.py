"""The contracts of events: `services/<publisher>/contracts/<type>.json`, written by `make contracts`.

Nobody imports the declarations of another service; what a publisher promises is read here, by all.
"""

from pathlib import Path
from typing import Any

import orjson

SERVICES = Path(__file__).resolve().parents[2] / "services"
DEFINITIONS = "definitions.json"
"""Beside the contracts of a service: schemas that several of them have in common."""
EVERY_TYPE = "*.*.*.v*"


def promised(pattern: str, services: Path = SERVICES) -> tuple[str, ...]:
    """The types with a contract that fit a pattern such as `lending.loan.*.v1`, sorted. Raises LookupError when none
    does."""
    types = tuple(sorted(path.stem for path in services.glob(f"*/contracts/{pattern}.json")))
    if not types:
        raise LookupError(f"No service promises an event of the type {pattern}.")
    return types


def read_contracts(folder: Path) -> dict[str, dict[str, Any]]:
    """The JSON Schema of each event a service promises, by type, with its definitions put in."""
    definitions = folder / DEFINITIONS
    defined = orjson.loads(definitions.read_bytes())["$defs"] if definitions.is_file() else {}
    contracts = {path.stem: orjson.loads(path.read_bytes()) for path in sorted(folder.glob(f"{EVERY_TYPE}.json"))}
    return {event_type: _expanded(contract, defined) for event_type, contract in contracts.items()}


def _expanded(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_expanded(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    own = {name: part if name == "examples" else _expanded(part, definitions) for name, part in schema.items()}
    if reference := own.pop("$ref", None):
        return _expanded(definitions[reference.rpartition("/")[2]], definitions) | own
    return own
