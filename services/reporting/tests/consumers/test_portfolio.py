import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import select

from services.reporting.domain.anchor import Anchors
from services.reporting.domain.chain import Keys
from services.reporting.models.portfolio import portfolio_loans, portfolio_members, portfolio_sums, repayments
from services.reporting.tests.conftest import AUDIT_KEY
from services.reporting.tests.events import (
    NOON,
    account_event,
    audit_event,
    disbursed_loan,
    hear,
    loan_event,
    member_event,
    repayment_event,
    reversal_event,
)
from services.reporting.usecases.trail import verify_trail
from shared.ids import new_id

HERE, ELSEWHERE = new_id(), new_id()


@pytest.fixture
def state(sessions):
    """All that is known of loans and members, and the sums that are not zero."""

    def look():
        with sessions() as session:
            tables = (portfolio_loans, portfolio_members, repayments)
            rows = [set(session.execute(select(table))) for table in tables]
            sums = session.execute(select(portfolio_sums).where(portfolio_sums.c.total != 0))
        return [*rows, {tuple(row) for row in sums}]

    return look


@pytest.fixture
def sums(sessions):
    """The sums of a union that are not zero: {(figure, slot): total}."""

    def look(union_id):
        query = select(portfolio_sums).where(portfolio_sums.c.union_id == union_id, portfolio_sums.c.total != 0)
        with sessions() as session:
            return {(row.figure, row.slot): row.total for row in session.execute(query)}

    return look


def a_story():
    """Loans and members: repaid, charged, reversed, completed, rescheduled, moved to another union, deleted."""
    first, second, third, erased, member, gone, forgotten = (new_id() for _ in range(7))
    return [
        *disbursed_loan(first, HERE),
        repayment_event(first, 1, amount="20000.00", paid="20000.00", outstanding="30000.00"),
        repayment_event(first, 2, amount="30000.00", paid="50000.00", outstanding="0.00", paid_on="2026-05-02"),
        loan_event("completed", first, HERE, 5, "COMPLETED", disbursed_on="2026-03-11"),
        *disbursed_loan(second, HERE, principal="1000.00"),
        repayment_event(second, 1, amount="100.00", paid="100.00", outstanding="900.00"),
        loan_event("reactivated", second, ELSEWHERE, 5, "ACTIVE", principal="1000.00", disbursed_on="2026-03-11"),
        *disbursed_loan(third, ELSEWHERE, principal="2000.00", interest_total="40.00"),
        repayment_event(third, 1, amount="2040.00", paid="2040.00", outstanding="0.00"),
        reversal_event(third, 2, amount="2040.00", paid="0.00", outstanding="2040.00"),
        account_event("charge.added", third, 3, paid="0.00", outstanding="2055.00"),
        account_event("charge.waived", third, 4, paid="0.00", outstanding="2050.00"),
        loan_event("rescheduled", third, ELSEWHERE, 5, "ACTIVE", principal="2000.00", disbursed_on="2026-03-11"),
        account_event("account.replayed", third, 5, paid="0.00", outstanding="2100.00"),
        loan_event("created", erased, HERE, 1, "DRAFT"),
        loan_event("deleted", erased, HERE, 2, "DRAFT"),
        member_event("created", member, HERE),
        member_event("updated", member, ELSEWHERE, 2, verified=False),
        member_event("created", gone, HERE),
        member_event("deleted", gone, HERE, 2),
        member_event("created", forgotten, HERE),
        member_event("erased", forgotten, HERE, 2),
    ]


def test_a_story_ends_in_the_figures_it_tells(sessions, sums):
    hear(sessions, *a_story())
    assert sums(HERE) == {
        ("loans", "COMPLETED"): 1,
        ("principal", "COMPLETED"): Decimal("50000.00"),
        ("paid", "COMPLETED"): Decimal("50000.00"),
        ("new_loans", "2026-03-01"): 1,
        ("disbursed", "2026-03-01"): Decimal("50000.00"),
        ("repaid", "2026-04-01"): Decimal("20000.00"),
        ("repaid", "2026-05-01"): Decimal("30000.00"),
    }
    assert sums(ELSEWHERE) == {
        ("loans", "ACTIVE"): 2,
        ("principal", "ACTIVE"): Decimal("3000.00"),
        ("paid", "ACTIVE"): Decimal("100.00"),
        ("outstanding", "ACTIVE"): Decimal("3000.00"),
        ("new_loans", "2026-03-01"): 2,
        ("disbursed", "2026-03-01"): Decimal("3000.00"),
        ("repaid", "2026-04-01"): Decimal("2140.00"),
        ("repaid", "2026-06-01"): Decimal("-2040.00"),
        ("members", "pending"): 1,
        ("new_members", "2026-03-01"): 1,
    }


@pytest.mark.parametrize("seed", range(5))
def test_events_end_the_same_in_any_order_and_twice(sessions, superuser, state, seed):
    story = a_story()
    hear(sessions, *story)
    before = state()
    superuser.execute("TRUNCATE reporting.portfolio_loans, reporting.portfolio_members, reporting.portfolio_sums")
    superuser.execute("TRUNCATE reporting.repayments, reporting.inbox")
    shuffled = story * 2
    random.Random(seed).shuffle(shuffled)
    while shuffled:
        hear(sessions, *[shuffled.pop() for _ in range(min(3, len(shuffled)))])
    assert state() == before


def test_events_that_come_again_after_the_inbox_forgot_them_change_nothing(sessions, superuser, state):
    story = a_story()
    hear(sessions, *story)
    before = state()
    superuser.execute("TRUNCATE reporting.inbox")
    hear(sessions, *story)
    assert state() == before


def test_a_repayment_that_comes_before_its_loan_counts_when_the_loan_has_come(sessions, sums):
    loan_id = new_id()
    hear(sessions, repayment_event(loan_id, 1, amount="5000.00", paid="5000.00", outstanding="45000.00"))
    assert sums(HERE) == {}
    hear(sessions, *disbursed_loan(loan_id, HERE))
    assert sums(HERE)["repaid", "2026-04-01"] == Decimal("5000.00")
    assert sums(HERE)["outstanding", "ACTIVE"] == Decimal("45000.00")


def test_workers_that_hear_of_the_same_loans_at_once_lose_nothing(sessions, sums):
    """Loans, repayments and audit entries come mixed, so that locks could be taken crosswise."""
    loans = [new_id() for _ in range(5)]
    events = [event for loan_id in loans for event in disbursed_loan(loan_id, HERE)]
    events += [
        repayment_event(loan_id, step, amount="100.00", paid=f"{step * 100}.00", outstanding=f"{50000 - step * 100}.00")
        for loan_id in loans
        for step in range(1, 21)
    ]
    events += [audit_event() for _ in events]
    random.Random(3).shuffle(events)
    batches = [events[start : start + 10] for start in range(0, len(events), 10)]
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda batch: hear(sessions, *batch), batches))
    found = sums(HERE)
    assert found["repaid", "2026-04-01"] == Decimal("10000.00")
    assert found["paid", "ACTIVE"] == Decimal("10000.00")
    assert found["outstanding", "ACTIVE"] == Decimal("240000.00")
    assert found["loans", "ACTIVE"] == 5
    with sessions() as session:
        keys = Keys([AUDIT_KEY])
        assert verify_trail(session.connection(), keys, Anchors([], keys)).unlinked == 120


def test_the_month_of_a_loan_is_that_of_the_institution(sessions, sums):
    last_of_march_in_utc = NOON.replace(day=31, hour=23, minute=30)
    hear(sessions, loan_event("created", new_id(), HERE, 1, "DRAFT", created_at=last_of_march_in_utc.isoformat()))
    assert ("new_loans", "2026-04-01") in sums(HERE)
