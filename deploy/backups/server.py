"""What makes a server keep an archive of its log: its settings, and whose archive it is."""

import json
import secrets
import shlex
from pathlib import Path

from deploy.backups.archive import Archive
from deploy.local.errors import CannotStart

# A file of the log is archived when it is full, or so many seconds after something was written into it. What changed
# is noted beside the log, which incremental backups need.
ARCHIVING = {"archive_mode": "on", "archive_timeout": "60", "summarize_wal": "on"}
_OWNER, _OWN_NAME = "owner.json", "archive-owner"
# The number by which PostgreSQL tells databases apart is the first that it writes into this file.
_CONTROL, _NUMBER_BYTES = Path("global/pg_control"), 8


def quoted(path: Path) -> str:
    """A path as a word of one of PostgreSQL's own commands."""
    return shlex.quote(str(path)).replace("%", "%%")


def archiving(archive: Path | None, script: Path) -> dict[str, str]:
    """The settings of a server whose log goes to the archive in this folder; None is none."""
    if archive is None:
        return {}
    return ARCHIVING | {"archive_command": f"sh {quoted(script)} '%p' '%f' {quoted(archive / 'wal')}"}


def system_of(data: Path) -> str:
    """The number by which PostgreSQL tells the database in the folder `data` from all others."""
    with (data / _CONTROL).open("rb") as file:
        return str(int.from_bytes(file.read(_NUMBER_BYTES), "little"))


def is_claimed(archive: Archive) -> bool:
    """Whether a database has put its log here."""
    return archive.noted(_OWNER) is not None


def claim(archive: Archive, data: Path, *, anew: bool = False) -> None:
    """Let the archive be that of the database in the folder `data`, and of no copy of it. `anew` takes it over.

    Raises CannotStart when it is another's, for two that write into one archive spoil it.
    """
    own_name, system = data.with_name(_OWN_NAME), system_of(data)
    if not own_name.exists():
        own_name.write_text(secrets.token_hex(8))
    owner = {"system": system, "owner": own_name.read_text()}
    kept = archive.noted(_OWNER)
    if kept is None or anew:
        archive.note(_OWNER, json.dumps(owner) + "\n")
    elif json.loads(kept) != owner:
        raise CannotStart(
            f"The archive in {archive.folder} is of another database. Name another folder by ARCHIVE_FOLDER, or bring "
            "that database back by `make restore`."
        )
