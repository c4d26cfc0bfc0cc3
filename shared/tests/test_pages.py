"""Tables and slips as PDF: the text on the pages is what was put in, whatever it looks like."""

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from shared.files.columns import Column, Kind
from shared.files.errors import TooManyRows
from shared.files.formats import MAX_PDF_ROWS
from shared.files.pdf import document_of, table_as_pdf
from shared.files.scale import scale_of
from shared.files.shown import shown_alone
from shared.files.slip import Slip, SlipSize, slip_as_pdf
from shared.files.table import Chart, ChartKind, Fact, Letterhead, Series, Table
from shared.tests.pdf_text import lines_of, needs_pdftotext, text_of

LAGOS = ZoneInfo("Africa/Lagos")
PRINTED_AT = datetime(2026, 3, 11, 8, 30, tzinfo=UTC)
COLUMNS = (
    Column("member", "Member"),
    Column("paidOn", "Paid on", Kind.DAY),
    Column("amount", "Amount", Kind.AMOUNT),
)
SPITEFUL = (
    '=HYPERLINK("http://x.example","here")', "#import \"x.typ\": *", "#sys.inputs", "*bold* _slanted_ $x^2$",
    "<b>b</b>", "`code` @label <label>", 'a "quoted" \\ name', "[content] {code}",
    "// comment", "= Heading", "- item", "~ -- ---",
)  # fmt: skip


def a_table(*rows: tuple, **more) -> Table:
    return Table(title="Repayments", columns=COLUMNS, rows=rows, **more)


def page(table: Table) -> bytes:
    return table_as_pdf(table, LAGOS, printed_at=PRINTED_AT)


@needs_pdftotext
def test_naira_and_yoruba_names_are_copied_out_as_they_were_written() -> None:
    table = a_table(
        ("Ṣẹ́gun Ọláńrewájú", date(2026, 3, 11), Decimal("50000")),
        totals=(None, None, Decimal("50000")),
        facts=[Fact("Principal", Decimal("1234567.5"), Kind.AMOUNT)],
        notes=["Amount: what was received."],
        letterhead=Letterhead("Ẹgbẹ́ Àjọ", ["12 Marina", "Lagos"], "+234 803", "a@example.com", "#7a1f3d"),
    )
    lines = lines_of(page(table))
    assert [unicodedata.normalize("NFC", line) for line in (
        "Ẹgbẹ́ Àjọ", "12 Marina", "Lagos", "+234 803 · a@example.com", "Repayments", "Principal ₦1,234,567.50",
        "Member Paid on Amount (₦)", "Ṣẹ́gun Ọláńrewájú 11 Mar 2026 50,000.00", "Total 50,000.00",
        "Amount: what was received.", "Ẹgbẹ́ Àjọ · Repayments · Printed on 11 Mar 2026, 09:30 Page 1 of 1",
    )] == lines  # fmt: skip


@needs_pdftotext
@pytest.mark.parametrize("text", SPITEFUL)
def test_what_looks_like_markup_stays_text(text: str) -> None:
    table = a_table((text, None, None), subtitles=[text], facts=[Fact("Name", text)], notes=[text])
    lines = lines_of(page(table))
    assert lines.count(" ".join(text.split())) == 3
    assert f"Name {text}" in lines


@needs_pdftotext
def test_a_word_too_long_for_its_column_breaks_and_is_copied_out_whole() -> None:
    address = (
        "a.very.long.address.of.mail.that.no.column.of.a.page.can.hold@an.example.of.a.very.long.domain.example.com"
    )
    columns = [Column(name, name) for name in "abc"]
    table = Table(title="Mail", columns=columns, rows=[(address, address, address)])
    pieces = "".join("".join(text_of(page(table)).split()).partition("abc")[2].split())
    assert pieces.count("@") == 3
    assert "\u200b" not in pieces
    assert len(pieces.partition("Printed")[0].partition("·")[0]) == 3 * len(address)


@needs_pdftotext
def test_every_page_of_a_long_table_has_its_heading_and_its_number() -> None:
    rows = [(f"Member {number}", date(2026, 3, 11), Decimal(number)) for number in range(200)]
    pages = text_of(page(a_table(*rows))).split("\f")[:-1]
    assert len(pages) > 3
    for number, content in enumerate(pages, start=1):
        assert "Amount (₦)" in content
        assert f"Page {number} of {len(pages)}" in content
    assert sum(content.count("11 Mar 2026") for content in pages) == 200 + len(pages)


@needs_pdftotext
def test_a_table_of_many_columns_fits_on_the_page() -> None:
    columns = [Column(f"c{number}", f"Amount {number}", Kind.AMOUNT) for number in range(18)]
    amounts = [Decimal("1234567.89")] * 18
    lines = lines_of(page(Table(title="Wide", columns=columns, rows=[amounts, amounts], totals=[None, *amounts[1:]])))
    assert lines.count(" ".join(["1,234,567.89"] * 18)) == 2
    assert " ".join(["Total", *["1,234,567.89"] * 17]) in lines


def test_a_pdf_ends_where_paper_does() -> None:
    rows = [("Ada", None, None)] * (MAX_PDF_ROWS + 1)
    with pytest.raises(TooManyRows, match="XLSX or CSV"):
        page(a_table(*rows))


@needs_pdftotext
def test_a_chart_shows_its_labels_its_unit_and_round_figures_beside() -> None:
    series = [Series("Due", "₦", [Decimal(900), None, Decimal(400)]), Series("Collected", "₦", [800, 0, 400])]
    for kind in ChartKind:
        chart = Chart("Collections by day", kind, ["1 Mar", "2 Mar", "3 Mar"], series)
        text = text_of(page(a_table(("Ada", None, None), charts=[chart])))
        for word in ("Collections by day · ₦", "1 Mar", "3 Mar", "Due", "Collected", "1,000", "200"):
            assert word in text


def test_a_chart_of_nothing_and_one_of_zeros_are_drawn() -> None:
    for values in ([], [None, None], [0, 0]):
        chart = Chart("Nothing", ChartKind.LINE, ["a", "b"][: len(values)], [Series("x", "", values)])
        assert page(a_table(("Ada", None, None), charts=[chart])).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("values", "drawn"),
    [([5], "bar"), ([5, None, 7], "bar"), ([5, 6, 7], "line"), ([], "bar")],
)
def test_a_line_of_few_points_is_drawn_as_bars(values: list, drawn: str) -> None:
    labels = ["a", "b", "c"][: len(values)]
    table = a_table(charts=[Chart("PAR30", ChartKind.LINE, labels, [Series("PAR30", "%", values)])])
    (chart,) = document_of(table, LAGOS, printed_at=PRINTED_AT)["sections"][0]["charts"]
    assert chart["kind"] == drawn


@needs_pdftotext
def test_a_heading_takes_three_lines_at_most() -> None:
    risks = [Column(f"r{days}", f"At risk over {days} days", Kind.AMOUNT) for days in (1, 30, 60, 90, 180)]
    rates = [Column(f"p{days}", f"PAR{days}", Kind.PERCENT) for days in (1, 30, 60, 90, 180)]
    columns = [
        Column("officer", "Officer"),
        Column("loans", "Loans", Kind.COUNT),
        Column("portfolio", "Gross portfolio", Kind.AMOUNT),
        *risks,
        *rates,
        Column("restructured", "Restructured portfolio", Kind.AMOUNT),
        Column("late", "Of it at risk over 30 days", Kind.AMOUNT),
    ]
    money, zero = Decimal("11431100.00"), Decimal(0)
    row = ["Adaeze Adebayo", 73, money, *[money] * 5, *[Decimal("38.55")] * 5, zero, zero]
    text = text_of(page(Table(title="Portfolio", columns=columns, rows=[row])))
    heading = text[text.index("Officer") : text.index("Adaeze")]
    assert len([line for line in heading.splitlines() if line.strip()]) <= 3, heading


@needs_pdftotext
def test_names_are_not_broken_while_figures_have_more_room_than_they_need() -> None:
    amounts = [Column(f"c{number}", "Collected of expected", Kind.AMOUNT) for number in range(4)]
    columns = [Column("union", "Union"), Column("officer", "Officer"), *amounts, Column("n", "Payments", Kind.COUNT)]
    row = ["Market Women of Enugu 18", "Khadija Olawale", *[Decimal("-177604.17")] * 4, 0]
    lines = lines_of(page(Table(title="By union", columns=columns, rows=[row])))
    assert any(line.startswith("Market Women of Enugu 18 Khadija Olawale") for line in lines), lines


@needs_pdftotext
@pytest.mark.parametrize("rows", range(46, 53))
def test_the_title_of_a_further_table_does_not_end_a_page(rows: int) -> None:
    further = Table(title="Further", columns=[Column("a", "Name")], rows=[("Bola",)])
    pages = text_of(page(a_table(*[("Ada", None, None)] * rows, further=[further]))).split("\f")
    (holding,) = [content for content in pages if "Further" in content]
    assert "Bola" in holding


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([Decimal(7), Decimal("12.5")], ["0", "2.5", "5", "7.5", "10", "12.5"]),
        ([1_730_800], ["0", "500k", "1m", "1.5m", "2m"]),
        ([Decimal("0.04")], ["0", "0.01", "0.02", "0.03", "0.04"]),
        ([-50, 100], ["-50", "0", "50", "100"]),
        ([], ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
    ],
)
def test_the_figures_beside_a_chart_are_round(values: list, ticks: list[str]) -> None:
    scale = scale_of(values)
    assert [figure for figure, _ in scale.ticks()] == ticks
    assert all(0 <= scale.level(value) <= 1 for value in values)


@needs_pdftotext
@pytest.mark.parametrize("size", SlipSize)
def test_a_slip_says_what_was_given(size: SlipSize) -> None:
    slip = Slip(
        title="Receipt LN-0000012-0004",
        groups=[
            [Fact("Member", "Ṣẹ́gun Ọláńrewájú")],
            [Fact("Received", Decimal(5000), Kind.AMOUNT), Fact("Fee", None)],
        ],
        letterhead=Letterhead("Millenium Potters"),
        strong=frozenset({"Received"}),
        mark="Reprint no. 2",
        notes=["Received by Ada Obi"],
    )
    assert lines_of(slip_as_pdf(slip, size, LAGOS)) == [
        "Millenium Potters", "Receipt LN-0000012-0004", "Reprint no. 2",
        unicodedata.normalize("NFC", "Member Ṣẹ́gun Ọláńrewájú"), "Received ₦5,000.00", "Received by Ada Obi",
    ]  # fmt: skip


def test_values_stand_alone_with_their_unit() -> None:
    assert shown_alone(Kind.AMOUNT, Decimal("-1.5"), LAGOS) == "-₦1.50"
    assert shown_alone(Kind.PERCENT, Decimal("12.5"), LAGOS) == "12.50 %"
    assert shown_alone(Kind.MOMENT, PRINTED_AT, LAGOS) == "11 Mar 2026, 09:30"
    assert shown_alone(Kind.COUNT, None, LAGOS) == ""
