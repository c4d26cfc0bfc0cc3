import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.csv_text import BadCsv, csv_lines, guarded, read_csv, unguarded

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺−"
CELLS = st.text(
    st.sampled_from(f"{SIGNS}\t\r\n'\",;a1.٣ \u00a0\u200b\ufeff") | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), max_size=5))
def test_what_is_written_is_read_again(rows):
    text = "".join(csv_lines(["first", "second"], rows))
    assert list(read_csv(text)) == [{"first": first, "second": second} for first, second in rows]


def begins_formula(cell: str) -> bool:
    """Whether a spreadsheet that trims a cell would run it."""
    visible = "".join(sign for sign in cell if sign.isprintable() and not sign.isspace())
    return visible[:1] in tuple(SIGNS) and not re.fullmatch(r"-\d+(\.\d+)?", cell)


@given(CELLS)
def test_no_cell_begins_like_a_formula_unless_it_is_a_negative_number(cell):
    _, [visible, _] = csv.reader(io.StringIO("".join(csv_lines(["first", "second"], [[cell, "x"]])), newline=""))
    assert not begins_formula(visible)
    assert visible[:1] not in tuple("\t\r\n")


@given(CELLS, CELLS)
def test_no_cell_begins_like_a_formula_where_lists_are_separated_by_semicolons(first, second):
    """Such a spreadsheet knows nothing of our commas, and takes a quote for a quote only at the beginning."""
    text = "".join(csv_lines(["name", "note"], [["Obi", first], ["Eze", second]])).removeprefix("\ufeff")
    cells = [cell for line in re.split(r"[\r\n]", text) for cell in re.split(r"[;\t]", line)]
    assert not any(begins_formula(cell) for cell in cells)


@pytest.mark.parametrize(
    ("cell", "visible"),
    [
        ("=1+1", "'=1+1"), ("+234803", "'+234803"), ("-12.5", "-12.5"), ("-1+2", "'-1+2"), ("A=", "A="),
        ("'=1", "''=1"),
        ("＝1", "'＝1"), ("﹦1", "'﹦1"), ("\u22121", "'\u22121"),
        (" =1", "' =1"), ("\ufeff=1", "'\ufeff=1"), ("\u200b=1", "'\u200b=1"), ("Ada; =cmd", "Ada;' =cmd"),
        (";=1", ";'=1"), ("a\t@b", "a\t'@b"), ("12 Road\n=1", "12 Road\n'=1"),
        ("Ada;Obi", "Ada;Obi"), ("0803-555", "0803-555"),
    ],
)  # fmt: skip
def test_formulas_are_guarded_and_numbers_are_not(cell, visible):
    assert guarded(cell) == visible
    assert unguarded(visible) == cell


def test_a_table_is_quoted_and_marked_as_unicode():
    text = "".join(csv_lines(["name", "note"], [["Obi, Ada", 'says "hello"'], ["Ben", None]]))
    assert text == '\ufeffname,note\r\n"Obi, Ada","says ""hello"""\r\nBen,\r\n'


@pytest.mark.parametrize("text", ["", "\r\n", 'name\r\n"open'])
def test_what_is_no_table_is_refused(text):
    with pytest.raises(BadCsv):
        list(read_csv(text))


def test_rows_may_be_short_and_long():
    assert list(read_csv("a,b\r\n1\r\n\r\n1,2,3\r\n")) == [{"a": "1"}, {"a": "1", "b": "2"}]
