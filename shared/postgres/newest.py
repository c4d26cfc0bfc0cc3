"""Keeping copies of what another service owns: whatever order its events come in, the newest version stands."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Connection, FromClause, Table
from sqlalchemy.dialects.postgresql import insert


def keep_newest(connection: Connection, table: FromClause, values: Mapping[str, Any]) -> bool:
    """Write a row with its `version`, unless a newer one with its primary key is kept already; whether it was
    written."""
    key = list(table.primary_key)
    # The type checker knows the tables of classes only as something to select from.
    row = insert(cast(Table, table)).values(**values)
    newer = row.on_conflict_do_update(index_elements=key, set_=values, where=table.c.version < row.excluded.version)
    return connection.execute(newer.returning(*key)).first() is not None
