"""Typed rows of queries: the columns that a row type needs, and the rows made of what comes back."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Result, Table

T = TypeVar("T")


def columns_of(row_type: type, table: FromClause, **others: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """The columns that fill a row type, in the order of its fields: those of a table, and `others` under their names.

    Only a field with a default may have no column.
    """
    found: list[ColumnElement[Any]] = []
    for field in fields(row_type):
        if field.name in others:
            found.append(others[field.name].label(field.name))
        elif field.name in table.c or field.default is MISSING:
            found.append(table.c[field.name])
    return found


def rows_of(row_type: Callable[..., T], result: Result[Any]) -> list[T]:
    """All rows of a result whose columns are those of the row type."""
    # Iterating over a result fetches its rows one by one.
    return [row_type(*row) for row in result.all()]


def row_of(row_type: Callable[..., T], result: Result[Any]) -> T | None:
    """The first row of such a result, None when there is none."""
    row = result.first()
    return None if row is None else row_type(*row)


def values_of(table: Table, row: object) -> dict[str, Any]:
    """What a typed row has for the columns of a table, as an insert takes it."""
    return {column.name: getattr(row, column.name) for column in table.c}
