"""What a running platform leaves for the commands that work on it, in a file that only its owner can read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.credentials import write_secret

STATE = Path("run/platform.json")


@dataclass(frozen=True, slots=True)
class State:
    """`parts` are the addresses by the name of the process, in the order of their start; `environment` is that of a
    command of a service, `database_url` the superuser's. `broker_environment` is that of the private node, if any."""

    url: str
    broker: str
    parts: Mapping[str, str]
    environment: Mapping[str, str]
    database_url: str
    broker_environment: Mapping[str, str]

    def write(self, root: Path) -> None:
        """Leave it in the folder of the platform."""
        (root / STATE).parent.mkdir(parents=True, exist_ok=True)
        write_secret(root / STATE, json.dumps(asdict(self), indent=2) + "\n")


def read_state(root: Path) -> State | None:
    """What the platform in this folder has left, or None when it has not got so far."""
    try:
        return State(**json.loads((root / STATE).read_text()))
    except FileNotFoundError:
        return None


def forget_state(root: Path) -> None:
    """To be called when nothing runs any more."""
    (root / STATE).unlink(missing_ok=True)
