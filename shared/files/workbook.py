"""The fixed parts of an XLSX file: what is in the archive, styles, and what encloses the rows of a sheet."""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from xml.sax.saxutils import quoteattr

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"

SHEET_END = '</sheetData><pageSetup orientation="landscape" fitToWidth="1" fitToHeight="0"/></worksheet>'
"""What stands after the rows of a sheet: on paper it is as wide as the page, and as long as it has to be."""


class Style(IntEnum):
    """The looks of a cell, in the order of `cellXfs`."""

    TEXT = 0
    HEADING = 1
    TITLE = 2
    DAY = 3
    MOMENT = 4
    AMOUNT = 5
    COUNT = 6
    PERCENT = 7
    TOTAL_TEXT = 8
    TOTAL_AMOUNT = 9
    TOTAL_COUNT = 10
    TOTAL_PERCENT = 11

    def __format__(self, spec: str) -> str:
        return str(int(self))


# Formats of numbers: 3, 4 and 10 are built in (#,##0, #,##0.00 and 0.00%), from 164 on are ours.
_DAY, _MOMENT = 164, 165
_NORMAL, _BOLD, _LARGE = 0, 1, 2
_NO_BORDER, _LINE_ABOVE, _LINE_BELOW = 0, 1, 2
# Number format, font, border, and fill (1 is a grey that the format itself reserves).
_LOOKS = {
    Style.TEXT: (0, _NORMAL, _NO_BORDER, 0),
    Style.HEADING: (0, _BOLD, _LINE_BELOW, 2),
    Style.TITLE: (0, _LARGE, _NO_BORDER, 0),
    Style.DAY: (_DAY, _NORMAL, _NO_BORDER, 0),
    Style.MOMENT: (_MOMENT, _NORMAL, _NO_BORDER, 0),
    Style.AMOUNT: (4, _NORMAL, _NO_BORDER, 0),
    Style.COUNT: (3, _NORMAL, _NO_BORDER, 0),
    Style.PERCENT: (10, _NORMAL, _NO_BORDER, 0),
    Style.TOTAL_TEXT: (0, _BOLD, _LINE_ABOVE, 0),
    Style.TOTAL_AMOUNT: (4, _BOLD, _LINE_ABOVE, 0),
    Style.TOTAL_COUNT: (3, _BOLD, _LINE_ABOVE, 0),
    Style.TOTAL_PERCENT: (10, _BOLD, _LINE_ABOVE, 0),
}

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_NAME = 31


def sheet_names(titles: Sequence[str]) -> list[str]:
    """Names that a spreadsheet takes for its sheets, no two alike: at most 31 characters, some signs left out."""
    names: list[str] = []
    for number, title in enumerate(titles, start=1):
        name = _NOT_IN_NAMES.sub(" ", title)[:_LONGEST_NAME].strip("' ")
        alike = {each.lower() for each in names}
        names.append(name if name and name.lower() not in alike else f"Sheet {number}")
    return names


def parts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Paths and content of the parts of the archive beside the sheets, which are `xl/worksheets/sheet<number>.xml`."""
    numbers = range(1, len(names) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/{path}.xml" ContentType="{_TYPES}.{kind}+xml"/>'
        for path, kind in (
            ("workbook", "sheet.main"),
            ("styles", "styles"),
            *((f"worksheets/sheet{number}", "worksheet") for number in numbers),
        )
    )
    yield (
        "[Content_Types].xml",
        (
            f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
        ),
    )
    yield "_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")])
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    )
    yield (
        "xl/workbook.xml",
        (f'{_DECLARATION}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{sheets}</sheets></workbook>'),
    )
    of_sheets = [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*of_sheets, ("rIdStyles", "styles", "styles.xml")])
    yield "xl/styles.xml", _styles()


def sheet_begin(widths: Sequence[int], *, frozen: int) -> str:
    """What stands before the rows of a sheet, whose first `frozen` lines stay in sight."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(widths, start=1)
    )
    pane = f'<pane ySplit="{frozen}" topLeftCell="A{frozen + 1}" activePane="bottomLeft" state="frozen"/>'
    return (
        f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15" customHeight="1"/><cols>{columns}</cols><sheetData>'
    )


def _relations(relations: Sequence[tuple[str, str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="{name}" Type="{_DOCUMENT}/{kind}" Target="{target}"/>' for name, kind, target in relations
    )
    return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _styles() -> str:
    looks = "".join(
        f'<xf numFmtId="{number_format}" fontId="{font}" fillId="{fill}" borderId="{border}" xfId="0" '
        'applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1"/>'
        for number_format, font, border, fill in (_LOOKS[style] for style in Style)
    )
    sides = "<left/><right/>"
    return (
        f'{_DECLARATION}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
        f'<numFmt numFmtId="{_DAY}" formatCode="yyyy\\-mm\\-dd"/>'
        f'<numFmt numFmtId="{_MOMENT}" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/></numFmts>'
        '<fonts count="3"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="14"/><name val="Calibri"/></font></fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill>'
        '<fill><patternFill patternType="solid"><fgColor rgb="FFEEF2F6"/></patternFill></fill></fills>'
        f'<borders count="3"><border>{sides}<top/><bottom/><diagonal/></border>'
        f'<border>{sides}<top style="thin"/><bottom/><diagonal/></border>'
        f'<border>{sides}<top/><bottom style="thin"/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(Style)}">{looks}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
