"""Expected and actual collections, what came in, and income: worked out loan by loan, and with the reports."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, text

from services.reporting.models.facts import union_officers
from services.reporting.queries.expected import expected
from services.reporting.queries.holders import HELD
from services.reporting.queries.received import received
from services.reporting.queries.window import Window
from services.reporting.reports.catalogue import report_named
from services.reporting.reports.definition import Asked
from services.reporting.tests.events import hear
from services.reporting.tests.lives import PARTS, ZERO, LoanLife, union
from shared.ids import new_id

FIRST = date(2026, 1, 5)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


amounts = st.integers(1, 50_000).map(lambda cents: Decimal(cents) / 100)
put_on = st.fixed_dictionaries(dict.fromkeys(PARTS, st.integers(0, 9_999).map(lambda cents: Decimal(cents) / 100)))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("repaid"), put_on, st.integers(0, 5), st.sampled_from(["REPAYMENT", "RECOVERY"])),
        st.tuples(st.just("reversed"), st.integers(0, 9)),
        st.tuples(st.just("replayed"), st.integers(0, 9_999)),
    ),
    max_size=8,
)


def play(loan: LoanLife, happened: list) -> Counter:
    """Let a loan live, a day for each step; returns what each part, and all money, should come to by day."""
    booked: Counter = Counter()
    live: dict[UUID, dict[str, Decimal]] = {}
    for number, (what, *how) in enumerate(happened, start=20):
        today = day(number)
        if what == "repaid":
            paid, days_ago, kind = how
            if not any(paid.values()):
                continue
            value_date = today - timedelta(days=days_ago)
            live[loan.repaid(value_date, paid, recorded=today, kind=kind)] = paid
            booked.update({(value_date, part): paid[part] for part in PARTS})
            booked[value_date, "collected"] += sum(paid.values())
        elif live and what == "reversed":
            repayment_id = sorted(live)[how[0] % len(live)]
            gone = live.pop(repayment_id)
            loan.reversed(today, repayment_id, sum(gone.values(), ZERO))
            booked.update({(today, part): -gone[part] for part in PARTS})
            booked[today, "collected"] -= sum(gone.values())
        elif live:
            # Somewhat else of each payment is interest from now on, as when an older one came late.
            moved = {one: dict(was) for one, was in live.items()}
            for was in moved.values():
                shift = min(Decimal(how[0]) / 100, was["principal"])
                was["principal"], was["interest"] = was["principal"] - shift, was["interest"] + shift
                booked.update({(today, "principal"): -shift, (today, "interest"): shift})
            loan.replayed(today, moved)
            live = moved
    return booked


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=st.lists(steps, min_size=1, max_size=3), shuffle=st.randoms(use_true_random=False))
def test_what_is_received_by_day_is_what_payments_says_whatever_the_order_of_events(sessions, lives, shuffle):
    union_id, booked, events = new_id(), Counter(), []
    for number, happened in enumerate(lives):
        loan = LoanLife(union_id, new_id(), number).drafted(day(0))
        loan.disbursed(day(1), [(day(60), Decimal(1000), Decimal(100))])
        booked.update(play(loan, happened))
        events += loan.events
    shuffle.shuffle(events)
    hear(sessions, *events)
    found: Counter = Counter()
    with sessions() as session:
        for when, money in received(session.connection(), Window(day(-30), day(90), union_id)).by_day.items():
            found.update({(when, part): getattr(money, part) for part in PARTS})
            found[when, "collected"] += money.collected
        each_day = Counter()
        for number in range(-30, 91):
            for when, money in received(
                session.connection(), Window(day(number), day(number), union_id)
            ).by_day.items():
                each_day.update({(when, part): getattr(money, part) for part in PARTS})
                each_day[when, "collected"] += money.collected
    assert _plain(found) == _plain(booked)
    assert _plain(each_day) == _plain(booked), "days add up to their period"


def _plain(amounts: Counter) -> dict:
    return {key: amount for key, amount in amounts.items() if amount}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gaps=st.lists(st.integers(1, 20), min_size=1, max_size=8),
    again=st.none() | st.tuples(st.integers(1, 60), st.lists(st.integers(1, 20), min_size=1, max_size=6)),
    moved_on=st.none() | st.integers(1, 100),
    ended_on=st.none() | st.integers(1, 150),
)
def test_what_is_expected_of_a_day_is_what_counted_when_it_began(sessions, gaps, again, moved_on, ended_on):
    here, elsewhere = new_id(), new_id()
    loan = LoanLife(here, new_id(), 1).drafted(day(0)).submitted(day(0)).approved(day(0))
    plans = [(0, _lines(0, gaps))]
    loan.disbursed(day(0), plans[0][1])
    happenings = []
    if again:
        plans.append((again[0], _lines(again[0], again[1])))
        happenings.append((again[0], lambda: loan.rescheduled(day(again[0]), plans[1][1])))
    if moved_on:
        happenings.append((moved_on, lambda: loan.moved(day(moved_on), elsewhere)))
    for _, happen in sorted(happenings, key=lambda each: each[0]):
        happen()
    last = max(number for number, _ in [*happenings, (0, None)])
    if ended_on and ended_on >= last:
        loan.ended(day(ended_on))
    else:
        ended_on = None
    hear(sessions, *loan.events)

    due: Counter = Counter()
    for number in range(1, 400):
        plan = [lines for since, lines in plans if since < number][-1]
        where = elsewhere if moved_on and moved_on < number else here
        if ended_on is None or number <= ended_on:
            for due_on, principal, interest in plan:
                if due_on == day(number):
                    due[due_on, where] += principal + interest
    with sessions() as session:
        connection = session.connection()
        found = Counter(
            {
                (when, where): each.total
                for where in (here, elsewhere)
                for when, each in expected(connection, Window(day(-10), day(400), where)).by_day.items()
            }
        )
        part = [each.total for each in expected(connection, Window(day(3), day(40), here)).by_day.values()]
    assert found == due
    assert sum(part) == sum(
        total for (when, where), total in due.items() if where == here and day(3) <= when <= day(40)
    )


def _lines(since: int, gaps: list[int]) -> list:
    lines, number = [], since
    for place, gap in enumerate(gaps):
        number += gap
        lines.append((day(number), Decimal("100.00") + place, Decimal("7.25")))
    return lines


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    assigned=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 50)), min_size=1, max_size=6),
    numbers=st.lists(st.integers(-5, 60), min_size=1, max_size=5),
)
def test_a_union_is_the_officers_whose_assignment_counts(sessions, assigned, numbers):
    union_id, changes = new_id(), dict(assigned)
    rows = [
        {"union_id": union_id, "version": version, "counts_from": day(when), "officer_id": UUID(int=version)}
        for version, when in changes.items()
    ]
    query = text(
        f"WITH {HELD} SELECT officer_id FROM held WHERE union_id = :union_id AND :day >= since AND :day < until"
    )
    with sessions.begin() as session:
        session.execute(insert(union_officers), rows)
        for number in numbers:
            held = session.execute(query, {"union_id": union_id, "day": day(number)}).scalars().all()
            counting = [version for version, when in changes.items() if when <= number]
            earliest = min(changes, key=lambda version: (changes[version], -version))
            assert held == [UUID(int=max(counting) if counting else earliest)]


def test_a_union_whose_history_has_not_come_is_the_officers_who_has_it_now(sessions, officer):
    union_id = new_id()
    hear(sessions, union(union_id, officer.id, "Unity", day(0)))
    with sessions.begin() as session:
        session.execute(delete(union_officers))
        held = session.execute(text(f"WITH {HELD} SELECT officer_id FROM held")).scalars().all()
    assert held == [officer.id]


SUMMED = {
    "collections-by-day": ("expected", "collected", "difference", "payments"),
    "collections-by-officer": ("expected", "collected", "difference", "payments"),
    "collections-by-union": ("expected", "collected", "difference", "payments"),
    "collected": ("payments", "repaid", "recovered", "reversed", "collected", *PARTS),
    "income": ("interest", "fee", "penalty", "processingFee", "income"),
    "disbursements": ("principal", "processingFee"),
    "retention": ("atStart", "atEnd", "new", "retained"),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lives=st.lists(steps, min_size=2, max_size=4),
    changes=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 40), st.integers(0, 2)), max_size=5),
)
def test_officers_add_up_to_the_institution_however_unions_change_hands(sessions, lives, changes):
    unions, officers = [new_id(), new_id()], [new_id(), new_id(), new_id()]
    events = [union(each, officers[0], "Unity", day(0)) for each in unions]
    for version, (which, when, who) in enumerate(sorted(changes, key=lambda change: change[1]), start=2):
        events.append(union(unions[which], officers[who], "Unity", day(when), version))
    for number, happened in enumerate(lives):
        loan = LoanLife(unions[number % 2], new_id(), number, fee=Decimal(5)).drafted(day(0))
        loan.disbursed(day(1 + number), [(day(25), Decimal(500), Decimal(50)), (day(50), Decimal(500), Decimal(50))])
        play(loan, happened)
        events += loan.events
    hear(sessions, *events)
    with sessions() as session:
        for name, summed in SUMMED.items():
            report = report_named(name)
            for first, last in ((day(0), day(60)), (day(10), day(27))):
                asked = Asked(today=day(60), as_of=last, first=first, last=last, officers=officers)
                whole = report.read(session.connection(), asked).totals
                each = [report.read(session.connection(), replace(asked, officers=[one])).totals for one in officers]
                assert [whole[key] for key in summed] == [sum(one[key] for one in each) for key in summed], name
