"""How wide the columns of a table are on a page, and how large its letters may be so that all of them fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

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
# More lines than that of a heading are a column of words.
_HEADING_LINES = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of letters in points, and for each column its share of the room that is left by those without one,
    which take what they need."""

    size: float
    shares: Sequence[float | None]


def layout_of(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, on_its_side: bool) -> Layout:
    """The layout for these columns with these cells, a row of totals included.

    Where all fits with the headings in one line, numbers and short texts take what they need and long texts share the
    rest. Where it does not, each column gets its share by what it needs least, with headings of at most three lines,
    texts what they need to stand in one line as far as there is room, and letters become smaller if need be.
    """
    longest = [max((len(row[place]) for row in rows), default=0) for place in range(len(columns))]
    room = list(zip(columns, longest, strict=True))
    least = [_least(column, length) * _LETTER + _GAP for column, length in room]
    size = max(min(_SIZES[on_its_side], _WIDTHS[on_its_side] / sum(least)), _SMALLEST)
    whole = sum(_whole(column, length) * _LETTER + _GAP for column, length in room)
    if whole * size > _WIDTHS[on_its_side]:
        return Layout(size, _with_room_for_texts(room, least, _WIDTHS[on_its_side] / size))
    texts = [length for length, column in zip(longest, columns, strict=True) if column.kind is Kind.TEXT]
    never_broken = min(_SHORT_TEXT, max(texts, default=0) - 1)
    shares = [
        min(length, _LONG_TEXT) if column.kind is Kind.TEXT and length > never_broken else None
        for column, length in zip(columns, longest, strict=True)
    ]
    return Layout(_SIZES[on_its_side], shares)


def _with_room_for_texts(
    columns: Sequence[tuple[Column, int]], least: Sequence[float], whole: float
) -> Sequence[float]:
    """What columns need least, with what is left of the whole for texts that would be broken."""
    wishes = [
        max(0, min(length, _LONG_TEXT) * _LETTER + _GAP - need) if column.kind is Kind.TEXT else 0
        for (column, length), need in zip(columns, least, strict=True)
    ]
    granted = min(1, max(0, whole - sum(least)) / sum(wishes)) if any(wishes) else 0
    return [need + wish * granted for need, wish in zip(least, wishes, strict=True)]


def _least(column: Column, longest: int) -> int:
    """The characters that a line of this column must hold: a number is not broken, nor is a word of the heading, which
    takes few lines."""
    return max(_narrowest(column.heading), min(longest, _LEAST_TEXT) if column.kind is Kind.TEXT else longest)


def _whole(column: Column, longest: int) -> int:
    """The characters that a line must hold so that the heading is one line, too. Where the
    columns have no such room the page gets the width of each: left to itself, it takes what lacks from one of them."""
    return max(len(column.heading), _least(column, longest))


def _narrowest(heading: str) -> int:
    """The characters of the shortest line that lets the heading be written in few lines."""
    longest_word = max(len(word) for word in heading.split())
    lengths = range(longest_word, len(heading))
    return next((each for each in lengths if len(wrap(heading, each)) <= _HEADING_LINES), len(heading))
