"""Keeping copies of what another service owns: whatever order its events come in, the newest version stands."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, FromClause, Table, TextClause

from shared.postgres.recordset import json_rows, recordset_statement


def keep_newest(connection: Connection, table: FromClause, values: Mapping[str, Any]) -> bool:
    """Write a row with its `version`, unless a newer one with its primary key is kept already; whether it was
    written."""
    # The type checker knows the tables of classes only as something to select from.
    statement = _statement(cast(Table, table), tuple(values))
    return connection.execute(statement, {"rows": json_rows([values])}).first() is not None


def keep_newest_of_each(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows that have the same columns, the key `id` and a `version`; of several with one key the newest counts.

    They are written in the order of their keys, so that two who write the same ones do not wait for each other.
    """
    newest: dict[Any, Mapping[str, Any]] = {}
    for row in rows:
        if row["id"] not in newest or newest[row["id"]]["version"] < row["version"]:
            newest[row["id"]] = row
    ordered = [newest[key] for key in sorted(newest)]
    if ordered:
        connection.execute(_statement(table, tuple(ordered[0])), {"rows": json_rows(ordered)})


@lru_cache
def _statement(table: Table, columns: tuple[str, ...]) -> TextClause:
    """Written out, because SQLAlchemy compiles an insert with a conflict clause anew each time."""
    key = ", ".join(column.name for column in table.primary_key)
    names, values = (", ".join(f'{of}"{name}"' for name in columns) for of in ("", "excluded."))
    return recordset_statement(
        f"""
        INSERT INTO {table.name} ({names}) SELECT {names} FROM {{rows}}
        ON CONFLICT ({key}) DO UPDATE SET ({names}) = ROW ({values}) WHERE {table.name}.version < excluded.version
        RETURNING {key}
        """,  # noqa: S608 - put together of constants; values are parameters
        rows=table,
    )
