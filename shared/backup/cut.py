"""One cut across the schemas: a moment of the database that one transaction names and others take as their own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import DBAPIError

from shared import epochs
from shared.db import Sessions

# Of one part; the limits of requests are shorter. Who reads a table of millions of rows is not done in thirty seconds.
STATEMENT_SECONDS, IDLE_SECONDS = 3600, 120
_DATABASE = text(
    "SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database WHERE datname = current_database()"
)
_GONE = ("22023", "42704", "55000")


class CutGone(Exception):
    """Nobody holds this moment any more."""


class CutReplaced(Exception):
    """What there was in this moment was restored, or published anew, since."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A moment: which database it is of, and by which name others take it."""

    database: str
    snapshot: str


def database_of(connection: Connection) -> str:
    """Which database a connection has, unlike any other of any server."""
    return str(connection.execute(_DATABASE).scalar_one())


@contextmanager
def held_cut(sessions: Sessions) -> Iterator[tuple[Connection, Cut]]:
    """Within the block the moment can be taken by others. Whoever holds it has to do something with the connection
    every now and then, else the server takes it for forgotten."""
    with sessions() as session:
        database = database_of(session.connection())
        session.commit()
        connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        yield connection, Cut(database, snapshot)


@contextmanager
def at_cut(sessions: Sessions, snapshot: str | None) -> Iterator[Connection]:
    """A connection that sees this moment throughout the block, or one of its own; it can only read. Raises CutGone."""
    with sessions() as session:
        connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
        connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"))
        if snapshot is not None:
            _take(connection, snapshot)
        yield connection


def keep_readable(connection: Connection, sessions: Sessions, service: str, tables: Sequence[Table]) -> None:
    """Until the end of the transaction, let nobody put these tables back to another state: then they are emptied, for
    moments of before as well. Raises CutReplaced where somebody has, or has published all anew, since the moment of
    this connection."""
    listed = ", ".join(connection.dialect.identifier_preparer.format_table(table) for table in tables)
    connection.execute(text(f"LOCK TABLE {listed} IN ACCESS SHARE MODE"))
    # Undone, so that nobody who begins an epoch waits for the end of a backup.
    with connection.begin_nested() as reading:
        seen = epochs.number_of(connection, service)
        reading.rollback()
    with sessions() as session:
        current = epochs.number_of(session.connection(), service)
    if seen != current:
        raise CutReplaced("It was restored or published anew meanwhile.")


def _take(connection: Connection, snapshot: str) -> None:
    # It is no expression to PostgreSQL, so it cannot be a parameter.
    name = "".join(character for character in snapshot if character in "0123456789ABCDEFabcdef-")
    try:
        connection.execute(text(f"SET TRANSACTION SNAPSHOT '{name}'"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _GONE:
            raise CutGone("Nobody holds the moment of this backup any more.") from error
        raise
