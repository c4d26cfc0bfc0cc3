"""Where `make up` keeps everything: `.local` in this folder, or the folder that DATA_FOLDER names."""

import os
from pathlib import Path

CODE = Path(__file__).resolve().parents[2]


def archive_folder() -> Path | None:
    """Where the database's log and its base backups go: the folder that ARCHIVE_FOLDER names, `archive` below the
    platform's own when it names none, and nowhere when it says `off`."""
    given = os.environ.get("ARCHIVE_FOLDER") or "archive"
    return None if given == "off" else root_folder() / given


def root_folder() -> Path:
    """The folder with the database, the queues, the logs and the secrets."""
    return Path(os.environ.get("DATA_FOLDER") or CODE / ".local").absolute()
