"""Rows as plain tuples, and the names of their columns."""

from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import Label, Result


def plain_rows(result: Result[Any]) -> list[Any]:
    """The rows with their columns as attributes. A page of loans has more than a thousand values to look up, and those
    of a plain tuple are read eight times as fast as those of SQLAlchemy's rows."""
    plain_row = row_type(tuple(result.keys()))
    return [plain_row(*row) for row in result.all()]


@lru_cache
def row_type(names: tuple[str, ...]) -> Callable[..., Any]:
    """The tuple with these columns as attributes."""
    return namedtuple("PlainRow", names)


def labelled(prefix: str, columns: Any, *names: str) -> list[Label[Any]]:
    """Columns of another table under names of their own: `member_code`."""
    return [getattr(columns, name).label(f"{prefix}_{name}") for name in names]
