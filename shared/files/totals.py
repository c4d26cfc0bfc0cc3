"""Sums of the columns of a table, made while its rows pass."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from shared.files.columns import Cell, Column, Kind, Row


class Summed:
    """Rows that sum up their amounts as they are taken: `Table(rows=summed, totals=summed.totals)`."""

    def __init__(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        self._rows = rows
        self._sums = {place: Decimal("0.00") for place, column in enumerate(columns) if column.kind is Kind.AMOUNT}
        self._width = len(columns)

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            for place in self._sums:
                amount = row[place]
                if isinstance(amount, Decimal):
                    self._sums[place] += amount
            yield row

    def totals(self) -> Row:
        """The sums of the rows so far in their columns."""
        cells: list[Cell] = [self._sums.get(place) for place in range(self._width)]
        return cells
