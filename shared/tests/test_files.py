"""Tables as files: what stands in them is what was put in, as values of their types and never as a formula."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.columns import Column, Kind
from shared.files.errors import TooManyRows
from shared.files.formats import FileFormat
from shared.files.table import Fact, Letterhead, Table
from shared.files.workbook import sheet_names
from shared.files.writer import write_table

LAGOS = ZoneInfo("Africa/Lagos")
COLUMNS = (
    Column("name", "Name"),
    Column("paidOn", "Paid on", Kind.DAY),
    Column("recordedAt", "Recorded", Kind.MOMENT),
    Column("amount", "Amount", Kind.AMOUNT),
    Column("loans", "Loans", Kind.COUNT),
    Column("rate", "Rate", Kind.PERCENT),
)
RECORDED_AT = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
ROW = ("Ṣẹ́gun Ọláńrewájú", date(2026, 3, 11), RECORDED_AT, Decimal("50000"), 3, Decimal("12.5"))
SPITEFUL = (
    '=HYPERLINK("http://x.example","here")', "+1+1", "-2+3", "@SUM(A1)", "<b>bold</b>", "&amp;", 'a "quoted", name',
    "two\nlines", "tab\there", "carriage\rreturn", "_x000D_", "\x01control", "]]>", "#import \"x\"",
)  # fmt: skip
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def file_of(table: Table, file_format: FileFormat) -> bytes:
    target = io.BytesIO()
    write_table(table, file_format, target, zone=LAGOS)
    return target.getvalue()


def csv_rows(table: Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file_of(table, FileFormat.CSV).decode("utf-8-sig"), newline="")))


def sheet_rows(table: Table, number: int = 1) -> list[list[tuple[str, str]]]:
    """The cells of a sheet: whether text or number, and what is in them."""
    with ZipFile(io.BytesIO(file_of(table, FileFormat.XLSX))) as archive:
        sheet = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
    assert not list(sheet.iter(f"{NAMESPACE}f")), "a formula"
    return [[cell_of(cell) for cell in row] for row in sheet.iter(f"{NAMESPACE}row")]


def cell_of(cell: ElementTree.Element) -> tuple[str, str]:
    if cell.get("t") == "inlineStr":
        return "text", cell.findtext(f"{NAMESPACE}is/{NAMESPACE}t") or ""
    return "number", cell.findtext(f"{NAMESPACE}v") or ""


def a_table(*rows: tuple, **more) -> Table:
    return Table(title="Repayments", columns=COLUMNS, rows=rows, **more)


def test_a_table_as_csv_has_days_and_moments_of_the_institution_and_two_decimals() -> None:
    heading, row = csv_rows(a_table(ROW))
    assert heading == ["Name", "Paid on", "Recorded", "Amount (₦)", "Loans", "Rate (%)"]
    assert row == ["Ṣẹ́gun Ọláńrewájú", "2026-03-11", "2026-03-11 00:30:00", "50000.00", "3", "12.50"]


def test_a_csv_ends_lines_as_the_standard_says_and_begins_with_a_mark_for_spreadsheets() -> None:
    content = file_of(a_table(ROW), FileFormat.CSV)
    assert content.startswith(b"\xef\xbb\xbfName,")
    assert content.count(b"\r\n") == 2


def test_what_has_a_definition_carries_it_below_the_rows_and_every_line_has_all_fields() -> None:
    table = a_table(
        ROW, totals=(None, None, None, Decimal(50000), 3, None), subtitles=["March 2026"], notes=["Amount: received."]
    )
    lines = csv_rows(table)
    assert lines[2] == ["Total", "", "", "50000.00", "3", ""]
    assert [line[0] for line in lines[3:]] == ["Repayments", "March 2026", "Amount: received."]
    assert {len(line) for line in lines} == {len(COLUMNS)}


def test_totals_may_be_summed_up_while_the_rows_pass() -> None:
    amounts: list[Decimal] = []

    def rows():
        for amount in (Decimal("1.10"), Decimal("2.20")):
            amounts.append(amount)
            yield ("Ada", None, None, amount, None, None)

    table = Table(
        title="Sums",
        columns=COLUMNS,
        rows=rows(),
        totals=lambda: (None, None, None, sum(amounts), None, None),
        notes=["-"],
    )
    assert csv_rows(table)[3] == ["Total", "", "", "3.30", "", ""]


def test_a_list_of_records_is_nothing_but_records_as_csv() -> None:
    table = a_table(ROW, totals=(None, None, None, Decimal(50000), 3, None), subtitles=["March 2026"])
    assert len(csv_rows(table)) == 2


def test_cells_of_a_spreadsheet_are_numbers_where_they_mean_numbers() -> None:
    rows = sheet_rows(a_table(ROW))
    assert rows[-1] == [
        ("text", "Ṣẹ́gun Ọláńrewájú"), ("number", "46092"), ("number", "46092.020833333336"), ("number", "50000.00"),
        ("number", "3"), ("number", "0.125"),
    ]  # fmt: skip


def test_empty_cells_keep_the_others_in_their_columns() -> None:
    assert sheet_rows(a_table(("Ada", None, None, None, None, None)))[-1] == [("text", "Ada"), *[("number", "")] * 5]
    assert csv_rows(a_table(("Ada", None, None, None, None, None)))[-1] == ["Ada", "", "", "", "", ""]


def test_a_sheet_begins_with_the_institution_the_title_and_the_facts() -> None:
    table = a_table(
        ROW,
        letterhead=Letterhead("Millenium Potters"),
        subtitles=["March 2026"],
        facts=[Fact("Principal", Decimal("50000"), Kind.AMOUNT)],
        notes=["Amount: received."],
    )
    rows = sheet_rows(table)
    assert [row[0][1] for row in rows[:3]] == ["Millenium Potters", "Repayments", "March 2026"]
    assert rows[3] == [("text", "Principal"), ("number", "50000.00")]
    assert rows[-1] == [("text", "Amount: received.")]


def test_further_tables_are_on_sheets_of_their_own() -> None:
    further = Table(title="Repayments", columns=[Column("due", "Due", Kind.DAY)], rows=[(date(2026, 4, 1),)])
    table = a_table(ROW, further=[further])
    assert sheet_rows(table, 2)[-1] == [("number", "46113")]
    assert sheet_names(["Repayments", "repayments", "A/B: all [of] them and more than thirty-one"]) == [
        "Repayments", "Sheet 2", "A B  all  of  them and more tha"
    ]  # fmt: skip


def test_a_sheet_has_no_more_lines_than_spreadsheets_read(monkeypatch: pytest.MonkeyPatch) -> None:
    table = a_table(ROW, ROW, letterhead=Letterhead("Millenium Potters"), totals=ROW, notes=["Amount: received."])
    lines = len(sheet_rows(table))
    monkeypatch.setattr("shared.files.xlsx.MOST_LINES", lines)
    assert len(sheet_rows(table)) == lines
    monkeypatch.setattr("shared.files.xlsx.MOST_LINES", lines - 1)
    with pytest.raises(TooManyRows):
        file_of(table, FileFormat.XLSX)


@pytest.mark.parametrize("text", SPITEFUL)
def test_what_looks_like_a_formula_or_markup_stays_text(text: str) -> None:
    [*_, row] = sheet_rows(a_table((text, None, None, None, None, None)))
    assert row[0] == ("text", text.replace("\x01", "").replace("_x000D_", "_x005F_x000D_"))
    [*_, row] = csv_rows(a_table((text, None, None, None, None, None)))
    assert row[0][0] not in "=+-@"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.decimals(-(10**11), 10**11, places=2))
def test_any_text_and_any_amount_come_out_of_a_spreadsheet_as_they_went_in(text: str, amount: Decimal) -> None:
    [*_, row] = sheet_rows(a_table((text, None, None, amount, None, None)))
    assert row[0][0] == "text"
    assert Decimal(row[3][1]) == amount
    assert f"{float(row[3][1]):.2f}" == f"{amount:.2f}".replace("-0.00", "0.00") or not amount


def test_the_number_of_rows_is_what_comes_back() -> None:
    for file_format in FileFormat:
        assert write_table(a_table(ROW, ROW), file_format, io.BytesIO(), zone=LAGOS) == 2
