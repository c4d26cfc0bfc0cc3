"""The kept sums of what fell due and was paid by its day are those that the facts come to, whatever came late."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import func, select, text

from services.reporting import worker
from services.reporting.domain.calendar import Days
from services.reporting.models.on_time import on_time_days, on_time_notes, on_time_progress
from services.reporting.queries.on_time import fell_due
from services.reporting.queries.on_time_days import punctuality
from services.reporting.queries.window import Window
from services.reporting.tests.events import hear, hear_on, make_sums
from services.reporting.tests.lender import Lender
from services.reporting.tests.queries.test_positions import START, Life
from services.reporting.usecases import on_time
from services.reporting.usecases.on_time import last_closed_day, make_next_sums
from shared.db import Sessions
from shared.fields import Day
from shared.ids import new_id

LINES = [(date(2026, month, 10), Decimal("100.00"), Decimal("5.00")) for month in (2, 3, 4)]
WEEKS = 26


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Sets the day on which events are heard; the real one until then."""
    Day.zone = "Africa/Lagos"

    return partial(hear_on, monkeypatch)


def kept(sessions: Sessions) -> dict[tuple[date, object], tuple[Decimal, Decimal]]:
    with sessions() as session:
        return {(day, union): (due, on_time) for day, union, due, on_time in session.execute(select(on_time_days))}


def from_facts(sessions: Sessions, first: date, last: date) -> dict[tuple[date, object], tuple[Decimal, Decimal]]:
    """Each day asked for by itself."""
    found: dict[tuple[date, object], tuple[Decimal, Decimal]] = {}
    with sessions() as session:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            for holding, sums in fell_due(session.connection(), Window(day, day)).by_union.items():
                if sums.due:
                    found[day, holding.union_id] = (sums.due, sums.on_time)
    return found


def notes(sessions: Sessions) -> list[date]:
    with sessions() as session:
        return list(session.scalars(select(on_time_notes.c.day)))


@pytest.mark.parametrize("seed", range(6))
def test_sums_are_those_of_the_facts_day_by_day_and_union_by_union(sessions, today, seed):
    """While lives go on, with payments, waivers and charges that count from days that were summed before."""
    life = Life(seed, sessions, backdated=True)
    for week in range(WEEKS):
        day = START + timedelta(weeks=week)
        today(day)
        life.week(day)
        if life.chance.random() < 0.5:
            make_sums(sessions, day - timedelta(days=1))
    last = START + timedelta(weeks=WEEKS)
    make_sums(sessions, last)
    expected = from_facts(sessions, START, last)
    assert kept(sessions) == expected
    assert any(on_time for _, on_time in expected.values())
    with sessions() as session:
        connection = session.connection()
        for first, until in (
            (START, last),
            (date(2026, 2, 1), date(2026, 2, 28)),
            (date(2026, 3, 3), date(2026, 4, 9)),
        ):
            report = fell_due(connection, Window(first, until))
            for people in (None, *([person] for person in life.people)):
                found = {each.officer_id: each for each in punctuality(connection, people, Days(first, until))}
                for person in life.people if people is None else people:
                    sums = [each for holding, each in report.by_union.items() if holding.officer_id == person]
                    due, paid = sum(each.due for each in sums), sum(each.on_time for each in sums)
                    assert (person in found) == bool(due)
                    assert not due or (found[person].due, found[person].on_time) == (due, paid)


@pytest.mark.parametrize("seed", range(6))
def test_the_order_in_which_events_come_does_not_matter(sessions, superuser, today, seed):
    """All of them once more, in any order, a few at a time, while sums are made in between."""
    life = Life(seed, sessions, backdated=True)
    for week in range(WEEKS):
        life.week(START + timedelta(weeks=week))
    last = START + timedelta(weeks=WEEKS)
    expected = from_facts(sessions, START, last)
    superuser.execute(
        "TRUNCATE reporting.portfolio_loans, reporting.portfolio_sums, reporting.repayments, reporting.loan_states,"
        "reporting.loan_schedules, reporting.loan_charges, reporting.reallocations, reporting.union_officers,"
        "reporting.inbox, reporting.on_time_notes"
    )
    today(last + timedelta(days=1))
    chance, events = random.Random(seed), list(life.heard)
    chance.shuffle(events)
    while events:
        size = chance.randrange(1, 40)
        hear(sessions, *events[:size])
        del events[:size]
        if chance.random() < 0.5:
            make_sums(sessions, last)
    make_sums(sessions, last)
    assert kept(sessions) == expected


def test_what_counts_from_today_leaves_no_note_and_what_counts_from_before_the_earliest(sessions, today):
    lender, union, day = Lender(), new_id(), date(2026, 2, 10)
    today(START)
    loan, events = lender.lend(union, LINES, START)
    hear(sessions, *lender.assign(union, new_id(), START), *events)
    today(day)
    hear(sessions, *lender.pay(lender.loans[loan.id], Decimal("105.00"), day))
    hear(sessions, *lender.reverse(loan, loan.paid[0], day))
    assert notes(sessions) == []
    early, later = date(2026, 2, 7), date(2026, 2, 8)
    hear(
        sessions,
        *lender.pay(loan, Decimal("5.00"), day, paid_on=later),
        *lender.pay(loan, Decimal("5.00"), day, paid_on=early),
    )
    assert notes(sessions) == [early]


def test_a_month_at_a_time_from_the_first_due_day_on_and_only_what_is_new(sessions, today):
    lender, union = Lender(), new_id()
    today(START)
    assert make_sums(sessions, date(2026, 4, 20)) == []
    loan, events = lender.lend(union, LINES, START)
    hear(sessions, *lender.assign(union, new_id(), START), *events)
    assert make_sums(sessions, date(2026, 2, 9)) == []
    assert make_sums(sessions, date(2026, 3, 20)) == [date(2026, 2, 28), date(2026, 3, 20)]
    assert make_sums(sessions, date(2026, 3, 20)) == []
    assert kept(sessions) == {(line[0], union): (Decimal("105.00"), Decimal("0.00")) for line in LINES[:2]}
    today(date(2026, 3, 21))
    hear(sessions, *lender.pay(loan, Decimal("150.00"), date(2026, 3, 21), paid_on=date(2026, 3, 9)))
    assert make_sums(sessions, date(2026, 3, 20)) == [date(2026, 3, 20)], "from the day that the payment counts on"
    assert kept(sessions)[LINES[1][0], union] == (Decimal("105.00"), Decimal("45.00"))
    assert (notes(sessions), make_sums(sessions, date(2026, 3, 20))) == ([], [])


def test_a_deleted_loan_leaves_the_days_it_was_in(sessions, today):
    lender, union = Lender(), new_id()
    loan, events = lender.lend(union, LINES, START)
    hear(sessions, *lender.assign(union, new_id(), START), *events)
    make_sums(sessions, date(2026, 3, 20))
    assert len(kept(sessions)) == 2
    today(date(2026, 3, 21))
    hear(sessions, *lender.step(loan, "deleted", "ACTIVE", date(2026, 3, 21)))
    make_sums(sessions, date(2026, 3, 20))
    assert kept(sessions) == from_facts(sessions, START, date(2026, 3, 20)) == {}


def test_a_filled_installation_gets_its_sums_and_one_whose_history_is_not_filled_waits(sessions, superuser):
    """As after the migration, when there are facts and neither sums nor notes."""
    life = Life(1, sessions, backdated=True)
    for week in range(WEEKS):
        life.week(START + timedelta(weeks=week))
    superuser.execute("TRUNCATE reporting.on_time_days, reporting.on_time_notes, reporting.on_time_progress")
    superuser.execute("UPDATE reporting.history SET filled_at = NULL")
    worker.make_on_time_sums(sessions)
    assert kept(sessions) == {}
    superuser.execute("UPDATE reporting.history SET filled_at = now()")
    worker.make_on_time_sums(sessions)
    last = last_closed_day(Day.zone, datetime.now(UTC))
    assert kept(sessions) == from_facts(sessions, START, last)
    with sessions() as session:
        assert session.scalar(select(on_time_progress.c.made_until)) == last


def test_two_timers_and_those_who_record_do_not_hinder_each_other(sessions):
    """Two make sums again and again while others record what came late; at the end all is right."""
    life = Life(2, sessions, backdated=True)
    for week in range(WEEKS):
        life.week(START + timedelta(weeks=week))
    last, lender = START + timedelta(weeks=WEEKS), life.lender
    loans = [loan for loan in lender.loans.values() if loan.status == "ACTIVE" and loan.outstanding > 20]
    late = [
        lender.pay(loan, Decimal("1.00"), last, paid_on=loan.disbursed_on + timedelta(days=step))
        for step in range(1, 6)
        for loan in loans
    ]
    assert late
    with ThreadPoolExecutor(4) as threads:
        recorded = [threads.submit(hear, sessions, *events) for events in late]
        made = [threads.submit(make_sums, sessions, last) for _ in range(20)]
        for each in (*recorded, *made):
            each.result()
    make_sums(sessions, last)
    assert kept(sessions) == from_facts(sessions, START, last)
    assert notes(sessions) == []


def test_who_finds_another_at_it_leaves_and_a_late_note_is_not_lost(sessions, today):
    lender, union = Lender(), new_id()
    today(START)
    loan, events = lender.lend(union, LINES, START)
    hear(sessions, *lender.assign(union, new_id(), START), *events)
    last = date(2026, 3, 20)
    today(last)
    with sessions.begin() as session:
        assert make_next_sums(session.connection(), last=last) == date(2026, 2, 28)
        assert make_sums(sessions, last) == [], "somebody else is at it"
        session.execute(text("SET LOCAL lock_timeout = '1s'"))
        # Nobody waits for whom makes the sums.
        hear(sessions, *lender.pay(loan, Decimal("50.00"), last, paid_on=date(2026, 2, 1)))
    assert make_sums(sessions, last) == [last], "those of the union anew, with what was left to make"
    assert kept(sessions) == from_facts(sessions, START, last)
    with sessions() as session:
        assert session.scalar(select(func.sum(on_time_days.c.on_time))) == Decimal("50.00")


def test_sums_of_a_large_book_may_take_longer_than_an_answer(sessions):
    with sessions.begin() as session:
        session.execute(text("SET LOCAL statement_timeout = '30s'"))
        make_next_sums(session.connection(), last=START)
        assert session.scalar(text("SHOW statement_timeout")) == "10min"


@pytest.mark.parametrize(
    ("at", "closed"),
    [
        pytest.param("2026-03-10T23:14:59+00:00", date(2026, 3, 9), id="not yet over, in Lagos"),
        pytest.param("2026-03-10T23:15:00+00:00", date(2026, 3, 10), id="over"),
    ],
)
def test_a_day_is_over_a_quarter_of_an_hour_after_its_midnight(at, closed):
    assert on_time.last_closed_day("Africa/Lagos", datetime.fromisoformat(at)) == closed
