"""PostgreSQL's own programs, run as the user that PostgreSQL runs as, and ended when we are."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from psycopg.conninfo import conninfo_to_dict

from deploy.local.accounts import Account
from deploy.local.process import ending_with_parent

SCRIPTS = Path(__file__).parent
ARCHIVE_SCRIPT, FETCH_SCRIPT = "archive.sh", "fetch.sh"
# Whoever takes a payment comes first.
_NICE = "10"


class ToolFailed(Exception):
    """A program ended with an error; the message is the last of what it said."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs in the folder `programs`, for the user `account`. Unless they are urgent, because nobody can work
    until they have ended, they leave the processor to others."""

    programs: Path
    account: Account
    is_urgent: bool = False

    def run(self, program: str, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> str:
        """What a program prints; PostgreSQL's own is found by its name. Raises ToolFailed."""
        own = self.programs / program
        command = [str(own if own.exists() else program), *map(str, arguments)]
        done = subprocess.run(
            [*ending_with_parent(SIGTERM), *(() if self.is_urgent else ("nice", "-n", _NICE)), *command],
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            **self.account.run_as(),
        )
        if done.returncode:
            raise ToolFailed(f"{program}: {_last_line(done.stderr or done.stdout)}")
        return done.stdout

    def script(self, folder: Path, name: str) -> Path:
        """A script of ours in a folder that PostgreSQL's user can reach, as this release has it."""
        place = folder / name
        partial = place.with_name(f"{name}.partial")
        shutil.copyfile(SCRIPTS / name, partial)
        partial.chmod(0o755)
        partial.replace(place)
        return place


def connection_variables(url: str) -> dict[str, str]:
    """The environment by which a program reaches a database; everybody could read an argument."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    return {names[name]: str(value) for name, value in conninfo_to_dict(url).items() if name in names}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower()]
    return (errors or lines or ["it said nothing"])[-1]
