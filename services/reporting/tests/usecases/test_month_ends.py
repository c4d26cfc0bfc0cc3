"""Ends of months are kept, caught up, made anew from events, and corrected with their cause."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from services.reporting.models.month_ends import frozen_days, frozen_positions, frozen_sums
from services.reporting.queries.positions import positions_from_facts, positions_on
from services.reporting.reports import arrears_by_age, arrears_list, arrears_rate, corrections, portfolio_at_risk
from services.reporting.reports.definition import Asked
from services.reporting.tests.events import NOON, hear
from services.reporting.tests.lender import Lender
from services.reporting.tests.queries.test_positions import START, Life, read
from services.reporting.usecases.month_ends import freeze_next_month
from shared.ids import new_id

LINES = [(date(2026, month, 10), Decimal("100.00"), Decimal("5.00")) for month in (2, 3, 4)]


def freeze(sessions, today):
    """Keep what can be kept; returns the days."""
    days = []
    with sessions() as session:
        while day := freeze_next_month(session.connection(), today=today, at=NOON):
            days.append(day)
        session.commit()
    return days


@pytest.fixture
def kept(sessions):
    """All rows that are kept."""

    def look():
        with sessions() as session:
            return [
                sorted(map(str, session.execute(select(table))))
                for table in (frozen_days, frozen_positions, frozen_sums)
            ]

    return look


def corrected(sessions, day, today, **narrowed):
    with sessions() as session:
        asked = Asked(today=today, as_of=day, first=day, last=day, **narrowed)
        return corrections.read(session.connection(), asked)


def test_months_are_kept_a_day_after_their_end_and_once(sessions, kept):
    lender, union = Lender(), new_id()
    hear(sessions, *lender.assign(union, new_id(), START), *lender.lend(union, LINES, START)[1])
    assert freeze(sessions, date(2026, 2, 1)) == []
    assert freeze(sessions, date(2026, 2, 2)) == [date(2026, 1, 31)]
    assert freeze(sessions, date(2026, 2, 28)) == []
    assert freeze(sessions, date(2026, 5, 20)) == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    before = kept()
    assert freeze(sessions, date(2026, 5, 21)) == []
    assert kept() == before


def test_nothing_is_kept_while_the_history_is_not_filled_in(sessions, superuser):
    lender, union = Lender(), new_id()
    hear(sessions, *lender.assign(union, new_id(), START), *lender.lend(union, LINES, START)[1])
    superuser.execute("UPDATE reporting.history SET filled_at = NULL")
    assert freeze(sessions, date(2026, 5, 20)) == []


@pytest.mark.parametrize("seed", range(3))
def test_kept_months_are_the_ones_made_anew_from_events(sessions, superuser, kept, seed):
    """Also when all of them are caught up late, and what was recorded since would have changed them."""
    life, events = Life(seed, sessions, backdated=True), []
    for week in range(26):
        day = START + timedelta(weeks=week)
        life.week(day)
        freeze(sessions, day)
    before = kept()
    events = life.heard
    superuser.execute(
        "TRUNCATE reporting.frozen_days, reporting.frozen_positions, reporting.frozen_sums, reporting.portfolio_loans,"
        "reporting.portfolio_sums, reporting.repayments, reporting.loan_states, reporting.loan_schedules,"
        "reporting.loan_charges, reporting.reallocations, reporting.union_officers, reporting.inbox"
    )
    life.chance.shuffle(events)
    for start in range(0, len(events), 50):
        hear(sessions, *events[start : start + 50])
    freeze(sessions, day)
    assert kept() == before


@pytest.mark.parametrize("seed", range(3))
def test_every_difference_has_its_cause(sessions, seed):
    life = Life(seed, sessions, backdated=True)
    for week in range(26):
        day = START + timedelta(weeks=week)
        life.week(day)
        freeze(sessions, day)
    differences = 0
    for month in (2, 3, 4, 5):
        end = date(2026, month, 1) - timedelta(days=1)
        then = read(sessions, lambda connection, end=end: positions_on(connection, end, today=day))
        now = read(sessions, lambda _, end=end: positions_from_facts(end))
        result = corrected(sessions, end, day)
        listed = {row["loanId"]: row for row in result.rows if "difference" in row}
        changed = {loan_id for loan_id in then.keys() | now.keys() if then.get(loan_id) != now.get(loan_id)}
        assert changed <= listed.keys()
        differences += len(changed)
        owed = sum(row["outstanding_principal"] for row in now.values())
        kept = sum(row["outstanding_principal"] for row in then.values())
        assert result.totals["difference"] == owed - kept
    assert differences


def test_a_correction_says_which_loan_what_and_how_much(sessions):
    lender, union, officer = Lender(), new_id(), new_id()
    loan, events = lender.lend(union, LINES, START)
    hear(sessions, *lender.assign(union, officer, START), *events)
    freeze(sessions, date(2026, 3, 4))
    hear(sessions, *lender.pay(loan, Decimal("60.00"), date(2026, 3, 6), paid_on=date(2026, 2, 27)))
    (row,) = corrected(sessions, date(2026, 2, 28), date(2026, 3, 6)).rows
    assert (
        row.items()
        >= {
            "loanNumber": loan.number,
            "cause": "Repayment",
            "recordedOn": date(2026, 3, 6),
            "countsFrom": date(2026, 2, 27),
            "amount": Decimal("60.00"),
            "kept": Decimal("300.00"),
            "now": Decimal("245.00"),
            "difference": Decimal("-55.00"),
        }.items()
    )
    assert corrected(sessions, date(2026, 2, 28), date(2026, 3, 6), seen_by=[new_id()], officers=[]).rows == []


@pytest.mark.parametrize("report", [arrears_by_age, arrears_list, arrears_rate, portfolio_at_risk])
def test_figures_that_were_kept_are_said_to_be(sessions, report):
    lender, union, officer = Lender(), new_id(), new_id()
    hear(sessions, *lender.assign(union, officer, START), *lender.lend(union, LINES, START)[1])
    freeze(sessions, date(2026, 3, 4))

    def notes(day):
        with sessions() as session:
            asked = Asked(today=date(2026, 3, 4), as_of=day, first=day, last=day)
            return report.read(session.connection(), asked).notes

    assert notes(date(2026, 2, 28)) == [
        "These figures were kept at the end of the month; corrections recorded since are in Corrections."
    ]
    assert [*notes(date(2026, 2, 27)), *notes(date(2026, 3, 4))] == []
