"""Files opened by LibreOffice: amounts are numbers, days are days, and nothing is a formula."""

import shutil
import subprocess
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from shared.files.columns import Column, Kind
from shared.files.formats import FileFormat
from shared.files.table import Fact, Letterhead, Table
from shared.files.writer import write_table

pytestmark = pytest.mark.skipif(
    not shutil.which("soffice"), reason="soffice (Debian's libreoffice-calc-nogui) is missing"
)
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CONTENT = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
# What separates cells (a comma), how text is quoted (a double quote), and the encoding (UTF-8), as the import asks.
_CSV_FILTER = "CSV:44,34,76,1,,0,false,true,false"
COLUMNS = (
    Column("member", "Member"),
    Column("paidOn", "Paid on", Kind.DAY),
    Column("recordedAt", "Recorded", Kind.MOMENT),
    Column("amount", "Amount", Kind.AMOUNT),
    Column("loans", "Loans", Kind.COUNT),
    Column("rate", "Rate", Kind.PERCENT),
)
NAMES = (
    "Ṣẹ́gun Ọláńrewájú", '=HYPERLINK("http://x.example";"here")', "=1+1", "+1+1", "@SUM(A1)", "-1+1", "<b>bold</b>",
    "=cmd|' /C calc'!A0", "_x003D_1+1", "two\nlines", 'a "quoted", name', "{=1+1}", "0123", "1e5",
)  # fmt: skip


def the_table() -> Table:
    at = datetime(2026, 3, 11, 8, 30, tzinfo=UTC)
    rows = [(name, date(2026, 3, 11), at, Decimal("1234567.89"), 3, Decimal("12.5")) for name in NAMES]
    return Table(
        title="=1+1",
        columns=COLUMNS,
        rows=rows,
        totals=(None, None, None, Decimal("1234567.89") * len(NAMES), None, None),
        facts=[Fact("=2+2", "=3+3")],
        notes=["=4+4"],
        letterhead=Letterhead("=5+5"),
        further=[Table(title="Second", columns=COLUMNS[:1], rows=[("=6+6",)])],
    )


def opened(file_format: FileFormat, folder: Path) -> list[list[tuple[str, str]]]:
    """The rows of all sheets as LibreOffice understands them: kind and value of each cell. None may be a formula."""
    path = folder / f"table.{file_format}"
    with path.open("wb") as file:
        write_table(the_table(), file_format, file, zone=ZoneInfo("Africa/Lagos"))
    profile = f"-env:UserInstallation=file://{folder}/profile"
    reads = [f"--infilter={_CSV_FILTER}"] if file_format is FileFormat.CSV else []
    command = ["soffice", "--headless", profile, *reads, "--convert-to", "fods", "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=110)
    document = ElementTree.parse(folder / "table.fods")
    cells = list(document.iter(f"{_TABLE}table-cell"))
    assert cells
    assert not [cell for cell in cells if cell.get(f"{_TABLE}formula")], "a formula"
    return [[_cell(cell) for cell in row.iter(f"{_TABLE}table-cell")] for row in document.iter(f"{_TABLE}table-row")]


def _cell(cell: ElementTree.Element) -> tuple[str, str]:
    kind = cell.get(f"{_CONTENT}value-type", "")
    value = cell.get(f"{_CONTENT}value") or cell.get(f"{_CONTENT}date-value")
    lines = ("".join(line.itertext()) for line in cell.iter(f"{_TEXT}p"))
    return kind, value or "\n".join(lines)


def test_libreoffice_reads_a_spreadsheet_as_it_was_meant(tmp_path: Path) -> None:
    rows = opened(FileFormat.XLSX, tmp_path)
    by_name = {row[0][1]: row for row in rows if row}
    for name in NAMES:
        cells = by_name[name]
        assert cells[0] == ("string", name)
        assert cells[1] == ("date", "2026-03-11")
        assert cells[2][0] == "date"
        assert cells[2][1].startswith("2026-03-11T09:30:00")
        assert cells[3] == ("float", "1234567.89")
        assert cells[4] == ("float", "3")
        assert cells[5] == ("percentage", "0.125")
    # Empty cells side by side are one cell here.
    [total] = [Decimal(value) for kind, value in by_name["Total"] if kind == "float"]
    assert total == Decimal("1234567.89") * len(NAMES)
    for text in ("=1+1", "=2+2", "=4+4", "=5+5", "=6+6"):
        assert by_name[text][0] == ("string", text)


def test_libreoffice_reads_a_csv_as_it_was_meant(tmp_path: Path) -> None:
    rows = opened(FileFormat.CSV, tmp_path)
    [segun] = [row for row in rows if row and row[0][1] == "Ṣẹ́gun Ọláńrewájú"]
    assert segun[3] == ("float", "1234567.89")
    assert segun[1] == ("date", "2026-03-11")
    guarded = {row[0][1] for row in rows if row}
    assert "'=1+1" in guarded
    assert not guarded & {name for name in NAMES if name[0] in "=+@"}
