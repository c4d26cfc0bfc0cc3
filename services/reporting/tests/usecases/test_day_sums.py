"""What reports read of periods is what the facts come to, at every moment: whether sums are made, are being made anew,
or are no longer right because something came late."""

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import func, select

from services.reporting.models.day_sums import day_sums, day_sums_notes
from services.reporting.queries import expected, on_time, received
from services.reporting.queries.window import Sums, Window
from services.reporting.tests.events import hear, hear_on, make_sums
from services.reporting.tests.lender import Lender
from services.reporting.tests.queries.test_positions import START, Life
from shared.db import Sessions
from shared.fields import Day
from shared.ids import new_id

WEEKS = 26
TYPES = [None, new_id(), new_id()]
READS = (
    (expected.expected, expected.expected_from_facts),
    (received.received, received.received_from_facts),
    (on_time.punctual, on_time.punctual_from_facts),
)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Sets the day on which events are heard; the real one until then."""
    Day.zone = "Africa/Lagos"
    return partial(hear_on, monkeypatch)


class TypedLife(Life):
    """Random lives of loans of several types."""

    def __init__(self, seed: int, sessions: Sessions) -> None:
        super().__init__(seed, sessions, backdated=True)
        lend = self.lender.lend
        self.lender.lend = lambda *terms, **more: lend(*terms, **more | {"loan_type_id": self.chance.choice(TYPES)})


def something(sums: Sums) -> Sums:
    """Facts may hold days and unions of which all figures are zero."""
    nothing = next((type(each)() for each in sums.by_day.values()), None)
    return Sums(
        {key: each for key, each in sums.by_day.items() if each != nothing},
        {key: each for key, each in sums.by_union.items() if each != nothing},
    )


def windows(life: Life, last: date):
    """All of it, and any part of it of anybody."""
    yield Window(START, last + timedelta(days=30))
    for _ in range(4):
        first = START + timedelta(days=life.chance.randrange(0, 170))
        yield Window(
            first,
            first + timedelta(days=life.chance.randrange(0, 60)),
            union_id=life.chance.choice([None, None, *life.unions]),
            loan_type_id=life.chance.choice([None, *TYPES[1:]]),
            officers=life.chance.choice([None, life.people[:1], life.people[1:], []]),
        )


def assert_agreement(sessions: Sessions, life: Life, last: date) -> None:
    for window in windows(life, last):
        with sessions() as session:
            connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            for read, from_facts in READS:
                assert something(read(connection, window)) == something(from_facts(connection, window)), (read, window)


@pytest.mark.parametrize("seed", range(8))
def test_reports_read_what_the_facts_come_to_at_every_moment(sessions, today, seed):
    life = TypedLife(seed, sessions)
    with_notes = 0
    for week in range(WEEKS):
        day = START + timedelta(weeks=week)
        today(day)
        life.week(day)
        with sessions() as session:
            with_notes += bool(session.scalar(select(func.count()).select_from(day_sums_notes)))
        if week % 4 == 3:
            assert_agreement(sessions, life, day)
        if life.chance.random() < 0.6:
            make_sums(sessions, day - timedelta(days=1))
            if week % 4 == 1:
                assert_agreement(sessions, life, day)
    assert with_notes > 3, "something came late"
    last = START + timedelta(weeks=WEEKS)
    make_sums(sessions, last)
    assert_agreement(sessions, life, last)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(day_sums)) > 50
        assert session.scalar(select(func.count()).select_from(day_sums_notes)) == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_order_in_which_events_come_does_not_matter(sessions, superuser, today, seed):
    """All of them once more, in any order, a few at a time, while sums are made and read in between."""
    life = TypedLife(seed, sessions)
    for week in range(WEEKS):
        life.week(START + timedelta(weeks=week))
    last = START + timedelta(weeks=WEEKS)
    superuser.execute(
        "TRUNCATE reporting.portfolio_loans, reporting.portfolio_sums, reporting.repayments, reporting.loan_states,"
        "reporting.loan_schedules, reporting.loan_charges, reporting.reallocations, reporting.union_officers,"
        "reporting.inbox, reporting.on_time_notes, reporting.day_sums_notes"
    )
    today(last + timedelta(days=1))
    chance, events = random.Random(seed), list(life.heard)
    chance.shuffle(events)
    while events:
        size = chance.randrange(1, 60)
        hear(sessions, *events[:size])
        del events[:size]
        if chance.random() < 0.5:
            make_sums(sessions, last)
        if chance.random() < 0.3:
            assert_agreement(sessions, life, last)
    make_sums(sessions, last)
    assert_agreement(sessions, life, last)


def test_a_note_of_the_release_before_counts_for_all_unions(sessions, superuser, today):
    """It knows the day alone, and leaves it where the sums of before are noted."""
    life = TypedLife(3, sessions)
    for week in range(WEEKS):
        life.week(START + timedelta(weeks=week))
    last = START + timedelta(weeks=WEEKS)
    make_sums(sessions, last)
    superuser.execute("UPDATE reporting.day_sums SET expected = expected + 100, repaid = repaid + 100, due = due + 100")
    superuser.execute("INSERT INTO reporting.on_time_notes (day) VALUES (%s)", [START])
    assert_agreement(sessions, life, last)
    make_sums(sessions, last)
    assert_agreement(sessions, life, last)


def test_money_that_was_put_elsewhere_on_a_day_that_is_over_is_noted_by_itself(sessions, today):
    """The event of it may come long after that of the payment which caused it."""
    life = TypedLife(1, sessions)
    lender, union, day = life.lender, life.unions[0], START + timedelta(days=60)
    lines = [(START + timedelta(days=30 * month), Decimal("100.00"), Decimal("20.00")) for month in (1, 2, 3)]
    loan, lent = lender.lend(union, lines, START)
    first = lender.pay(loan, Decimal("30.00"), START + timedelta(days=40))
    *recorded, replayed = lender.pay(loan, Decimal("50.00"), day, paid_on=START + timedelta(days=20))
    today(day + timedelta(days=2))
    hear(sessions, *lent, *first, *recorded)
    make_sums(sessions, day)
    window = Window(START, day)
    with sessions() as session:
        before = received.received(session.connection(), window)
    hear(sessions, replayed)
    for _ in range(2):
        with sessions() as session:
            after = received.received(session.connection(), window)
            assert after == received.received_from_facts(session.connection(), window)
        assert after.by_day[day].interest != before.by_day.get(day, received.Received()).interest
        make_sums(sessions, day)


def test_days_to_come_are_made_when_they_are_over(sessions, today):
    """Before the first line falls due something else may come in, or fall due on a loan that came later."""
    lender, union, day = Lender(), new_id(), START + timedelta(days=10)
    today(START)
    loan, lent = lender.lend(union, [(START + timedelta(days=30), Decimal("100.00"), Decimal("20.00"))], START)
    hear(sessions, *lender.assign(union, new_id(), START), *lent)
    make_sums(sessions, START - timedelta(days=1))
    today(day)
    _, more = lender.lend(union, [(day + timedelta(days=5), Decimal("70.00"), Decimal("0.00"))], day)
    hear(sessions, *lender.pay(loan, Decimal("30.00"), day), *more)
    for last in (day - timedelta(days=1), day, day + timedelta(days=6)):
        for _ in range(2):
            with sessions() as session:
                connection, window = session.connection(), Window(START, day + timedelta(days=19))
                assert received.received(connection, window).by_day[day].repaid == Decimal("30.00")
                assert expected.expected(connection, window).by_day == {
                    day + timedelta(days=5): expected.Expected(Decimal("70.00"))
                }
            make_sums(sessions, last)


def test_sums_of_days_on_which_nothing_was_after_all_are_removed(sessions, superuser, today):
    """As after a restore to the time before it was recorded."""
    lender, union, day = Lender(), new_id(), START + timedelta(days=10)
    today(START)
    loan, lent = lender.lend(union, [(START + timedelta(days=30), Decimal("100.00"), Decimal("20.00"))], START)
    hear(sessions, *lender.assign(union, new_id(), START), *lent, *lender.pay(loan, Decimal("30.00"), day))
    last, window = START + timedelta(days=40), Window(START, START + timedelta(days=40))
    make_sums(sessions, last)
    superuser.execute("DELETE FROM reporting.repayments")
    superuser.execute("INSERT INTO reporting.day_sums_notes (day) VALUES (%s)", [day])
    for _ in range(2):
        with sessions() as session:
            assert received.received(session.connection(), window).by_day == {}
        make_sums(sessions, last)
    superuser.execute("DELETE FROM reporting.loan_schedules")
    superuser.execute("INSERT INTO reporting.day_sums_notes (day) VALUES (%s)", [START])
    make_sums(sessions, last)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(day_sums)) == 0
