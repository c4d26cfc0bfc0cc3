"""Where a database of one major version is, and where that of the next is to be."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.backups.archive import Archive
from deploy.backups.tools import Tools
from deploy.backups.versions import version_of_data, version_of_programs
from deploy.upgrade.switch import Switch, upgraded


@dataclass(frozen=True, slots=True)
class Place:
    """`before` holds the files of the old database, whose log goes to `archive` if there is one, and `data` is where
    the new one is to be; that may be the same folder. `old` and `new` are the programs of the two versions."""

    before: Path
    data: Path
    archive: Archive | None
    old: Tools
    new: Tools

    @property
    def version(self) -> int:
        """Of the old database."""
        return version_of_data(self.before)

    @property
    def old_version(self) -> int:
        """Of the programs that are to read it."""
        return version_of_programs(self.old.programs)

    @property
    def new_version(self) -> int:
        """Of the programs that are to run the new one."""
        return version_of_programs(self.new.programs)

    @property
    def upgraded(self) -> Path:
        """Where the new database is made."""
        return upgraded(self.data)

    @property
    def kept(self) -> Path:
        """Where the old database is afterwards."""
        return self.before.with_name(f"{self.before.name}.{self.version}") if self.before == self.data else self.before

    @property
    def log(self) -> Path:
        """Where the programs say what they do."""
        return self.data.with_name("upgrade.log")

    def switch(self, at: datetime) -> Switch:
        """What is written down at the moment from which the new database counts."""
        kept = self.kept.name if self.before == self.data else ""
        archive = str(self.archive.folder) if self.archive else ""
        return Switch(self.version, version_of_data(self.upgraded), at, kept, archive)
