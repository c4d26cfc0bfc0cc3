"""The folder in which the processes of one server keep their metrics (the multiprocess mode of prometheus-client)."""

import os
import re
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_NAME = re.compile(r"metrics-(\d+)-.+")


def make_folder() -> str:
    """A new folder for the server that this process is, once those of servers that were killed are gone."""
    for folder in Path(tempfile.gettempdir()).glob("metrics-*"):
        if (named := _NAME.fullmatch(folder.name)) and not Path(f"/proc/{named[1]}").exists():
            # Another user's stays; whoever they are, they do the same.
            remove_folder(folder)
    return tempfile.mkdtemp(prefix=f"metrics-{os.getpid()}-")


def remove_folder(folder: str | Path) -> None:
    """Delete the folder of a server that has ended."""
    shutil.rmtree(folder, ignore_errors=True)
