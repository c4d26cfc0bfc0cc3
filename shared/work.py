"""How workers hear at once that there is something to do, so that they need not look for it all the time.

Whoever writes down work, in whichever process, calls it out in the same transaction; the workers of the service hear it
when that is committed. A worker that was away hears nothing: it finds the work when it looks by itself.
"""

from collections.abc import Callable, Set

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from sqlalchemy import Connection, text

LOOK_SECONDS = 5.0
"""How often work that is called out is looked for all the same: it may have been left by a worker that was killed."""

_CALL = text("SELECT pg_notify('work_' || current_schema(), :name)")


def call_out(connection: Connection, name: str) -> None:
    """Tell the workers of this service that there is work of this name, once this transaction is committed."""
    connection.execute(_CALL, {"name": name})


def listen(database: psycopg.Connection[TupleRow]) -> Callable[[float], Set[str]]:
    """Hear on this connection what is called out; returns what waits so many seconds for it, and gives the names."""
    row = database.execute("SELECT current_schema()").fetchone()
    database.execute(sql.SQL("LISTEN {}").format(sql.Identifier(f"work_{row[0] if row else ''}")))
    return lambda seconds: {note.payload for note in database.notifies(timeout=seconds, stop_after=1)}
