"""A table as CSV (RFC 4180): the heading, the rows, and below them what a report says of itself."""

from collections.abc import Callable, Iterator
from datetime import tzinfo
from typing import Any

from shared.csv_text import csv_lines
from shared.files.columns import Kind, Row
from shared.files.table import Table

_TOTAL = "Total"


def csv_pieces(table: Table, zone: tzinfo) -> Iterator[bytes]:
    """The file in pieces, one a line. Amounts have two decimals and no separators, days are `2026-03-11`, moments
    `2026-03-11 09:30:00` in the zone. No cell can run as a formula. `further` tables are left out.

    Totals, titles and notes come below the rows of what has notes, which people read; a list of records is left bare,
    so that another program reads nothing but records.
    """
    columns = [column.heading for column in table.columns]
    for line in csv_lines(columns, _lines(table, zone)):
        yield line.encode()


def _lines(table: Table, zone: tzinfo) -> Iterator[list[str]]:
    texts = [_text_of(column.kind, zone) for column in table.columns]
    for row in table.rows:
        yield _cells(texts, row)
    if not table.notes:
        return
    totals = table.total_row()
    if totals is not None:
        cells = _cells(texts, totals)
        yield [cells[0] or _TOTAL, *cells[1:]]
    rest = [""] * (len(table.columns) - 1)
    for note in (table.title, *table.subtitles, *table.notes):
        yield [note, *rest]


def _cells(texts: list[Callable[[Any], str]], row: Row) -> list[str]:
    return ["" if value is None else text(value) for text, value in zip(texts, row, strict=True)]


def _text_of(kind: Kind, zone: tzinfo) -> Callable[[Any], str]:
    match kind:
        case Kind.AMOUNT | Kind.PERCENT:
            return "{:.2f}".format
        case Kind.DAY:
            return "{:%Y-%m-%d}".format
        case Kind.MOMENT:
            return lambda moment: f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        case _:
            return str
