"""Where the database of a platform is, and how one takes the place of another."""

from dataclasses import dataclass
from pathlib import Path

from deploy.backups.archive import Archive
from deploy.backups.cluster import Ended, wait_for_end
from deploy.backups.errors import CannotRestore
from deploy.backups.names import replaced, restored, take_back
from deploy.backups.tools import Tools
from deploy.local.kernel import exchange
from deploy.local.postgres import remove_cluster
from deploy.upgrade.switch import finish


@dataclass(frozen=True, slots=True)
class Place:
    """`data` holds the files of the database of a platform; its log goes to `archive`."""

    data: Path
    archive: Archive
    tools: Tools

    @property
    def restored(self) -> Path:
        """Where the one that is to replace it is made."""
        return restored(self.data)

    @property
    def replaced(self) -> Path:
        """Where the one that was there before is kept until the restored one has begun to work."""
        return replaced(self.data)

    @property
    def log(self) -> Path:
        """Where a database that only we reach says what it does."""
        return self.data.with_name("restore.log")

    def begin(self) -> None:
        """Remove what an interrupted restore has left; the database is the one that was there before it, or the one
        that was restored by it. Raises CannotRestore."""
        try:
            for data in (self.data, self.restored):
                wait_for_end(data)
        except Ended as error:
            raise CannotRestore(str(error)) from error
        finish(self.data, self.tools.account)
        take_back(self.data)
        remove_cluster(self.restored)

    def swap(self) -> None:
        """Let the restored database be the one that counts, in one step."""
        remove_cluster(self.replaced)
        if not self.data.exists():
            self.restored.rename(self.data)
            return
        try:
            exchange(self.data, self.restored)
        except OSError:
            # A file system that cannot do that: until the second step it is the old one that counts (`take_back`).
            self.data.rename(self.replaced)
            self.restored.rename(self.data)
        else:
            self.restored.rename(self.replaced)
