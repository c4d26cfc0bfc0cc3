"""Several workers of reporting at once, each with events of its own."""

import random
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from services.reporting.consumers import handlers
from services.reporting.domain.members import member_parts
from services.reporting.domain.portfolio import loan_parts
from services.reporting.domain.sums import Figure, SumKey
from services.reporting.models.portfolio import portfolio_loans, portfolio_members, portfolio_sums
from services.reporting.queries import portfolio
from services.reporting.tests.events import (
    audit_event,
    disbursed_loan,
    loan_event,
    login_event,
    member_event,
    repayment_event,
    reversal_event,
)
from shared.db import Sessions, unit_of_work
from shared.ids import new_id
from shared.messaging.events import Envelope
from shared.testing import eventually

UNIONS = [new_id() for _ in range(3)]
WORKERS = 3
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
slowly = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def handle(sessions: Sessions, events: Sequence[Envelope]) -> None:
    """As `deliver` does, except that a lost race is an error and no reason to try again."""
    with unit_of_work(sessions, "reporting") as uow:
        handlers.run(uow, events)


def race(sessions: Sessions, events: Sequence[Envelope], size: int) -> None:
    """Let several workers take the events in transactions of so many, as they come."""
    batches = [events[start : start + size] for start in range(0, len(events), size)]
    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(lambda batch: handle(sessions, batch), batches))


def kept_sums(sessions: Sessions) -> dict[SumKey, Decimal]:
    with sessions() as session:
        rows = session.execute(select(portfolio_sums).where(portfolio_sums.c.total != 0))
        return {SumKey(row.figure, row.slot, row.union_id): row.total for row in rows}


def sums_of_state(sessions: Sessions) -> dict[SumKey, Decimal]:
    """The sums made anew from the loans and members that were kept."""
    totals: defaultdict[SumKey, Decimal] = defaultdict(Decimal)
    with sessions() as session:
        connection = session.connection()
        loan_ids = set(session.scalars(select(portfolio_loans.c.id)))
        member_ids = set(session.scalars(select(portfolio_members.c.id)))
        loans = portfolio.loans(connection, loan_ids, with_repaid=loan_ids).values()
        members = portfolio.members(connection, member_ids).values()
    parts = [part for loan in loans for part in loan_parts(loan)]
    for key, amount in parts + [part for member in members for part in member_parts(member)]:
        totals[key] += amount
    return {key: amount for key, amount in totals.items() if amount}


@st.composite
def lives(draw: st.DrawFn) -> list[Envelope]:
    """Loans and members that move between unions, are paid, taken back and deleted; their events in any order."""
    union, events = st.sampled_from(UNIONS), []
    for _ in range(draw(st.integers(1, 6))):
        loan_id, paid = new_id(), 0
        events += disbursed_loan(loan_id, draw(union))
        for version in range(1, draw(st.integers(1, 8))):
            paid += 100
            state = {"paid": f"{paid}.00", "outstanding": f"{50000 - paid}.00"}
            repaid = repayment_event if draw(st.booleans()) else reversal_event
            events.append(repaid(loan_id, version, amount="100.00", **state))
        if draw(st.booleans()):
            events.append(loan_event("reactivated", loan_id, draw(union), 5, "ACTIVE", disbursed_on="2026-03-11"))
        if draw(st.booleans()):
            events.append(loan_event("deleted", loan_id, draw(union), 6, "ACTIVE", disbursed_on="2026-03-11"))
        member_id = new_id()
        events += [member_event("created", member_id, draw(union)), member_event("updated", member_id, draw(union), 2)]
        events += [audit_event(), login_event(draw(st.sampled_from(UNIONS)), draw(st.integers(1, 9)))]
    return draw(st.permutations(events))


@slowly
@given(events=lives(), size=st.integers(1, 12))
def test_the_sums_are_those_of_loans_and_members_whoever_handles_what(sessions, superuser, events, size):
    superuser.execute("TRUNCATE reporting.portfolio_loans, reporting.portfolio_members, reporting.portfolio_sums")
    race(sessions, events, size)
    assert kept_sums(sessions) == sums_of_state(sessions)


def test_workers_that_take_the_same_loans_crosswise_do_not_wait_for_each_other_in_a_circle(sessions):
    """A deadlock would be an error here."""
    loans, member_ids = [new_id() for _ in range(30)], [new_id() for _ in range(30)]
    events = [event for loan_id in loans for event in disbursed_loan(loan_id, random.choice(UNIONS))]
    events += [member_event("created", member_id, random.choice(UNIONS)) for member_id in member_ids]
    events += [
        repayment_event(loan_id, step, amount="100.00", paid=f"{step * 100}.00", outstanding=f"{50000 - step * 100}.00")
        for loan_id in loans
        for step in range(1, 21)
    ]
    events += [login_event(member_id, count) for member_id in member_ids for count in range(5)]
    random.Random(7).shuffle(events)
    race(sessions, events, 25)
    assert kept_sums(sessions) == sums_of_state(sessions)


def test_a_worker_does_not_wait_for_another_that_handles_other_loans(sessions):
    """Neither of those that have rows already, nor of new ones."""
    first, second = new_id(), new_id()
    handle(sessions, [*disbursed_loan(first, UNIONS[0]), *disbursed_loan(second, UNIONS[1])])
    with unit_of_work(sessions, "reporting") as held:
        handlers.run(held, [repayment_event(first, 1, amount="100.00", paid="100.00", outstanding="49900.00")])
        with unit_of_work(sessions, "reporting") as other:
            other.session.execute(text("SET LOCAL lock_timeout = '1ms'"))
            again = repayment_event(second, 1, amount="100.00", paid="100.00", outstanding="49900.00")
            handlers.run(other, [again, *disbursed_loan(new_id(), UNIONS[1])])
    assert kept_sums(sessions) == sums_of_state(sessions)


def test_sums_that_two_workers_change_crosswise_make_no_circle(sessions, superuser):
    """Both wait for a third one; whoever is let in first would then wait for the other for ever."""
    first, second = (SumKey(Figure.LOANS, "ACTIVE", union_id) for union_id in sorted(UNIONS[:2]))

    def add(*keys: SumKey) -> None:
        with unit_of_work(sessions, "reporting") as uow:
            portfolio.add_to_sums(uow.connection, dict.fromkeys(keys, Decimal(1)))

    with ThreadPoolExecutor(2) as workers:
        with unit_of_work(sessions, "reporting") as third:
            portfolio.add_to_sums(third.connection, {second: Decimal(1)})
            waiting = []
            for keys in ((second, first), (first, second)):
                waiting.append(workers.submit(add, *keys))
                eventually(lambda: superuser.execute(WAITING).fetchone() == (len(waiting),))
        for worker in waiting:
            worker.result()
    assert kept_sums(sessions) == {first: Decimal(2), second: Decimal(3)}
