"""Bulk loading into the schema of one service, as the role that owns it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from types import SimpleNamespace, TracebackType
from typing import Any, Self, TypeVar, cast
from uuid import UUID

import orjson
import psycopg
from psycopg import Copy, sql
from psycopg.copy import FileWriter
from psycopg.types.json import set_json_dumps

from shared.postgres.urls import libpq_url

Row = Mapping[str, Any]
Mapped = TypeVar("Mapped")

_COLUMNS = """
SELECT attname, atttypid FROM pg_attribute
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
 ORDER BY attnum
"""
_OWN_TABLES = """
SELECT relname FROM pg_class
 WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND pg_get_userbyid(relowner) = current_user
"""


def unmapped(kind: type[Mapped], **values: Any) -> Mapped:
    """A stand-in for a mapped object: all its columns and nothing else, empty unless given.

    Making, reading and changing mapped objects would take a third of the time it takes to write a book.
    """
    return cast(Mapped, SimpleNamespace(**(_empty(cast(Any, kind)) | values)))


@cache
def _empty(kind: Any) -> dict[str, None]:
    return dict.fromkeys(kind.__table__.columns.keys())


@dataclass(frozen=True, slots=True)
class Packed:
    """What was collected for a schema: by table its rows as COPY takes them, and what is to be counted."""

    tables: Mapping[str, bytes]
    counts: Mapping[tuple[str, UUID, str], int]


class Schema:
    """Collects rows for the tables of a service and copies them in batches, all in one transaction.

    `tables` are named in the order they may be filled. A row must name every column that the database does not make.
    While one batch is copied by a thread, the next is collected; by a forked process too, which packs it for us.
    """

    def __init__(self, service: str, url: str, tables: Sequence[str]) -> None:
        self.service = service
        self._connection = psycopg.connect(libpq_url(url))
        set_json_dumps(orjson.dumps, self._connection)
        # Loading takes as long as it takes; these limits are for requests.
        self._connection.execute("SET statement_timeout = 0")
        self._connection.execute("SET idle_in_transaction_session_timeout = 0")
        self._columns = {table: self._columns_of(table) for table in (*tables, "outbox", "tally")}
        self._rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self._counts: Counter[tuple[str, UUID, str]] = Counter()
        self._all_counts: Counter[tuple[str, UUID, str]] = Counter()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._copying: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._thread.shutdown()
        self._connection.close()

    def add(self, table: str, row: Row) -> None:
        """Write a row with the next batch."""
        self._rows[table].append(tuple([row[name] for name in self._columns[table]]))

    def add_object(self, table: str, thing: object) -> None:
        """Write an object whose attributes are named as the columns with the next batch."""
        self._rows[table].append(tuple([getattr(thing, name) for name in self._columns[table]]))

    def count(self, subject: str, owners: Sequence[UUID], kind: str, number: int = 1) -> None:
        """Count for these owners, and for everybody when they are among them (see `shared.tally`)."""
        for owner in owners:
            self._counts[subject, owner, kind] += number

    def pack(self) -> Packed:
        """Take out what was collected, without a word to the database."""
        collected, self._rows = self._rows, defaultdict(list)
        counts, self._counts = self._counts, Counter()
        return Packed({table: self._binary(table, rows) for table, rows in collected.items()}, counts)

    def write(self, packed: Packed) -> None:
        """Have copied what was packed. Raises what the batch before ended with."""
        self._all_counts.update(packed.counts)
        self.wait()
        self._copying = self._thread.submit(self._copy_all, packed.tables)

    def finish(self) -> None:
        """Write what is left and the counts, without committing."""
        self.write(self.pack())
        for (subject, owner, kind), number in self._all_counts.items():
            if number:
                self.add("tally", {"subject": subject, "owner_id": owner, "kind": kind, "difference": number})
        self.write(self.pack())
        self.wait()

    def commit(self) -> None:
        """Make all of it visible."""
        self._connection.commit()

    def tidy(self) -> None:
        """Let the planner know what is there now."""
        self._connection.autocommit = True
        # Without their names the server would go through all there is, and warn of each table that is not ours.
        tables = [sql.Identifier(name) for (name,) in self._connection.execute(_OWN_TABLES).fetchall()]
        self._connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.SQL(", ").join(tables)))

    def reserve(self, sequence: str, count: int) -> int:
        """Take the next `count` numbers of a sequence; returns the first."""
        query = "SELECT setval(%(name)s, nextval(%(name)s) + %(more)s) - %(more)s"
        return int(self.value(query, {"name": sequence, "more": count - 1}))

    def value(self, query: str, parameters: Row | None = None) -> Any:
        """The one value that a query returns, None when it returns no row."""
        row = self._connection.execute(query, parameters).fetchone()
        return row[0] if row else None

    def execute(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement for each of some few rows that cannot be copied, because they may be there already."""
        self.wait()
        self._connection.cursor().executemany(statement, rows)

    def _columns_of(self, table: str) -> dict[str, int]:
        return dict(self._connection.execute(_COLUMNS, (table,)).fetchall())

    def wait(self) -> None:
        """Return when what was written so far is copied. Raises what the copying ended with."""
        if self._copying:
            self._copying.result()

    def _binary(self, table: str, rows: Sequence[tuple[Any, ...]]) -> bytes:
        piece = BytesIO()
        with Copy(self._connection.cursor(), binary=True, writer=FileWriter(piece)) as copy:
            copy.set_types(list(self._columns[table].values()))
            for row in rows:
                copy.write_row(row)
        return piece.getvalue()

    def _copy_all(self, tables: Mapping[str, bytes]) -> None:
        for table, columns in self._columns.items():
            if table in tables:
                statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
                    sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
                )
                with self._connection.cursor().copy(statement) as copy:
                    copy.write(tables[table])
