"""Reads a part out of the database: rows as COPY gives them, by the piece, however many there are."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import psycopg
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from sqlalchemy import Connection, Table, select, text

from shared.backup.contents import Contents, Option, Section, columns_of
from shared.backup.part import Block, Head, Header, Kind, joined
from shared.messaging.outbox import outbox

FILES = "files"
Row = bytes | bytearray | memoryview
# Each is worked on alone, which takes some milliseconds to arrange (shared/backup/exclusion.py).
_PIECE_BYTES = 4 * 1024 * 1024
# To libpq: do not wait, for while it does no other thread goes on.
_AT_HAND = 1
_SEQUENCES = text(
    """
    SELECT relname, pg_sequence_last_value(oid::regclass) FROM pg_class
     WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace
    """
)
# JSON has no character below the blank, so with these the text comes as it is: COPY finds nothing in it to be quoted.
_AS_IT_IS = r"(FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01')"


def header_of(connection: Connection, contents: Contents, backup_id: str) -> Header:
    """The first line of a part, read in the moment of the connection."""
    newest = select(outbox.c.seq).order_by(outbox.c.seq.desc()).limit(1)
    at = connection.execute(text("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"))
    return Header(
        service=contents.service,
        migration=str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()),
        at=str(at.scalar_one()),
        backup_id=backup_id,
        outbox_seq=connection.execute(newest).scalar() or 0,
        sequences={name: last for name, last in connection.execute(_SEQUENCES)},
    )


def blocks_of(
    connection: Connection, contents: Contents, options: frozenset[Option], copies: Iterable[dict[str, Any]]
) -> Iterator[Block]:
    """The blocks of a part, each to be written before the next one is begun. `copies` are the stored files in it."""
    for table in contents.tables(options):
        head = Head(Kind.TABLE, table.name, tuple(columns_of(table)))
        yield Block(head, _copied(connection, _table_statement(table)))
    for section in contents.sections_of(options):
        yield Block(Head(Kind.SECTION, section.name), _section(connection, section))
    # The moment is over; what follows may take as long as it needs.
    connection.commit()
    yield Block(Head(Kind.FILES, FILES), joined(orjson.dumps(copy) for copy in copies))


def file_keys(connection: Connection, contents: Contents) -> Iterator[str]:
    """The keys of the stored files that rows refer to."""
    for files in contents.files:
        yield from filter(None, connection.execute(files).scalars())


def _table_statement(table: Table) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, columns_of(table)))
    return sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table.name), columns)


def _section(connection: Connection, section: Section) -> Iterator[bytes]:
    # Of what was composed above, from declarations in the code.
    pieces = _copied(connection, f"COPY ({section.statement()}) TO STDOUT {_AS_IT_IS}")
    return map(_without_blanks, pieces) if section.has_json else pieces


def _without_blanks(piece: bytes) -> bytes:
    """Rows of JSON as they are, but for the blanks that the database puts between things."""
    return b"".join(orjson.dumps(orjson.loads(row)) + b"\n" for row in piece.split(b"\n") if row)


def _copied(connection: Connection, statement: Any) -> Iterator[bytes]:
    """The rows as COPY gives them, each with its line feed, by pieces of some megabytes."""
    held: list[Row] = []
    size = 0
    for row in _messages(connection, statement):
        held.append(row)
        size += len(row)
        if size >= _PIECE_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _messages(connection: Connection, statement: Any) -> Iterator[Row]:
    """The protocol's own messages, one a row. What has come already is taken out of libpq itself, for what psycopg lays
    around each costs as much again; it only waits for those that have not."""
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # psycopg's
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        while True:
            size, row = driver.pgconn.get_copy_data(_AT_HAND)
            if size < 0:
                _check_end(driver)
                return
            message = row if size else copy.read()
            if not message:
                return
            yield message


def _check_end(driver: psycopg.Connection[Any]) -> None:
    """Raises psycopg's error where it was one that ended the rows."""
    failed = [result for result in iter(driver.pgconn.get_result, None) if result.status != ExecStatus.COMMAND_OK]
    if failed:
        raise error_from_result(failed[0])
