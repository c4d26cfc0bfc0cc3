"""Figures of periods are those that a spreadsheet, which knows nothing of our code, comes to (tests/data/book)."""

from collections import Counter
from datetime import date

import pytest

from services.reporting.api import reports
from services.reporting.domain.calendar import end_of_month
from services.reporting.tests.book import Book, blocks, day_of
from services.reporting.tests.events import NOON
from services.reporting.usecases.month_ends import freeze_next_month

TODAY = date(2027, 1, 4)
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
SHEET = {
    "payments": "payments", "repaid": "repaid", "recovered": "recovered", "reversed": "reversed",
    "collected": "collected", "principal": "principal", "interest": "interest",
}  # fmt: skip
ENDS = [end_of_month(date(2026, month, 1)) for month in range(1, 13)]


@pytest.fixture
def by_officer(sessions, monkeypatch, officer, stranger, get, admin):
    """The figures of a report by Ada, Bola and both, at the end of the year played."""

    def freeze(today):
        with sessions() as session:
            while freeze_next_month(session.connection(), today=today, at=NOON):
                pass
            session.commit()

    Book(sessions, officer.id, stranger.id).play(freeze)
    freeze(TODAY)
    monkeypatch.setattr(reports, "today", lambda: TODAY)

    def ask(name, **asked):
        data = get(f"/supervisor-reports/{name}", admin, **asked)["data"]
        names = {str(officer.id): "Ada", str(stranger.id): "Bola"}
        return {names[row["officerId"]]: row for row in data["rows"]} | {"both": data["totals"]}

    return ask


def test_periods_are_what_the_spreadsheet_says(by_officer, get, admin):
    received = {row["figures"]: row for row in blocks("payments")["figures"]}
    due = {row["figures"]: row for row in blocks("lines")["figures"]}
    at_end = {row["figures"]: row for row in blocks("2026-12-31")["figures"]}
    portfolios = {
        who: sum(
            float(row["portfolio"]) for end in ENDS for row in blocks(str(end))["figures"] if row["figures"] == who
        )
        for who in received
    }
    collected, income = by_officer("collected", **YEAR), by_officer("income", **YEAR)
    expected, performance = by_officer("collections-by-officer", **YEAR), by_officer("officer-performance", **YEAR)
    earned = by_officer("portfolio-yield", **YEAR)
    for who, row in received.items():
        assert {name: collected[who][name] for name in SHEET} == {
            name: float(row[cell]) for name, cell in SHEET.items()
        }
        assert (collected[who]["fee"], collected[who]["penalty"]) == (0, 0)
        assert (income[who]["interest"], income[who]["income"]) == (float(row["interest"]), float(row["interest"]))
        falls_due = float(due[who]["first due"]) + sum(
            float(each["amount"]) for each in blocks("payments")["due again"] if who in ("both", each["officer"])
        )
        without_recoveries = float(row["collected"]) - float(row["recovered"])
        assert expected[who]["expected"] == falls_due
        assert expected[who]["collected"] == without_recoveries
        assert expected[who]["rate"] == round(100 * without_recoveries / falls_due, 2)
        found = performance[who]
        assert [found[name] for name in ("loans", "portfolio", "atRisk30", "disbursed", "due", "onTime")] == [
            float(at_end[who]["loans"]), float(at_end[who]["portfolio"]), float(at_end[who]["over 30"]),
            float(row["disbursed"]), float(due[who]["first due"]), float(due[who]["on time"]),
        ]  # fmt: skip
        assert found["collected"] == float(row["collected"])
        # Nothing stood out when the year began: thirteen days are measured.
        assert earned[who]["average"] == round(portfolios[who] / 13, 2)
        assert earned[who]["yield"] == round(100 * float(row["interest"]) * 13 / portfolios[who], 2)
    assert get("/supervisor-reports/disbursements", admin, **YEAR)["pagination"]["total"] == 30
    _check_days(get, admin)
    _check_retention(by_officer)


def _check_days(get, admin):
    expected, collected = Counter(), Counter()
    for row in blocks("lines")["loan"]:
        expected[day_of(row["due day"])] += float(row["first due"])
    for row in blocks("payments")["due again"]:
        expected[day_of(row["day"])] += float(row["amount"])
    for row in blocks("payments")["loan"]:
        if row["kind"] != "recovery":
            collected[day_of(row["day"])] += float(row["amount"])
    rows = get("/supervisor-reports/collections-by-day", admin, **YEAR)["data"]["rows"]
    found = {date.fromisoformat(row["day"][:10]): (row["expected"], row["collected"]) for row in rows}
    assert found == {day: (expected[day], collected[day]) for day in {**expected, **collected}}


def _check_retention(by_officer):
    """Everybody has one loan, so that those who have one are as many as the loans that run."""
    kept = by_officer("retention", **{"from": "2026-07-01", "to": "2026-12-31"})
    before = {row["figures"]: row for row in blocks("2026-06-30")["figures"]}
    after = {row["figures"]: row for row in blocks("2026-12-31")["figures"]}
    for who, row in kept.items():
        start, end = float(before[who]["loans"]), float(after[who]["loans"])
        assert [row[name] for name in ("atStart", "atEnd", "new", "rate")] == [
            start,
            end,
            0,
            round(100 * end / start, 2),
        ]
