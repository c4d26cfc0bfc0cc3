"""PostgreSQL's own programs, run as the user that PostgreSQL runs as, and ended when we are."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from deploy.local.accounts import Account
from deploy.local.process import ending_with_parent

SCRIPTS = Path(__file__).parent
ARCHIVE_SCRIPT, FETCH_SCRIPT = "archive.sh", "fetch.sh"
# Whoever takes a payment comes first.
_NICE = "10"


class ToolFailed(Exception):
    """A program ended with an error; the message is the first one it named, from which others follow, or else the last
    of what it said. `output` is all of that."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs in the folder `programs`, for the user `account`. Unless they are urgent, because nobody can work
    until they have ended, they leave the processor to others."""

    programs: Path
    account: Account
    is_urgent: bool = False

    def run(
        self,
        program: str,
        *arguments: str | Path,
        environment: Mapping[str, str] | None = None,
        folder: Path = Path("/"),
    ) -> str:
        """What a program prints that works in `folder`; PostgreSQL's own is found by its name. Raises ToolFailed."""
        own = self.programs / program
        command = [str(own if own.exists() else program), *map(str, arguments)]
        done = subprocess.run(
            [*ending_with_parent(SIGTERM), *(() if self.is_urgent else ("nice", "-n", _NICE)), *command],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            **self.account.run_as(),
        )
        if done.returncode:
            raise ToolFailed(f"{program}: {_cause(done.stderr or done.stdout)}", done.stdout + done.stderr)
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
    names = {option.keyword.decode(): option.envvar for option in Conninfo.get_defaults()}
    asked = ((names[name], str(value)) for name, value in conninfo_to_dict(url).items())
    return {variable.decode(): value for variable, value in asked if variable}


def _cause(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower()]
    return errors[0] if errors else (lines or ["it said nothing"])[-1]
