"""What must not go back with a database: the numbers that were given out, the audit trail, which is a record, and who
was erased."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.database.provision import DATABASE

_SEQUENCES = """
SELECT schemaname, sequencename, last_value FROM pg_sequences
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
_LINKED = "SELECT batch FROM reporting.audit_links"
# By table, the batches that are in it. Of these the restored database gets what it lacks.
_APPENDED = {
    "audit_entries": f"{_LINKED} UNION SELECT batch FROM reporting.audit_intake",
    # Of what text was taken out in these, so that they can be verified.
    "audit_redactions": f"{_LINKED} UNION SELECT batch FROM reporting.audit_intake",
    "audit_links": _LINKED,
}
# These are carried over as they are: what waits for its link, where the chain ends, and how many entries there are.
_REPLACED = ("audit_intake", "audit_chain", "audit_counts")
# Who was erased since stays so: membership's worker erases everybody again who is in it and there.
_ERASURES = "member_erasures"
_SCHEMAS = {_ERASURES: "membership"}
_LAID_BY = "trail.json"
_BLOCK = 1 << 16


def numbers_of(url: str) -> dict[str, int]:
    """The last number of each sequence that has given one, by its name with its schema."""
    with psycopg.connect(url, dbname=DATABASE) as database:
        rows = database.execute(_SEQUENCES).fetchall()
    return {f"{schema}.{name}": int(last) for schema, name, last in rows if last is not None}


def epoch_of(url: str) -> int:
    """The newest epoch that any service was in; 0 before there were any."""
    schemas = "SELECT schemaname FROM pg_tables WHERE tablename = 'epoch'"
    with psycopg.connect(url, dbname=DATABASE) as database:
        newest = [0]
        for (schema,) in database.execute(schemas).fetchall():
            row = database.execute(
                sql.SQL("SELECT max(number) FROM {}.epoch").format(sql.Identifier(schema))
            ).fetchone()
            newest.append(int(row[0] or 0) if row else 0)
    return max(newest)


def raise_numbers(url: str, given: Mapping[str, int], *, margin: int = 0) -> dict[str, int]:
    """Let no sequence give out again what it has given: those of `given` go on behind the number there, and each goes
    on `margin` later than it would. Returns the last numbers as they are then, of those that were moved."""
    moved = {}
    with psycopg.connect(url, dbname=DATABASE) as database:
        for schema, name, last in database.execute(_SEQUENCES).fetchall():
            before = int(last) if last is not None else 0
            number = max(before + margin, given.get(f"{schema}.{name}", 0))
            if number > before:
                sequence = sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(name)).as_string(database)
                database.execute("SELECT setval(%s::regclass, %s)", (sequence, number))
                moved[f"{schema}.{name}"] = number
    return moved


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: Sequence[str]

    def file(self, folder: Path) -> Path:
        return folder / f"{self.name}.copy"

    @property
    def list(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))

    @property
    def qualified(self) -> sql.Identifier:
        return sql.Identifier(_schema_of(self.name), self.name)


def lay_trail_by(old_url: str, new_url: str, folder: Path) -> bool:
    """Write into `folder` who was erased in the database at `old_url`, and what its audit trail has that the one at
    `new_url` lacks; whether there was a trail."""
    with psycopg.connect(old_url, dbname=DATABASE) as old:
        if not _has_trail(old):
            return False
        # A database of an earlier release may lack one or another.
        names = [name for name in (*_APPENDED, *_REPLACED, _ERASURES) if _exists(old, f"{_schema_of(name)}.{name}")]
        tables = [_Table(name, _columns(old, name)) for name in names]
        for table in tables:
            chosen: sql.Composable = sql.SQL("")
            if batches := _APPENDED.get(table.name):
                lacking = sorted(_batches(old, batches) - _batches_at(new_url, batches))
                chosen = sql.SQL("WHERE batch = ANY({}::bigint[])").format(sql.Literal(lacking))
            query = sql.SQL("COPY (SELECT {} FROM {} {}) TO STDOUT")
            statement = query.format(table.list, table.qualified, chosen)
            with table.file(folder).open("wb") as file, old.cursor().copy(statement) as rows:
                file.writelines(bytes(row) for row in rows)
    # Last, so that what stands there is complete.
    (folder / _LAID_BY).write_text(json.dumps({table.name: list(table.columns) for table in tables}))
    return True


def take_trail_up(url: str, folder: Path) -> int:
    """Put what was laid by in `folder` behind the audit trail of the database at `url`, and who was erased beside those
    who are in it, in one transaction; harmless to repeat. Returns how many entries of the trail that were."""
    if not (folder / _LAID_BY).exists():
        return 0
    tables = [_Table(name, columns) for name, columns in json.loads((folder / _LAID_BY).read_text()).items()]
    with psycopg.connect(url, dbname=DATABASE) as database:
        # A moment before the release that has one of them has no place for it.
        added = {
            table.name: _take_up(database, table, folder)
            for table in tables
            if _exists(database, f"{_schema_of(table.name)}.{table.name}")
        }
    return added["audit_entries"]


def _take_up(database: psycopg.Connection, table: _Table, folder: Path) -> int:
    laid = sql.Identifier(f"laid_{table.name}")
    target = table.qualified
    empty = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0")
    database.execute(empty.format(laid, table.list, target))
    with (
        table.file(folder).open("rb") as file,
        database.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(laid)) as rows,
    ):
        while block := file.read(_BLOCK):
            rows.write(block)
    if table.name in _REPLACED:
        database.execute(sql.SQL("DELETE FROM {}").format(target))
    insert = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT * FROM {} ON CONFLICT DO NOTHING")
    return database.execute(insert.format(target, table.list, laid)).rowcount


def _has_trail(database: psycopg.Connection) -> bool:
    return _exists(database, "reporting.audit_links")


def _exists(database: psycopg.Connection, table: str) -> bool:
    return database.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone() == (True,)


def _schema_of(table: str) -> str:
    return _SCHEMAS.get(table, "reporting")


def _batches(database: psycopg.Connection, query: str) -> set[int]:
    rows: Iterable[tuple[int]] = database.execute(query)
    return {batch for (batch,) in rows}


def _batches_at(url: str, query: str) -> set[int]:
    """None where the services had not made anything yet at that moment."""
    with psycopg.connect(url) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
            return set()
    with psycopg.connect(url, dbname=DATABASE) as database:
        return _batches(database, query) if _has_trail(database) else set()


def _columns(database: psycopg.Connection, table: str) -> list[str]:
    query = """
    SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    """
    return [name for (name,) in database.execute(query, (f"{_schema_of(table)}.{table}",))]
