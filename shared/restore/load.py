"""Taking a part in place of what a schema holds, in one transaction; and checking before that it can be taken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import Connection, Table, text

from shared.backup.contents import Contents, columns_of
from shared.backup.part import FORMAT, VERSION, Head, Kind, OpenBlock, PartReader

# Copying millions of rows takes longer than any request may.
_PATIENCE = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = '10min'",
    "SET LOCAL lock_timeout = '60s'",
)
_LAST_OF_SEQUENCES = text(
    """
    SELECT relname, pg_sequence_last_value(oid::regclass) FROM pg_class
     WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace
    """
)
_ADVANCE = text("SELECT count(nextval(CAST(:name AS regclass))) FROM generate_series(1, :number)")
_MIGRATION = text("SELECT version_num FROM alembic_version")


class PartForeign(Exception):
    """The part is whole, but it is not one that this service can take; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is replaced of a schema: the tables of a part without its options, since the trail and sessions go on; and
    those beside that refer to them, which are emptied."""

    contents: Contents

    @property
    def taken(self) -> list[Table]:
        """The tables that a part fills, each after those it refers to."""
        return self.contents.tables(frozenset())

    @property
    def emptied(self) -> list[Table]:
        """The tables that are emptied, at once."""
        names = {table.name for table in self.taken}
        every = [table for made in self.contents.metadata for table in made.sorted_tables]
        found = list(self.taken)
        while more := [table for table in every if table.name not in names and _referred(table) & names]:
            names |= {table.name for table in more}
            found += more
        return found


def _referred(table: Table) -> set[str]:
    return {key.column.table.name for key in table.foreign_keys}


def check(connection: Connection, contents: Contents, part: PartReader) -> int:
    """Read a part to its end; returns how many rows the service would take. Raises PartDamaged, PartForeign."""
    header = part.header
    if (header.format, header.version) != (FORMAT, VERSION):
        raise PartForeign(f"It is of the form {header.format} {header.version}, not {FORMAT} {VERSION}.")
    if header.service != contents.service:
        raise PartForeign(f"It is the part of {header.service}.")
    current = str(connection.execute(_MIGRATION).scalar_one())
    # What is taken over from another system is made into rows by this release.
    if not header.origin and header.migration != current:
        raise PartForeign(
            f"It was made by another release, with the tables of {header.migration} where this one has those of "
            f"{current}: restore it with that release, and upgrade then."
        )
    wanting = {table.name for table in Target(contents).taken}
    rows = 0
    for block in part.blocks():
        if block.head.kind is Kind.TABLE and block.head.name in wanting:
            _check_columns(contents, block.head)
            wanting.discard(block.head.name)
            rows += sum(len(batch) for batch in block.batches())
    if wanting:
        raise PartForeign(f"It lacks the tables {', '.join(sorted(wanting))}.")
    return rows


def _check_columns(contents: Contents, head: Head) -> None:
    table = next(table for table in Target(contents).taken if table.name == head.name)
    if set(head.columns) != set(columns_of(table)):
        raise PartForeign(f"The columns of its table {head.name} are not those of this release.")


def be_patient(connection: Connection) -> None:
    """Let this transaction last, and wait, for longer than any other may."""
    for statement in _PATIENCE:
        connection.execute(text(statement))


def replace_rows(connection: Connection, contents: Contents, part: PartReader | None) -> int:
    """Empty the tables of a schema, and fill them from a part if there is one; returns how many rows were taken. Nobody
    reads or writes them meanwhile. Numbers that were given are not given again. Raises PartDamaged."""
    target = Target(contents)
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # psycopg's
    _lock(driver, target.emptied)
    driver.execute("SELECT empty_tables(%s)", ([table.name for table in target.emptied],))
    if part is None:
        return 0
    names, rows = {table.name for table in target.taken}, 0
    for block in part.blocks():
        if block.head.kind is Kind.TABLE and block.head.name in names:
            rows += _copy(driver, block)
    _advance_sequences(connection, part)
    return rows


def _lock(driver: psycopg.Connection[Any], tables: Sequence[Table]) -> None:
    listed = sql.SQL(", ").join(sql.Identifier(table.name) for table in sorted(tables, key=lambda one: one.name))
    driver.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(listed))


def _copy(driver: psycopg.Connection[Any], block: OpenBlock) -> int:
    columns = sql.SQL(", ").join(map(sql.Identifier, block.head.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(block.head.name), columns)
    rows = 0
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for batch in block.batches():
            if batch:
                copy.write(b"\n".join(batch) + b"\n")
                rows += len(batch)
    return rows


def _advance_sequences(connection: Connection, part: PartReader) -> None:
    """Let no sequence give a number that it had given in the part; it had not given more than a schema has rows for."""
    last = {name: number or 0 for name, number in connection.execute(_LAST_OF_SEQUENCES)}
    for name, given in part.header.sequences.items():
        if name in last and given and (behind := given - last[name]) > 0:
            connection.execute(_ADVANCE, {"name": name, "number": behind})


def files_of(part: PartReader) -> Iterator[dict[str, Any]]:
    """The stored files of a part, of which nothing else was read: {key, sha256, size, copies}."""
    for block in part.blocks():
        if block.head.kind is Kind.FILES:
            for batch in block.batches():
                yield from map(orjson.loads, batch)
