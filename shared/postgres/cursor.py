"""A cursor of psycopg that does not describe its columns unasked.

SQLAlchemy asks after every statement whether there are columns, and knows from the first time what they are. psycopg
describes all of them at each question, which for the sixty of a loan takes longer than to read the row:
https://github.com/psycopg/psycopg/issues/457, and https://github.com/psycopg/psycopg/pull/1240 for what a repair gives.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import psycopg

# The releases that were looked at. Another one gets its own cursor until somebody has measured whether ours still pays.
_MEASURED = "3.3."


class LazyCursor(psycopg.Cursor[Any]):
    """Describes the columns when one is looked at."""

    @property
    def description(self) -> Any:
        return _Description(self) if self.pgresult and self.pgresult.nfields else None


class _Description(Sequence[psycopg.Column]):
    def __init__(self, cursor: LazyCursor) -> None:
        self._cursor = cursor

    @cached_property
    def _columns(self) -> list[psycopg.Column]:
        return super(LazyCursor, self._cursor).description or []

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, index: Any) -> Any:
        return self._columns[index]


def cursor_class(version: str = psycopg.__version__) -> type[psycopg.Cursor[Any]]:
    """The cursor to use with a release of psycopg."""
    return LazyCursor if version.startswith(_MEASURED) else psycopg.Cursor
