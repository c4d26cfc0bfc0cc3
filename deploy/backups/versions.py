"""Major versions of PostgreSQL: of programs, and of the files of a database, which only programs of theirs read."""

import re
import subprocess
from pathlib import Path


def version_of_programs(folder: Path) -> int:
    """The major version of the programs in a folder. Raises OSError when there are none, or they do not run."""
    command = [str(folder / "postgres"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not (found := re.search(r"\) (\d+)", done.stdout)):
        raise OSError(f"{command[0]} does not say its version: {done.stdout or done.stderr}")
    return int(found[1])


def version_of_data(data: Path) -> int:
    """The major version that the database in a folder is of."""
    return int((data / "PG_VERSION").read_text())
