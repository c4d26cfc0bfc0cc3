"""How many rows travel to the database in one statement: as a JSON document, read by the columns of their table.

SQLAlchemy compiles an upsert anew each time and sends a list of rows one by one, which for what the consumer does all
day takes three times as long.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import TextClause, text


def recordset_statement(table: str, statement: str) -> TextClause:
    """A statement in which `{rows}` stands for what `rows` sends, with the columns of `table`."""
    return text(statement.format(rows=f"json_populate_recordset(NULL::{table}, CAST(:rows AS json))"))


def rows(values: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The parameter of such a statement, from rows of plain values, ids, amounts and times."""
    return {"rows": orjson.dumps(list(values), default=str).decode()}
