"""A table as XLSX (Office Open XML, ECMA-376): cells with types, written row by row into the archive as they come.

Text is only ever an inline string and numbers are only ever values, so nothing in the data can be a formula.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from shared.files import workbook
from shared.files.columns import Column, Kind, Row
from shared.files.errors import TooManyRows
from shared.files.table import Fact, Table
from shared.files.workbook import Style

# Days are counted from this one; counting from it is right for all that come after February 1900.
_FIRST_DAY = date(1899, 12, 30)
_MIDNIGHT = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no time zones
_DAY = timedelta(days=1)
# What XML 1.0 cannot hold, not even escaped. Spreadsheets read `_x000D_` as the character, so the sign is escaped.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_LONGEST_TEXT = 32_767
_ROWS_AT_ONCE = 200
_TITLE_POINTS = 21
MOST_LINES = 1_048_576
"""No sheet has more, those above and below the rows included."""

_STYLES = {
    Kind.TEXT: Style.TEXT,
    Kind.DAY: Style.DAY,
    Kind.MOMENT: Style.MOMENT,
    Kind.AMOUNT: Style.AMOUNT,
    Kind.COUNT: Style.COUNT,
    Kind.PERCENT: Style.PERCENT,
}
_IN_TOTALS = {
    Kind.AMOUNT: Style.TOTAL_AMOUNT,
    Kind.COUNT: Style.TOTAL_COUNT,
    Kind.PERCENT: Style.TOTAL_PERCENT,
}
_TOTAL = "Total"

CellWriter = Callable[[Any], str]


def write_xlsx(table: Table, target: IO[bytes], zone: tzinfo) -> None:
    """Write the table, and those that come after it each on a sheet of its own, to a file that need not be seekable.

    Above the heading, which stays in sight, stand the institution, the title and the facts. Amounts and per cent are
    numbers with two decimals, days and moments (in the zone) are days and moments. Raises TooManyRows.
    """
    tables = [table, *table.further]
    names = workbook.sheet_names([each.title for each in tables])
    # Level 1 makes files a fifth longer in a third of the time.
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for path, part in workbook.parts(names):
            archive.writestr(_part(path), part)
        for number, each in enumerate(tables, start=1):
            with archive.open(_part(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as sheet:
                for piece in _sheet(each, zone):
                    sheet.write(piece.encode())


def _part(path: str) -> ZipInfo:
    # With a date of its own a file would differ from the next one with the same content.
    part = ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    part.compress_type, part._compresslevel = ZIP_DEFLATED, 1  # type: ignore[attr-defined]  # zipfile has no public way
    return part


def _sheet(table: Table, zone: tzinfo) -> Iterator[str]:
    above = list(_above(table, zone))
    yield workbook.sheet_begin(_widths(table.columns), frozen=len(above) + 1)
    yield "".join(above)
    titles = (_text(column.heading, Style.HEADING) for column in table.columns)
    yield f"<row>{''.join(titles)}</row>"
    # Below come the totals, an empty line and the notes.
    room = MOST_LINES - len(above) - 1 - 2 - len(table.notes)
    yield from _in_pieces(_rows(table, zone, room))
    yield "".join(_below(table, zone))
    yield workbook.SHEET_END


def _above(table: Table, zone: tzinfo) -> Iterator[str]:
    if table.letterhead:
        yield _line(table.letterhead.name, Style.TEXT)
    yield f'<row ht="{_TITLE_POINTS}" customHeight="1">{_text(table.title, Style.TITLE)}</row>'
    for subtitle in table.subtitles:
        yield _line(subtitle, Style.TEXT)
    for fact in table.facts:
        if fact.value is not None:
            yield _fact(fact, zone)
    yield "<row/>"


def _fact(fact: Fact, zone: tzinfo) -> str:
    return f"<row>{_text(fact.label, Style.TEXT)}{_writer(fact.kind, zone)(fact.value)}</row>"


def _rows(table: Table, zone: tzinfo, room: int) -> Iterator[str]:
    writers = [_writer(column.kind, zone) for column in table.columns]
    for number, row in enumerate(table.rows):
        if number == room:
            raise TooManyRows(f"A spreadsheet has at most {MOST_LINES:,} lines. Please take them as CSV.")
        yield _row(writers, row)


def _row(writers: Sequence[CellWriter], row: Row) -> str:
    # An empty cell is one without a value, so that those behind it stay in their columns.
    cells = ["<c/>" if value is None else write(value) for write, value in zip(writers, row, strict=True)]
    return f"<row>{''.join(cells)}</row>"


def _below(table: Table, zone: tzinfo) -> Iterator[str]:
    totals = table.total_row()
    if totals is not None:
        first, *others = totals
        writers = [_writer(column.kind, zone, in_totals=True) for column in table.columns]
        yield _row(
            [_writer(Kind.TEXT, zone, in_totals=True), *writers[1:]], [_TOTAL if first is None else str(first), *others]
        )
    if table.notes:
        yield "<row/>"
    for note in table.notes:
        yield _line(note, Style.TEXT)


def _line(text: str, style: Style) -> str:
    return f"<row>{_text(text, style)}</row>"


def _in_pieces(rows: Iterable[str]) -> Iterator[str]:
    piece: list[str] = []
    for row in rows:
        piece.append(row)
        if len(piece) == _ROWS_AT_ONCE:
            yield "".join(piece)
            piece.clear()
    yield "".join(piece)


def _writer(kind: Kind, zone: tzinfo, *, in_totals: bool = False) -> CellWriter:
    """What writes a value of this kind as a cell."""
    style = _IN_TOTALS.get(kind, Style.TOTAL_TEXT) if in_totals else _STYLES[kind]
    begin = f'<c s="{style}"><v>'
    match kind:
        case Kind.AMOUNT:
            return lambda amount: f"{begin}{amount:.2f}</v></c>"
        case Kind.PERCENT:
            return lambda percent: f"{begin}{Decimal(percent) / 100:f}</v></c>"
        case Kind.COUNT:
            return lambda number: f"{begin}{number:d}</v></c>"
        case Kind.DAY:
            return lambda day: f"{begin}{(day - _FIRST_DAY).days}</v></c>"
        case Kind.MOMENT:
            return lambda moment: f"{begin}{_serial(moment.astimezone(zone))!r}</v></c>"
        case Kind.TEXT:
            return lambda text: _text(text, style)


def _serial(moment: datetime) -> float:
    return (moment.replace(tzinfo=None) - _MIDNIGHT) / _DAY


def _text(text: str, style: Style) -> str:
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{_writable(text)}</t></is></c>'


def _writable(text: str) -> str:
    if not text.isalnum():
        text = _ESCAPED.sub("_x005F_", _UNWRITABLE.sub("", text))
    return escape(text[:_LONGEST_TEXT]).replace("\r", "&#13;")


def _widths(columns: Sequence[Column]) -> list[int]:
    """In characters: what values of the kind need, and enough for the title."""
    return [max(_NEEDED[column.kind], min(len(column.heading) + 2, _WIDEST_TITLE)) for column in columns]


_NEEDED = {Kind.TEXT: 24, Kind.DAY: 12, Kind.MOMENT: 20, Kind.AMOUNT: 17, Kind.COUNT: 10, Kind.PERCENT: 10}
_WIDEST_TITLE = 40
