"""The figures of reports, worked out by hand from the book of `worked_book`, on screen and in every file."""

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from services.reporting.api import reports, supervisor_reports
from services.reporting.reports.catalogue import REPORTS
from services.reporting.reports.definition import Parameter
from services.reporting.tests.api.worked_book import TODAY, write_book
from services.reporting.tests.events import make_sums
from shared.files.columns import Kind
from shared.tests.pdf_text import needs_pdftotext, text_of

SPRING = {"from": "2026-04-01", "to": "2026-05-31"}
FIGURES = ("expected", "collected", "difference", "rate", "payments")
SPLIT = ("payments", "repaid", "recovered", "reversed", "collected", "principal", "interest", "fee", "penalty")
INCOME = ("interest", "fee", "penalty", "processingFee", "income")


@pytest.fixture(autouse=True)
def _end_of_may(monkeypatch):
    monkeypatch.setattr(reports, "today", lambda: TODAY)


@pytest.fixture
def book(sessions, officer, stranger):
    return write_book(sessions, officer.id, stranger.id)


@pytest.fixture
def ask(get, admin):
    def read(name, who=admin, **query):
        return get(f"/supervisor-reports/{name}", who, **query)["data"]

    return read


def cells(row, names):
    return [row[name] for name in names]


def by_officer(data, officers, names):
    found = {row["officerId"]: cells(row, names) for row in data["rows"]}
    return [found.get(str(officer.id)) for officer in officers]


def test_expected_and_collected_by_day(book, ask):
    data = ask("collections-by-day", **SPRING)
    assert [cells(row, ("day", *FIGURES)) for row in data["rows"]] == [
        ["2026-04-02T00:00:00.000Z", 550, 550, 0, 100, 1],
        ["2026-04-10T00:00:00.000Z", 330, 330, 0, 100, 1],
        ["2026-04-20T00:00:00.000Z", 0, -330, -330, None, 0],
        ["2026-05-01T00:00:00.000Z", 0, 100, 100, None, 1],
        ["2026-05-02T00:00:00.000Z", 550, 0, -550, 0, 0],
        ["2026-05-05T00:00:00.000Z", 0, 550, 550, None, 1],
        ["2026-05-10T00:00:00.000Z", 330, 0, -330, 0, 0],
        ["2026-05-12T00:00:00.000Z", 0, 330, 330, None, 1],
        ["2026-05-15T00:00:00.000Z", 2100, 0, -2100, 0, 0],
    ]
    assert cells(data["totals"], FIGURES) == [3860, 1530, -2330, 39.64, 5]
    series = {each["name"]: each["values"] for each in data["series"]["series"]}
    assert len(data["series"]["labels"]) == 61
    assert (sum(series["Expected"]), sum(series["Collected"]), series["Expected"][1]) == (3860, 1530, 550)


def test_expected_and_collected_by_officer_and_union(book, ask, officer, stranger):
    data = ask("collections-by-officer", **SPRING)
    assert by_officer(data, (officer, stranger), FIGURES) == [
        [1100, 1100, 0, 100, 2],
        [2760, 430, -2330, 15.58, 3],
    ]
    assert cells(data["totals"], FIGURES) == [3860, 1530, -2330, 39.64, 5]
    data = ask("collections-by-union", **SPRING)
    assert [cells(row, ("union", *FIGURES)) for row in data["rows"]] == [
        ["Hope", 660, 330, -330, 50, 2],
        ["Market", 2100, 100, -2000, 4.76, 1],
        ["Unity", 1100, 1100, 0, 100, 2],
    ]
    assert {row["union"]: row["officerId"] for row in data["rows"]}["Hope"] == str(stranger.id)


def test_days_to_come_say_what_to_expect(book, ask):
    data = ask("collections-by-day", **{"from": "2026-06-01", "to": "2026-06-30"})
    assert [cells(row, FIGURES) for row in data["rows"]] == [[330, 0, -330, 0, 0]]


def test_collected_in_the_period(book, ask, officer, stranger):
    data = ask("collected", **SPRING)
    assert by_officer(data, (officer, stranger), SPLIT) == [
        [2, 1100, 0, 0, 1100, 1000, 100, 0, 0],
        [4, 760, 50, -330, 480, 300, 170, 0, 10],
    ]
    assert cells(data["totals"], SPLIT) == [6, 1860, 50, -330, 1580, 1300, 270, 0, 10]


def test_income_received(book, ask, officer, stranger):
    data = ask("income", **SPRING)
    assert by_officer(data, (officer, stranger), INCOME) == [[100, 0, 0, 0, 100], [170, 0, 10, 30, 210]]
    assert cells(data["totals"], INCOME) == [270, 0, 10, 30, 310]


def test_disbursements_are_the_officers_of_their_day(book, ask, officer, stranger):
    data = ask("disbursements", **{"from": "2026-03-01", "to": "2026-05-31"})
    names = ("loan", "member", "union", "loanType", "principal", "processingFee", "officerId")
    assert [cells(row, names) for row in data["rows"]] == [
        ["LN00000001", "Ṣẹ́gun Adébáyọ̀", "Unity", "Market loan", 1000, 20, str(officer.id)],
        ["LN00000002", "=HYPERLINK(1) #strong[x]", "Hope", "Market loan", 900, 0, str(officer.id)],
        ["LN00000003", "Bola Ade", "Market", "Market loan", 2000, 30, str(stranger.id)],
    ]
    assert data["totals"] == {"principal": 3900, "processingFee": 50}
    # Hope is another's by now, and its members are seen by who has it.
    assert [row["loan"] for row in ask("disbursements", officer, **{"from": "2026-03-01"})["rows"]] == ["LN00000001"]
    assert ask("disbursements", officer, **{"from": "2026-03-01"})["totals"]["principal"] == 1000
    page = ask("disbursements", **{"from": "2026-03-01", "page": 2, "limit": 2})
    assert ([row["loan"] for row in page["rows"]], page["totals"]["principal"]) == (["LN00000003"], 3900)


def test_loans_that_wait(book, ask):
    data = ask("awaiting")
    assert [cells(row, ("waitsFor", "loan", "since", "days", "principal")) for row in data["rows"]] == [
        ["Approval", "LN00000004", "2026-05-20T00:00:00.000Z", 11, 1500],
        ["Disbursement", "LN00000005", "2026-05-25T00:00:00.000Z", 6, 800],
    ]
    assert data["totals"] == {"principal": 2300}


def test_maturing_loans(book, ask):
    data = ask("maturing", **{"from": "2026-06-01", "to": "2026-06-30"})
    names = ("endsOn", "loan", "principal", "outstanding", "daysLate")
    assert [cells(row, names) for row in data["rows"]] == [["2026-06-10T00:00:00.000Z", "LN00000002", 900, 660, 21]]
    assert ask("maturing", **{"from": "2026-03-01", "to": "2026-05-31"})["totals"] == {
        "principal": 2000, "outstanding": 2000
    }  # fmt: skip


def test_retention(book, ask, officer, stranger):
    names = ("atStart", "atEnd", "new", "retained", "rate")
    data = ask("retention", **SPRING)
    assert by_officer(data, (officer, stranger), names) == [[2, 0, 0, 0, 0], [1, 2, 1, 1, 100]]
    assert cells(data["totals"], names) == [3, 2, 1, 1, 33.33]


def test_outreach(book, ask, officer, stranger):
    data = ask("outreach", **SPRING)
    names = ("members", "borrowers", "share", "loans", "portfolio", "average", "newMembers", "firstLoans")
    assert [cells(row, ("union", *names)) for row in data["rows"]] == [
        ["Hope", 1, 1, 100, 1, 610, 610, 0, 0],
        ["Market", 3, 1, 33.33, 1, 2000, 2000, 0, 1],
        ["Unity", 1, 0, 0, 0, 0, None, 0, 0],
    ]
    assert cells(data["totals"], names) == [5, 2, 40, 2, 2610, 1305, 0, 1]
    assert ask("outreach", **{"from": "2026-01-01", "to": "2026-01-31"})["totals"]["newMembers"] == 5
    assert [row["union"] for row in ask("outreach", officer)["rows"]] == ["Unity"]


def test_officer_performance(book, ask, officer, stranger):
    data = ask("officer-performance", **SPRING)
    names = (
        "borrowers", "loans", "portfolio", "atRisk30", "par30", "disbursed", "collected", "due", "onTime", "onTimeRate"
    )  # fmt: skip
    assert by_officer(data, (officer, stranger), names) == [
        [0, 0, 0, 0, None, 0, 1100, 1100, 550, 50],
        [2, 2, 2610, 0, 0, 2000, 480, 2760, 430, 15.58],
    ]
    assert cells(data["totals"], names) == [2, 2, 2610, 0, 0, 2000, 1580, 3860, 980, 25.39]


def test_the_dashboard_has_the_on_time_rate_of_days_before_today(book, get, admin, officer, sessions, monkeypatch):
    make_sums(sessions, TODAY)

    def rates(today, **period):
        monkeypatch.setattr(supervisor_reports, "today", lambda: today)
        answer = get("/supervisor-reports/dashboard", admin, **period)
        lines = {line["officerId"]: line["onTimeRate"] for line in answer["officerPerformance"]}
        return answer["summary"]["onTimeRate"], lines[str(officer.id)]

    spring = {"periodStart": "2026-04-01", "periodEnd": "2026-05-31"}
    assert rates(TODAY, **spring) == (25.39, 50)
    # Of the month so far 550 of Unity, 330 of Hope and 2100 of Market fell due, of which 100 had been paid ahead.
    assert rates(TODAY) == (3.36, 0)
    assert rates(date(2026, 5, 2)) == (None, None), "what falls due today can still be paid today"
    assert rates(date(2026, 5, 3), **spring) == (61.54, 50)
    assert rates(date(2026, 3, 1), **spring) == (None, None)


def test_portfolio_yield(book, ask, officer, stranger):
    # 100 of income over (1900 + 0) / 2, and 210 over (400 + 2610) / 2, for 61 days.
    data = ask("portfolio-yield", **SPRING)
    names = ("income", "average", "yield")
    assert by_officer(data, (officer, stranger), names) == [[100, 950, 62.99], [210, 1505, 83.49]]
    assert cells(data["totals"], names) == [310, 2455, 75.56]
    assert data["notes"] == ["The portfolio was measured at the end of 2026-03-31, 2026-05-31."]


def in_period(name: str, first: str, last: str) -> dict[str, str]:
    """The period as a query of reports that are of one, and nothing of those that are of a day."""
    return {"from": first, "to": last} if Parameter.PERIOD in REPORTS[name].definition.parameters else {}


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_officers_add_up_to_the_institution(book, ask, officer, stranger, supervisor, name):
    definition = REPORTS[name].definition
    sums = [column.name for column in definition.columns if column.kind in (Kind.AMOUNT, Kind.COUNT)]
    spring = in_period(name, *SPRING.values())
    whole, *each = (
        ask(name, **spring, **narrowed)["totals"] or {}
        for narrowed in ({}, {"officerId": officer.id}, {"officerId": stranger.id})
    )
    for column in sums:
        if column in whole and column != "average":
            assert whole[column] == sum(totals[column] for totals in each), column
    own = ask(name, officer, **spring)["totals"] or {}
    team = ask(name, supervisor, **spring)["totals"] or {}
    assert own == team, "the stranger works for somebody else"


@needs_pdftotext
@pytest.mark.parametrize("name", sorted(REPORTS))
def test_files_say_what_the_screen_says(book, client, ask, admin, name):
    query = in_period(name, "2026-03-01", "2026-06-30" if REPORTS[name].definition.looks_ahead else "2026-05-31")
    data = ask(name, **query)
    shown = [[row.get(column["name"]) for column in data["columns"]] for row in data["rows"]]
    assert shown or name == "corrections", "a report without rows shows nothing here"
    kinds = [column["kind"] for column in data["columns"]]
    expected = [[_plain(kind, cell) for kind, cell in zip(kinds, row, strict=True)] for row in shown]
    if data["totals"]:
        sums = [_plain(column["kind"], data["totals"].get(column["name"])) for column in data["columns"]]
        expected.append([sums[0] or "Total", *sums[1:]])
    for file_format, read in (("csv", _csv_rows), ("xlsx", _xlsx_rows)):
        answer = client.get(
            f"/supervisor-reports/{name}", headers=admin.headers, query_string=query | {"format": file_format}
        )
        assert answer.status_code == 200, answer.json
        assert read(answer.data, kinds, len(expected)) == expected, file_format
    answer = client.get(f"/supervisor-reports/{name}", headers=admin.headers, query_string=query | {"format": "pdf"})
    assert answer.status_code == 200, answer.json
    text = text_of(answer.data)
    for row in expected:
        for kind, cell in zip(kinds, row, strict=True):
            if kind in ("amount", "percent") and cell:
                assert f"{Decimal(cell):,.2f}" in text, (cell, text)
    definition = data["definition"]
    for said in (definition["title"], definition["formula"], definition["source"], definition["purpose"]):
        assert "".join(said.split()) in "".join(text.split())


def _plain(kind, cell):
    if cell is None:
        return ""
    if kind in ("amount", "percent"):
        return f"{Decimal(str(cell)):.2f}"
    return cell[:10] if kind == "day" else str(cell)


def _csv_rows(content, kinds, count):
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1 : count + 1]
    return [[cell.removeprefix("'") for cell in row] for row in rows]


_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _xlsx_rows(content, kinds, count):
    with ZipFile(io.BytesIO(content)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{_SHEET}f")), "nothing is a formula"
    rows = [_sheet_row(row, len(kinds)) for row in sheet.iter(f"{_SHEET}row")]
    heading = next(place for place, row in enumerate(rows) if sum(bool(text) for text, _ in row) == len(kinds))
    return [
        [_typed(kind, *cell) for kind, cell in zip(kinds, row, strict=True)]
        for row in rows[heading + 1 : heading + 1 + count]
    ]


def _sheet_row(row, width):
    cells = []
    for cell in row.iter(f"{_SHEET}c"):
        text = "".join(part.text or "" for part in cell.iter() if part.tag in (f"{_SHEET}t", f"{_SHEET}v"))
        cells.append((text, cell.get("t") != "inlineStr"))
    return [*cells, *[("", False)] * (width - len(cells))]


def _typed(kind, text, is_number):
    if not text or text == "Total":
        return text
    assert is_number == (kind != "text"), (kind, text)
    match kind:
        case "amount":
            return f"{Decimal(text):.2f}"
        case "percent":
            return f"{Decimal(text) * 100:.2f}"
        case "day":
            return date.fromordinal(date(1899, 12, 30).toordinal() + int(Decimal(text))).isoformat()
    return text


def test_a_file_says_who_made_it_of_what_and_leaves_an_entry(book, client, admin, superuser):
    answer = client.get(
        "/supervisor-reports/collected",
        headers=admin.headers,
        query_string=SPRING | {"format": "csv", "unionId": str(book.hope)},
    )
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="collected-2026-04-01-2026-05-31.csv"; '
        "filename*=UTF-8''collected-2026-04-01-2026-05-31.csv"
    )
    text = answer.data.decode("utf-8-sig")
    for said in ("From 1 April 2026 to 31 May 2026", "Union: Hope", "Made for ", "Formula: Collected = "):
        assert said in text
    (body,) = superuser.execute(
        "SELECT body FROM reporting.outbox WHERE type = 'reporting.audit.recorded.v1' ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    assert all(said in body for said in ("REPORT_EXPORTED", "/supervisor-reports/collected", str(book.hope)))


def test_a_format_that_is_none_is_refused(book, get, admin):
    problem = get("/supervisor-reports/collected", admin, 400, format="docx")
    assert problem["errors"][0]["field"] == "format"


@pytest.mark.parametrize("file_format", ["csv", "xlsx", pytest.param("pdf", marks=needs_pdftotext)])
def test_the_dashboard_is_a_file_too(book, client, get, admin, supervisor, sessions, monkeypatch, file_format):
    monkeypatch.setattr(supervisor_reports, "today", lambda: TODAY)
    make_sums(sessions, TODAY)
    for who in (admin, supervisor):
        shown = get("/supervisor-reports/dashboard", who)
        answer = client.get("/supervisor-reports/dashboard", headers=who.headers, query_string={"format": file_format})
        assert answer.status_code == 200, answer.json
        summary = shown["summary"]
        names = ("totalUnions", "totalMembers", "totalLoans", "activeLoans", "completedLoans", "defaultedLoans")
        amounts = (
            "totalDisbursed",
            "totalRepaid",
            "totalOutstanding",
            "collectionRate",
            "collectedInPeriod",
            "onTimeRate",
        )
        expected = [
            "Total",
            *(str(summary[name]) for name in names),
            *(f"{Decimal(str(summary[name])):.2f}" for name in amounts),
        ]
        kinds = ["text"] + ["count"] * 6 + ["amount"] * 3 + ["percent", "amount", "percent"]
        if file_format == "pdf":
            text = text_of(answer.data)
            assert all(f"{Decimal(each):,}" in text for each in expected[7:])
            continue
        read = _csv_rows if file_format == "csv" else _xlsx_rows
        assert expected in read(answer.data, kinds, len(shown["officerPerformance"]) + 1)


@pytest.mark.parametrize("file_format", ["json", "csv", "xlsx", "pdf"])
def test_what_cannot_be_asked_is_said_on_screen_and_for_files(book, client, admin, officer, stranger, file_format):
    def refused(name, who=admin, **query):
        more = {} if file_format == "json" else {"format": file_format}
        answer = client.get(f"/supervisor-reports/{name}", headers=who.headers, query_string=query | more)
        return answer.status_code, answer.json["code"]

    assert refused("collected", to="2026-06-01") == (400, "day-in-the-future")
    assert refused("collected", **{"from": "2026-05-02", "to": "2026-05-01"})[0] == 400
    assert refused("collected", officer, officerId=stranger.id) == (404, "officer-not-found")
    assert refused("collections-by-union", officer, unionId=book.market) == (404, "union-not-found")
    assert refused("no-such-report") == (404, "report-not-found")


def test_more_rows_than_a_file_may_have_are_refused(book, client, app, admin, monkeypatch):
    settings = replace(app.extensions["mp"].settings, export_rows=2)
    monkeypatch.setitem(app.extensions, "mp", replace(app.extensions["mp"], settings=settings))
    query = {"from": "2026-03-01", "format": "csv"}
    answer = client.get("/supervisor-reports/disbursements", headers=admin.headers, query_string=query)
    assert (answer.status_code, answer.json["code"]) == (422, "too-many-rows")
