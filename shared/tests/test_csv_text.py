import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.csv_text import BadCsv, guarded, read_csv, write_csv

CELLS = st.text(st.sampled_from("=+-@\t\r\n＝＋－＠'\",;a1.٣ ") | st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), max_size=5))
def test_what_is_written_is_read_again(rows):
    text = write_csv(["first", "second"], rows)
    assert list(read_csv(text)) == [{"first": first, "second": second} for first, second in rows]


@given(CELLS)
def test_no_cell_begins_like_a_formula_unless_it_is_a_negative_number(cell):
    _, [shown, _] = csv.reader(io.StringIO(write_csv(["first", "second"], [[cell, "x"]]), newline=""))
    if shown[:1] in tuple("=+-@\t\r\n＝＋－＠"):
        assert float(shown) <= 0


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=1+1", "'=1+1"), ("+234803", "'+234803"), ("-12.5", "-12.5"), ("-1+2", "'-1+2"), ("＝1", "'＝1"), ("A=", "A=")],
)
def test_formulas_are_guarded_and_numbers_are_not(cell, shown):
    assert guarded(cell) == shown


def test_a_table_is_quoted_and_marked_as_unicode():
    text = write_csv(["name", "note"], [["Obi, Ada", 'says "hello"'], ["Ben", None]])
    assert text == '\ufeffname,note\r\n"Obi, Ada","says ""hello"""\r\nBen,\r\n'


@pytest.mark.parametrize("text", ["", "\r\n", 'name\r\n"open'])
def test_what_is_no_table_is_refused(text):
    with pytest.raises(BadCsv):
        list(read_csv(text))


def test_rows_may_be_short_and_long():
    assert list(read_csv("a,b\r\n1\r\n\r\n1,2,3\r\n")) == [{"a": "1"}, {"a": "1", "b": "2"}]
