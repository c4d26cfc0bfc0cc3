"""The folder that holds it all: the files of the log, the base backups, and what became of them."""

import fcntl
import gzip
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from deploy.backups.errors import ArchiveBusy, CannotBackUp
from deploy.backups.wal import Segment, timeline_of_history
from deploy.local.accounts import Account

_PARTIAL = "."
_APART, _UNTIL = "postgres-", "until.json"


class Kind(StrEnum):
    """A whole copy of the database, or what has changed since another backup."""

    FULL = "full"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True)
class BaseBackup:
    """A copy of the database as it was at `ended_at`, once the log from `start_lsn` to `end_lsn` is applied.

    `parent` is the name of the backup that an incremental one is built upon. `bytes` is what it takes in the archive,
    `database_bytes` what the files that are in it take in a database.
    """

    name: str
    kind: Kind
    system: str
    timeline: int
    start_lsn: str
    end_lsn: str
    began_at: datetime
    ended_at: datetime
    parent: str | None
    bytes: int
    database_bytes: int

    @classmethod
    def from_json(cls, text: str) -> "BaseBackup":
        """What `to_json` wrote."""
        values = json.loads(text)
        moments = {name: datetime.fromisoformat(values[name]) for name in ("began_at", "ended_at")}
        return cls(**{**values, **moments, "kind": Kind(values["kind"])})

    def to_json(self) -> str:
        """All of it, for its file."""
        return json.dumps(asdict(self), default=datetime.isoformat, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Return:
    """The database went back to the moment `to` (None: to all that was there), and from `at` on it is in `timeline`."""

    timeline: int
    to: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was archived until a moment, when the database was of an earlier major version of PostgreSQL, whose programs
    alone can read it. `folder` is an archive of its own."""

    version: int
    folder: Path
    until: datetime


class Archive:
    """The archive in `folder`. Its files belong to `account`, which PostgreSQL runs as."""

    def __init__(self, folder: Path, account: Account) -> None:
        self.folder, self.account = folder, account
        self.wal, self.bases, self._returns = folder / "wal", folder / "base", folder / "returns"

    def prepare(self) -> None:
        """Make what is missing of its folders."""
        for folder in (self.folder, self.wal, self.bases, self._returns):
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True)
                self.account.owns(folder)

    def backups(self) -> list[BaseBackup]:
        """The base backups that are complete, oldest first."""
        files = sorted(self.bases.glob(f"[!{_PARTIAL}]*/backup.json")) if self.bases.exists() else []
        found = [BaseBackup.from_json(file.read_text()) for file in files]
        return sorted(found, key=lambda backup: backup.ended_at)

    def folder_of(self, name: str) -> Path:
        """Where the files of a base backup are."""
        return self.bases / name

    def partial(self, name: str) -> Path:
        """A new folder for a base backup that is being made; what an interrupted one left is removed."""
        for left in self.bases.glob(f"{_PARTIAL}*"):
            shutil.rmtree(left)
        folder = self.bases / f"{_PARTIAL}{name}"
        folder.mkdir(mode=0o700)
        self.account.owns(folder)
        return folder

    def keep(self, partial: Path, backup: BaseBackup) -> None:
        """Let a backup count that is complete in the folder `partial`: from now on it is there, or not at all."""
        self._write(partial / "backup.json", backup.to_json())
        partial.rename(self.folder_of(backup.name))
        sync(self.bases)

    def chain(self, backup: BaseBackup) -> list[BaseBackup]:
        """A backup and those it is built upon, the full one first. Raises CannotBackUp when one of them is gone."""
        by_name = {other.name: other for other in self.backups()}
        chain = [backup]
        while name := chain[-1].parent:
            if name not in by_name:
                raise CannotBackUp(f"{chain[-1].name} is built upon {name}, which is no longer there.")
            chain.append(by_name[name])
        return chain[::-1]

    def remove(self, backup: BaseBackup) -> None:
        """Delete a base backup; one that is half deleted no longer counts."""
        going = self.folder_of(backup.name).rename(self.bases / f"{_PARTIAL}{backup.name}")
        shutil.rmtree(going)

    def segments(self) -> set[Segment]:
        """The files of the log that are archived."""
        return {segment for name in self._names() if (segment := Segment.from_name(name))}

    def histories(self) -> dict[int, str]:
        """By timeline, PostgreSQL's own history of it."""
        files = {timeline: name for name in self._names() if (timeline := timeline_of_history(name))}
        paths = {timeline: self.wal / f"{name}.gz" for timeline, name in files.items()}
        return {timeline: gzip.decompress(path.read_bytes()).decode() for timeline, path in paths.items()}

    def remove_segments_before(self, number: int) -> int:
        """Delete the files of the log that are older than this segment, on any timeline; returns how many."""
        old = [segment for segment in self.segments() if segment.number < number]
        for segment in old:
            (self.wal / f"{segment.name}.gz").unlink()
        # They mark where base backups began, for people.
        for mark in self.wal.glob("*.backup.gz"):
            began = Segment.from_name(mark.name.partition(".")[0])
            if began and began.number < number:
                mark.unlink()
        return len(old)

    def returns(self) -> list[Return]:
        """When the database went back, in that order; those that were given up before they counted left no history."""
        existing = self.histories()
        found = []
        for file in self._returns.glob("*.json"):
            values = json.loads(file.read_text())
            if int(file.stem) in existing:
                to = datetime.fromisoformat(values["to"]) if values["to"] else None
                found.append(Return(int(file.stem), to, datetime.fromisoformat(values["at"])))
        return sorted(found, key=lambda one: one.at)

    def note_return(self, one: Return) -> None:
        """Keep that the database goes on in another timeline."""
        values = {"to": one.to.isoformat() if one.to else None, "at": one.at.isoformat()}
        self._write(self._returns / f"{one.timeline}.json", json.dumps(values) + "\n")

    def set_apart(self, version: int, until: datetime) -> None:
        """Keep all that is here in a folder of its own, as what PostgreSQL `version` has left, and begin anew; what is
        interrupted can be repeated."""
        apart = self.apart(version)
        apart.mkdir(mode=0o700, exist_ok=True)
        self.account.owns(apart)
        self._write(apart / _UNTIL, json.dumps({"version": version, "until": until.isoformat()}) + "\n")
        for path in (self.wal, self.bases, self._returns, *self.folder.glob("*.json")):
            # Where it is there already, this one has been made anew.
            if path.exists() and not (apart / path.name).exists():
                path.rename(apart / path.name)
        sync(apart)
        sync(self.folder)
        self.prepare()

    def apart(self, version: int) -> Path:
        """Where what an earlier major version has left is set apart."""
        return self.folder / f"{_APART}{version}"

    def earlier(self) -> list[Earlier]:
        """What was set apart, oldest first."""
        found = []
        for file in self.folder.glob(f"{_APART}*/{_UNTIL}"):
            values = json.loads(file.read_text())
            found.append(Earlier(values["version"], file.parent, datetime.fromisoformat(values["until"])))
        return sorted(found, key=lambda one: one.until)

    def remove_earlier(self, one: Earlier) -> None:
        """Delete what was set apart; what is half deleted no longer counts."""
        going = one.folder.rename(one.folder.with_name(f"{_PARTIAL}{one.folder.name}"))
        shutil.rmtree(going)

    def note(self, name: str, text: str) -> None:
        """Keep a text of this name, such as the findings of a rehearsal."""
        self._write(self.folder / name, text)

    def noted(self, name: str) -> str | None:
        """The text that was kept under this name."""
        file = self.folder / name
        return file.read_text() if file.exists() else None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Meanwhile nobody else makes, removes or reads base backups. Raises ArchiveBusy when somebody does."""
        with (self.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ArchiveBusy(f"Another backup, rehearsal or restore is at work in {self.folder}.") from None
            yield

    def bytes(self) -> int:
        """What all of it takes on the disk."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def _names(self) -> list[str]:
        return [file.name.removesuffix(".gz") for file in self.wal.glob("*.gz")]

    def _write(self, path: Path, text: str) -> None:
        """Write a file that is there whole, and on the disk, or not at all."""
        partial = path.with_name(f"{path.name}.partial")
        with partial.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.account.owns(partial)
        partial.replace(path)
        sync(path.parent)


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk, so that what was renamed stays so when the machine stops."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
