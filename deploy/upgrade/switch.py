"""The moment from which the upgraded database counts: a few renames, which are finished by whoever comes next when they
are interrupted."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from deploy.backups.archive import Archive, sync
from deploy.backups.server import claim
from deploy.backups.versions import version_of_data
from deploy.local.accounts import Account
from deploy.local.kernel import exchange

_NAME = "upgrade.json"


@dataclass(frozen=True, slots=True)
class Switch:
    """From PostgreSQL `old` to `new`, at the moment `at`. `kept` is the name that the old database gets beside the new
    one, empty where it stays in its own place; `archive` is the folder its log went to, empty where that was nowhere.
    """

    old: int
    new: int
    at: datetime
    kept: str
    archive: str


def upgraded(data: Path) -> Path:
    """Where the database is made that is to be in `data`."""
    return data.with_name(f"{data.name}.upgraded")


def begin(data: Path, account: Account, switch: Switch) -> None:
    """Let the upgraded database be the one in `data`: from the moment that this is written down it will be, whoever is
    killed meanwhile."""
    mark = data.with_name(_NAME)
    partial = mark.with_name(f"{_NAME}.partial")
    partial.write_text(json.dumps(asdict(switch), default=datetime.isoformat, indent=2) + "\n")
    partial.replace(mark)
    sync(mark.parent)
    finish(data, account)


def finish(data: Path, account: Account) -> bool:
    """Do what is left of a switch that had begun, and say whether one had; harmless to repeat. Nothing may run in
    `data`."""
    mark = data.with_name(_NAME)
    if not mark.exists():
        return False
    values = json.loads(mark.read_text())
    switch = Switch(**{**values, "at": datetime.fromisoformat(values["at"])})
    # First the database: who knows nothing of upgrades does not start one of another version, and changes nothing.
    _replace(data, switch)
    if switch.archive:
        archive = Archive(Path(switch.archive), account)
        archive.set_apart(switch.old, switch.at)
        claim(archive, data, anew=True)
    mark.unlink()
    sync(mark.parent)
    return True


def _replace(data: Path, switch: Switch) -> None:
    fresh = upgraded(data)
    if not data.exists():
        fresh.rename(data)
    elif version_of_data(data) == switch.old:
        try:
            exchange(data, fresh)
        except OSError:
            # A file system that cannot do that.
            data.rename(data.with_name(switch.kept))
            fresh.rename(data)
    # By now the old one has that name, if anything has.
    if fresh.exists():
        fresh.rename(data.with_name(switch.kept))
    sync(data.parent)
