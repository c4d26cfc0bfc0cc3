from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from time import process_time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.allocation import Allocation, Overpayment, allocate
from services.payments.domain.instalment import Instalment
from services.payments.domain.replay import Repayment, replay

START = date(2026, 1, 1)


def schedule_of(count: int) -> list[Instalment]:
    return [
        Instalment(n, START + timedelta(weeks=n), interest=Decimal("1.50"), principal=Decimal("98.50"))
        for n in range(1, count + 1)
    ]


def a_repayment(number: int, amount: Decimal | str | int, *, paid_on: date = START) -> Repayment:
    moment = datetime.combine(paid_on, datetime.min.time(), UTC)
    return Repayment(UUID(int=number), Decimal(amount), paid_on, moment, arrival=number)


@st.composite
def histories(draw: st.DrawFn) -> list[Repayment]:
    """Repayments of at most what eight instalments owe, in order of arrival, some dated before an earlier one."""
    left, repayments = Decimal(800), []
    for number in range(1, draw(st.integers(min_value=1, max_value=10)) + 1):
        if not left:
            break
        amount = draw(st.decimals(min_value="0.01", max_value=left, places=2))
        paid_on = START + timedelta(days=draw(st.integers(min_value=0, max_value=60)))
        repayments.append(a_repayment(number, amount, paid_on=paid_on))
        left -= amount
    return repayments


def test_an_instalment_closes_at_the_moment_of_the_repayment_that_covers_it() -> None:
    first, second = a_repayment(1, 60), a_repayment(2, 60, paid_on=START + timedelta(days=1))
    replayed = replay(schedule_of(2), [second, first])
    assert replayed.closed_at == {1: second.paid_at}
    assert replayed.owed[2].total == Decimal("80.00")
    assert replayed.allocations[second.id] == (
        Allocation(1, Decimal("0.00"), Decimal("40.00")),
        Allocation(2, Decimal("1.50"), Decimal("18.50")),
    )


def test_an_earlier_dated_repayment_comes_first_though_it_arrived_later() -> None:
    late_arrival = a_repayment(2, 100, paid_on=START - timedelta(days=1))
    replayed = replay(schedule_of(2), [a_repayment(1, 100), late_arrival])
    assert [allocation.sequence for allocation in replayed.allocations[late_arrival.id]] == [1]


def test_on_the_same_day_the_order_of_arrival_counts() -> None:
    first, second = a_repayment(1, 100), a_repayment(2, 100)
    replayed = replay(schedule_of(2), [second, first])
    assert [allocation.sequence for allocation in replayed.allocations[first.id]] == [1]


def test_repayments_beyond_the_schedule_cannot_be_replayed() -> None:
    with pytest.raises(Overpayment):
        replay(schedule_of(1), [a_repayment(1, 60), a_repayment(2, 60)])


@given(histories())
def test_every_cent_paid_is_allocated_once(history: list[Repayment]) -> None:
    schedule = schedule_of(8)
    replayed = replay(schedule, history)
    for repayment in history:
        parts = (allocation.total for allocation in replayed.allocations[repayment.id])
        assert sum(parts, Decimal(0)) == repayment.amount
    due = sum((line.total for line in schedule), Decimal(0))
    owed = sum((line.total for line in replayed.owed.values()), Decimal(0))
    assert due - owed == sum((repayment.amount for repayment in history), Decimal(0))


@given(histories())
def test_no_instalment_is_over_allocated(history: list[Repayment]) -> None:
    for rest in replay(schedule_of(8), history).owed.values():
        assert min(rest.penalty, rest.fee, rest.interest, rest.principal) >= 0


@given(st.data(), histories())
def test_the_same_facts_give_the_same_result_in_whatever_order_they_are_read(
    data: st.DataObject, history: list[Repayment]
) -> None:
    shuffled = data.draw(st.permutations(history))
    assert replay(schedule_of(8), shuffled) == replay(schedule_of(8), history)


@given(histories())
def test_in_order_of_value_date_a_replay_repeats_what_was_allocated_at_the_time(history: list[Repayment]) -> None:
    in_order = sorted(history, key=lambda repayment: repayment.paid_on)
    in_order = [
        a_repayment(number, repayment.amount, paid_on=repayment.paid_on) for number, repayment in enumerate(in_order, 1)
    ]
    for known in range(1, len(in_order) + 1):
        before = replay(schedule_of(8), in_order[: known - 1])
        newest = in_order[known - 1]
        still_owed = [line for line in before.owed.values() if line.total]
        assert replay(schedule_of(8), in_order[:known]).allocations[newest.id] == allocate(newest.amount, still_owed)


def test_a_year_of_weekly_repayments_is_replayed_in_under_five_milliseconds() -> None:
    schedule, history = schedule_of(52), [a_repayment(number, 100) for number in range(1, 53)]
    spent = []
    for _ in range(5):
        before = process_time()
        replay(schedule, history)
        spent.append(process_time() - before)
    assert min(spent) < 0.005
