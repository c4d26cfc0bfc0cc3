"""How wide the columns of a table are on a page, and how large its letters may be so that all of them fit."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.files.columns import Column, Kind

# A page of A4 without its margins, upright and on its side, in points.
_WIDTHS = {False: 516.0, True: 762.0}
# Letters as large as they should be, and as small as they may become, in points.
_SIZES = {False: 8.5, True: 8.0}
_SMALLEST = 4.5
# In parts of the size of letters: the width of one on average, and what a column leaves free beside its text.
_LETTER, _GAP = 0.6, 1.1
# In characters: a text this short is never broken; beyond so many a column grows no more; and what a long text needs.
_SHORT_TEXT, _LONG_TEXT, _LEAST_TEXT = 14, 40, 18


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of letters in points, and for each column its share of the room that is left by those without one,
    which take what they need."""

    size: float
    shares: Sequence[float | None]


def layout_of(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, on_its_side: bool) -> Layout:
    """The layout for these columns with these cells, a row of totals included.

    Where all fits, numbers and short texts take what they need and long texts share the rest. Where it does not,
    letters become smaller, and each column gets what it needs least.
    """
    longest = [max((len(row[place]) for row in rows), default=0) for place in range(len(columns))]
    least = [_least(column, length) * _LETTER + _GAP for column, length in zip(columns, longest, strict=True)]
    size = _WIDTHS[on_its_side] / sum(least)
    if size < _SIZES[on_its_side]:
        return Layout(max(size, _SMALLEST), least)
    texts = [length for length, column in zip(longest, columns, strict=True) if column.kind is Kind.TEXT]
    never_broken = min(_SHORT_TEXT, max(texts, default=0) - 1)
    shares = [
        min(length, _LONG_TEXT) if column.kind is Kind.TEXT and length > never_broken else None
        for column, length in zip(columns, longest, strict=True)
    ]
    return Layout(_SIZES[on_its_side], shares)


def _least(column: Column, longest: int) -> int:
    """The characters that a line of this column must hold: a number is not broken, nor is a word of the heading."""
    heading = max(len(word) for word in column.heading.split())
    return max(heading, min(longest, _LEAST_TEXT) if column.kind is Kind.TEXT else longest)
