"""Tables as CSV (RFC 4180) that a spreadsheet shows as they are: no cell of it can run as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

MEDIA_TYPE = "text/csv"
# Spreadsheets take a cell that begins with one of these for a formula. The wide, small, raised and lowered forms and
# the minus sign are what some of them turn into plain ones.
_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫⁼⁺₌₊−"
# What a spreadsheet may leave out in front of them: spaces, signs without a width, controls; whatever is beyond ASCII
# and no letter or digit counts, since an apostrophe too many does no harm.
_UNSEEN = "[^\\w\t\r\n!-~]"
# Where lists are separated by something else than a comma, or a quoted cell is torn, a cell begins behind these too.
_FIRST, _LATER = f"(?='*{_UNSEEN}*[{_SIGNS}\t\r\n])", f"(?<=[;\t\r\n])(?='*{_UNSEEN}*[{_SIGNS}])"
_TO_GUARD = re.compile(f"\\A{_FIRST}|{_LATER}")
_GUARD = re.compile(f"(?:{_TO_GUARD.pattern})'")
# Of most cells this says in no time that there is nothing to guard.
_PERHAPS = re.compile(f"{_FIRST}|[^;\t\r\n]*[;\t\r\n]")
_NUMBER = re.compile(r"-\d+(\.\d+)?", re.ASCII)
# Without it spreadsheets read the bytes in the encoding of their country.
_BYTE_ORDER_MARK = "\ufeff"


class BadCsv(ValueError):
    """Not a table with a heading."""


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Iterator[str]:
    """A heading and rows, line by line, so that a long table need not be held; None is an empty cell."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    yield _BYTE_ORDER_MARK
    for row in chain([columns], rows):
        writer.writerow([guarded(cell) if cell else "" for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def read_csv(text: str) -> Iterator[dict[str, str]]:
    """The rows by the names of the heading, as `csv_lines` was given them; empty lines are left out. Cells without a
    heading are dropped, and those a short row lacks are absent. Raises BadCsv."""
    reader = csv.reader(io.StringIO(text.removeprefix(_BYTE_ORDER_MARK), newline=""), strict=True)
    try:
        heading = [name.strip() for name in next(reader, [])]
        if not any(heading):
            raise BadCsv("The first line must name the columns.")
        for cells in reader:
            if any(cells):
                yield {name: unguarded(cell) for name, cell in zip(heading, cells, strict=False) if name}
    except csv.Error as error:
        raise BadCsv(f"Line {reader.line_num} cannot be read.") from error


def guarded(cell: str) -> str:
    """The cell with an apostrophe wherever a spreadsheet would begin a formula in it; a negative number stays one."""
    return _TO_GUARD.sub("'", cell) if _PERHAPS.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return _GUARD.sub("", cell)
