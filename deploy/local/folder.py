"""Where `make up` keeps everything: `.local` in this folder, or the folder that DATA_FOLDER names."""

import os
from pathlib import Path

CODE = Path(__file__).resolve().parents[2]


def root_folder() -> Path:
    """The folder with the database, the queues, the logs and the secrets."""
    return Path(os.environ.get("DATA_FOLDER") or CODE / ".local").absolute()
