"""Every figure is the one that a spreadsheet, which knows nothing of our code, comes to (tests/data/book)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.reporting.api import reports, supervisor_reports
from services.reporting.domain.calendar import end_of_month
from services.reporting.tests.book import Book, blocks, day_of
from services.reporting.tests.events import NOON, hear_on, make_sums
from services.reporting.usecases.month_ends import freeze_next_month
from shared.money import round_money

TODAY = date(2027, 1, 4)
MONTH_ENDS = [end_of_month(date(2026, month, 1)) for month in range(1, 13)]
PAR = {
    "loans": "loans", "portfolio": "portfolio", "atRisk1": "over 1", "atRisk30": "over 30", "atRisk60": "over 60",
    "atRisk90": "over 90", "atRisk180": "over 180", "restructured": "restructured",
}  # fmt: skip


@pytest.fixture
def played(sessions, monkeypatch, officer, stranger):
    """The year, with every end of a month kept when its day had come, and every day's sums when it was over."""

    def freeze(today):
        with sessions() as session:
            while freeze_next_month(session.connection(), today=today, at=NOON):
                pass
            session.commit()
        make_sums(sessions, today - timedelta(days=1))

    hear_on(monkeypatch, TODAY)
    book = Book(sessions, officer.id, stranger.id)
    book.play(freeze)
    freeze(TODAY)
    monkeypatch.setattr(reports, "today", lambda: TODAY)
    return book


@pytest.fixture
def by_officer(played, get, admin, officer, stranger):
    """The figures of a report by Ada, Bola and both."""

    def ask(name, **asked):
        data = get(f"/supervisor-reports/{name}", admin, **{key: str(value) for key, value in asked.items()})["data"]
        names = {str(officer.id): "Ada", str(stranger.id): "Bola"}
        return {names[row["officerId"]]: row for row in data["rows"]} | {"both": data["totals"]}

    return ask


def number(text):
    return float(text or 0)


def test_the_book_is_what_the_spreadsheet_says(by_officer, get, admin, officer, played):
    for day in MONTH_ENDS:
        sheet = blocks(str(day))
        expected = {row["figures"]: row for row in sheet["figures"] if row["loans"] != "0"}
        risk, rate = by_officer("portfolio-at-risk", asOf=day), by_officer("arrears-rate", asOf=day)
        assert risk.keys() == expected.keys()
        for who, row in expected.items():
            assert {name: risk[who][name] for name in PAR} == {name: number(row[cell]) for name, cell in PAR.items()}
            assert risk[who]["par30"] == number(row["PAR30"])
            rates = (rate[who]["arrears"], rate[who]["outstanding"], rate[who]["late"])
            assert rates == tuple(number(row[cell]) for cell in ("overdue", "outstanding", "late loans"))
        aged = get("/supervisor-reports/arrears-by-age", admin, asOf=str(day))["data"]["rows"]
        assert [(row["age"], row["loans"], row["arrears"], row["outstandingPrincipal"]) for row in aged] == [
            (row["days late"], *(number(row[cell]) for cell in ("loans", "overdue", "outstanding principal")))
            for row in sheet["days late"]
        ]
        late = get("/supervisor-reports/arrears-list", admin, asOf=str(day))["data"]["rows"]
        assert {(int(row["loan"][2:]), row["daysLate"], row["arrears"], row["outstanding"]) for row in late} == {
            (int(row["loan"]), *(number(row[cell]) for cell in ("days late", "overdue", "outstanding")))
            for row in sheet["loan"]
            if number(row["days late"])
        }
    _check_persons(get, officer, played)
    _check_vintages(get, admin)
    _check_year(by_officer)
    _check_correction(get, admin)


def test_the_on_time_rate_of_the_dashboard_is_the_spreadsheets(played, get, admin, officer, monkeypatch):
    """Also where something came late, which sums that were made before did not have."""
    monkeypatch.setattr(supervisor_reports, "today", lambda: TODAY)

    def rates(first, last):
        answer = get("/supervisor-reports/dashboard", admin, periodStart=str(first), periodEnd=str(last))
        lines = {line["officerId"]: line["onTimeRate"] for line in answer["officerPerformance"]}
        ada = lines.pop(str(officer.id))
        (bola,) = lines.values()
        return {"Ada": ada, "Bola": bola, "both": answer["summary"]["onTimeRate"]}

    sheet = blocks("lines")
    assert rates("2026-01-01", "2026-12-31") == {row["figures"]: number(row["rate"]) for row in sheet["figures"]}
    for end in MONTH_ENDS:
        lines = [row for row in sheet["loan"] if day_of(row["due day"]).replace(day=1) == end.replace(day=1)]
        for who, rate in rates(end.replace(day=1), end).items():
            theirs = [row for row in lines if who in ("both", row["officer"])]
            due, paid = (sum(Decimal(row[cell]) for row in theirs) for cell in ("first due", "on time"))
            assert rate == (float(round_money(paid / due * 100)) if due else None), (who, end)


def _check_persons(get, officer, played):
    """Of a day when Hope was hers Ada sees its figures, and not its members, who are somebody else's now."""
    june = {"asOf": "2026-06-30"}
    risk = get("/supervisor-reports/portfolio-at-risk", officer, **june)["data"]["totals"]
    expected = {row["figures"]: row for row in blocks("2026-06-30")["figures"]}["Ada"]
    assert risk["portfolio"] == number(expected["portfolio"])
    late = get("/supervisor-reports/arrears-list", officer, **june)["data"]["rows"]
    assert late
    assert {row["unionId"] for row in late} == {str(played.unity)}


def _check_vintages(get, admin):
    rows = get("/supervisor-reports/vintages", admin, asOf="2026-12-31")["data"]["rows"]
    assert [row["disbursed"] for row in rows] == [3000] * 6
    for day in MONTH_ENDS:
        for cohort in blocks(str(day))["disbursed in month"]:
            month = int(cohort["disbursed in month"])
            if day.month > month:
                expected = number(cohort["late over 30 or written off, of what was disbursed"])
                assert rows[month - 1][f"after{day.month - month}"] == expected, (day, month)


def _check_year(by_officer):
    year = {"from": "2026-01-01", "to": "2026-12-31"}
    on_time, gone = by_officer("on-time-collection", **year), by_officer("write-offs", **year)
    for row in blocks("lines")["figures"]:
        who = row["figures"]
        found = on_time[who]
        assert [found[name] for name in ("due", "onTime", "later", "missing", "rate")] == [
            number(row[cell]) for cell in ("first due", "on time", "later", "missing", "rate")
        ], who
        if number(row["written off"]):
            cells = ("written off", "owed on it", "recovered")
            assert [gone[who][name] for name in ("principal", "total", "recovered")] == [number(row[c]) for c in cells]


def _check_correction(get, admin):
    data = get("/supervisor-reports/corrections", admin, asOf="2026-08-31")["data"]
    (row,) = data["rows"]
    said = [row[name] for name in ("loanNumber", "cause", "amount", "kept", "now", "difference")]
    assert said == ["LN00000019", "Repayment", 110, 390, 290, -100]
    assert data["totals"]["difference"] == Decimal(-100)
