"""Statements over many rows, which travel to the database as one JSON document and are read there as a table.

SQLAlchemy compiles an insert with a conflict clause anew each time and sends a list of rows one by one, and the driver
writes arrays several times more slowly than JSON.
"""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

import orjson
from sqlalchemy import Table, TextClause, text


def recordset_statement(statement: str, **recordsets: str | Table) -> TextClause:
    """SQL in which each `{name}` is a table of that name, read from the parameter `name` (see `json_rows`).

    Its columns are given as SQL, such as `id uuid, amount numeric`, or as a table that has the same ones.
    """
    for name, columns in recordsets.items():
        statement = statement.replace(f"{{{name}}}", _source(name, columns))
    return text(statement)


def json_rows(rows: Iterable[object]) -> str:
    """The parameter that holds rows, each a mapping or a dataclass of JSON values, ids, dates, times and amounts.

    What a row leaves out is NULL, and what the recordset has no column for is ignored.
    """
    return orjson.dumps(list(rows), default=_amount).decode()


def ids_text(ids: Iterable[UUID]) -> str:
    """The parameter that holds ids, for `CAST(CAST(:ids AS text) AS uuid[])`."""
    # Without hyphens, which the database does not need, and whose putting in takes longer than all else.
    return f"{{{','.join([each.hex for each in ids])}}}"


def _source(name: str, columns: str | Table) -> str:
    document = f"CAST(:{name} AS json)"
    if isinstance(columns, Table):
        return f"json_populate_recordset(CAST(NULL AS {columns.name}), {document}) AS {name}"
    return f"json_to_recordset({document}) AS {name} ({columns})"


def _amount(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"No value of a row: {type(value).__name__}.")
