"""What follows when a database has gone back to a moment: done at its next start, before anybody works in it."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from deploy.backups.carried import raise_numbers, take_trail_up
from deploy.local.accounts import Account

# Inside the folder of the database, so that it comes and goes with it.
MARK = Path("restored")
_NAME = "restored.json"


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The database is as it was at the moment `to` (None: as far as the log went), restored at `at`.

    `numbers` are the last that the database it replaces had given out, by sequence; where that could not be asked each
    sequence goes on `margin` later. `epoch` is the newest that it was in, 0 when nobody knows.
    """

    to: datetime | None
    at: datetime
    numbers: Mapping[str, int] = field(default_factory=dict)
    margin: int = 0
    epoch: int = 0

    @property
    def reason(self) -> str:
        """In words, for the audit trail."""
        return f"The database went back to {self.to.isoformat() if self.to else 'the end of its archived log'}."


def leave(data: Path, account: Account, aftermath: Aftermath) -> None:
    """Write down what is to be done with the database in `data`, beside what of its audit trail was laid by."""
    text = json.dumps(asdict(aftermath), default=datetime.isoformat, indent=2)
    (folder_in(data, account) / _NAME).write_text(text + "\n")
    for path in (data / MARK).iterdir():
        account.owns(path)


def folder_in(data: Path, account: Account) -> Path:
    """The folder for what is to be carried over, made when it is missing."""
    folder = data / MARK
    folder.mkdir(mode=0o700, exist_ok=True)
    account.owns(folder)
    return folder


def waiting(data: Path) -> Aftermath | None:
    """What is still to be done with the database in `data`."""
    file = data / MARK / _NAME
    if not file.exists():
        return None
    values = json.loads(file.read_text())
    to = datetime.fromisoformat(values["to"]) if values["to"] else None
    return Aftermath(**{**values, "to": to, "at": datetime.fromisoformat(values["at"])})


def carry_over(data: Path, url: str) -> None:
    """Of what waits, the first part: the numbers and the audit trail, in the database at `url`. Harmless to repeat."""
    if aftermath := waiting(data):
        raise_numbers(url, aftermath.numbers, margin=aftermath.margin)
        take_trail_up(url, data / MARK)


def settle(data: Path, url: str, begin_epoch: Callable[[Aftermath], None], say: Callable[[str], None]) -> None:
    """Do what waits, if anything does: no number is given out twice, the audit trail goes on where it was, and by
    `begin_epoch` everybody learns what counts now. Harmless to repeat; the database runs,
    and nobody works in it yet."""
    if not (aftermath := waiting(data)):
        return
    say(f"{aftermath.reason} Numbers go on behind those given since, and everything is published anew ...")
    carry_over(data, url)
    begin_epoch(aftermath)
    # The name first: what is half deleted must not be done again by halves.
    done = (data / MARK).rename(data / f"{MARK}.done")
    shutil.rmtree(done)
