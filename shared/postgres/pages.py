"""One page of a list together with how many rows there are in all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, Select, bindparam, select

from shared.postgres.read_statement import ReadStatement
from shared.postgres.rows import row_type

Rows = Sequence[Any]


class PageStatement:
    """A statement for any page of a list, made once for each combination of filters: it brings the total along with
    the rows, and asks for the total alone only beyond the last row.

    Lists are asked for more often than anything else, and building a statement costs more than running it. Rows come as
    plain tuples. `rows` have a column `total`, and take the parameters `limit` and `offset`, or `reach`, which is both
    together.
    """

    def __init__(self, rows: Select[Any], total: Select[tuple[int]]) -> None:
        self._rows, self._total = rows, total
        self._page = ReadStatement(rows)

    @classmethod
    def of(cls, rows: Select[Any], total: ScalarSelect[int]) -> "PageStatement":
        """The statement for pages of these rows, in their order."""
        page = rows.add_columns(total.label("total")).limit(bindparam("limit")).offset(bindparam("offset"))
        return cls(page, select(total))

    def page(self, connection: Connection, values: Mapping[str, Any], *, limit: int, offset: int) -> tuple[Rows, int]:
        """The rows of the page, and how many rows there are in all."""
        place = {"limit": limit, "offset": offset, "reach": limit + offset}
        rows = self._page.rows(connection, {**values, **place})
        if rows or offset == 0:
            return rows, rows[0].total if rows else 0
        return rows, connection.execute(self._total, dict(values)).scalar_one()

    def stream(self, connection: Connection, values: Mapping[str, Any]) -> Iterator[Any]:
        """The rows of all pages, a thousand at a time; the connection must be in a transaction."""
        streaming = connection.execution_options(yield_per=1000)
        result = streaming.execute(self._rows, {**values, "limit": None, "offset": 0})
        plain_row = row_type(tuple(result.keys()))
        for row in result:
            yield plain_row(*row)


def read_page(
    connection: Connection, rows: Select[Any], total: Select[tuple[int]], *, limit: int, offset: int
) -> tuple[Sequence[Row[Any]], int]:
    """One page of a list that is asked for seldom, and how many rows there are in all."""
    return connection.execute(rows.limit(limit).offset(offset)).all(), connection.execute(total).scalar_one()
