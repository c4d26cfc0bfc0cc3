"""Who runs PostgreSQL: ourselves, or an unprivileged user when we are root, which PostgreSQL refuses to be."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from deploy.local.errors import CannotStart

# Debian's own account for the purpose when it is there; otherwise the one that owns nothing.
_UNPRIVILEGED = ("postgres", "nobody")


class RunAs(TypedDict, total=False):
    """The options of subprocess that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An existing user of this machine."""

    uid: int
    gid: int

    def run_as(self) -> RunAs:
        """What makes subprocess run a command as this user; nothing when we are that user."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Make this user the owner of a file or folder that we have made."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether this user can run, or pass through, `path` with the permissions as they are."""
        return subprocess.run(["test", "-x", str(path)], cwd="/", check=False, **self.run_as()).returncode == 0


def postgres_account() -> Account:
    """The user PostgreSQL shall run as. Raises CannotStart when we are root and there is no other."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise CannotStart("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` here.")
