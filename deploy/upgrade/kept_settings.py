"""The settings that somebody has made in a database by ALTER SYSTEM."""

from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

from deploy.backups.tools import ToolFailed, Tools

_FILE = "postgresql.auto.conf"


def read(url: str) -> dict[str, str]:
    """The settings by name, as the running database at `url` finds them in its file."""
    query = "SELECT name, setting FROM pg_file_settings WHERE right(sourcefile, length(%(file)s)) = %(file)s"
    with psycopg.connect(url) as database:
        return dict(database.execute(query, {"file": _FILE}).fetchall())


def write(data: Path, tools: Tools, settings: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Make the settings in the database in `data`, which does not run; those that its version refuses are said and left
    out, for with one of them it would not start."""
    lines = []
    for name, value in settings.items():
        try:
            tools.run("postgres", "-D", data, "-C", name, "-c", f"{name}={value}")
        except ToolFailed as error:
            say(f"The setting {name} = {value} is left out: {error}")
        else:
            escaped = value.replace("\\", "\\\\").replace("'", "''")
            lines.append(f"{name} = '{escaped}'\n")
    with (data / _FILE).open("a") as file:
        file.writelines(lines)
