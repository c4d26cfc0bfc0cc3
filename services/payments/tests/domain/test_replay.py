from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from time import process_time
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.allocation import Allocation, allocate
from services.payments.domain.charges import with_charges
from services.payments.domain.facts import Charge, ChargeKind, Repayment
from services.payments.domain.instalment import Instalment
from services.payments.domain.replay import Replayed, replay
from services.payments.tests.naive import PARTS, NaiveLine, NaiveLoan, NaiveRepayment

START = date(2026, 1, 1)
CENTS = st.decimals(min_value="0.01", max_value="250", places=2)


def schedule_of(count: int) -> list[Instalment]:
    return [
        Instalment(n, START + timedelta(weeks=n), interest=Decimal("1.50"), principal=Decimal("98.50"))
        for n in range(1, count + 1)
    ]


def a_repayment(number: int, amount: Decimal | str | int, *, paid_on: date = START) -> Repayment:
    moment = datetime.combine(paid_on, datetime.min.time(), UTC)
    return Repayment(UUID(int=number), Decimal(amount), paid_on, moment, arrival=number)


def days(most: int) -> st.SearchStrategy[date]:
    return st.integers(min_value=0, max_value=most).map(lambda number: START + timedelta(days=number))


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Instalment], list[Charge], list[Repayment]]:
    """A schedule with odd lines, charges anywhere, some of them waived, and repayments in no order, maybe too many."""
    lines = [
        Instalment(
            number,
            START + timedelta(weeks=number),
            interest=draw(st.sampled_from([Decimal(0), Decimal("1.37"), Decimal(20)])),
            principal=draw(st.sampled_from([Decimal(0), Decimal("33.33"), Decimal(100)])),
            takes_charges=number > 1,
        )
        for number in range(1, draw(st.integers(2, 6)) + 1)
    ]
    kinds = st.sampled_from([ChargeKind.FEE, ChargeKind.PENALTY])
    charges = draw(st.lists(st.builds(Charge, kinds, days(60), CENTS, st.booleans()), max_size=5))
    paid = draw(st.lists(st.tuples(CENTS, days(60)), max_size=8))
    return lines, charges, [a_repayment(n, amount, paid_on=day) for n, (amount, day) in enumerate(paid, start=1)]


def naively(lines: list[Instalment], charges: list[Charge], history: list[Repayment]) -> NaiveLoan:
    return NaiveLoan(
        [
            NaiveLine(line.sequence, line.due_on, {part: getattr(line, part) for part in PARTS}, line.takes_charges)
            for line in lines
        ],
        [NaiveRepayment(fact.id, fact.amount, fact.paid_on, fact.arrival) for fact in history],
        [(charge.kind.lower(), charge.due_on, charge.amount, charge.is_waived) for charge in charges],
    )


def test_an_instalment_closes_at_the_moment_of_the_repayment_that_covers_it() -> None:
    first, second = a_repayment(1, 60), a_repayment(2, 60, paid_on=START + timedelta(days=1))
    replayed = replay(schedule_of(2), [second, first])
    one, two = replayed.standings
    assert (one.closed_at, one.covered_on) == (second.paid_at, second.paid_on)
    assert (two.closed_at, two.owed) == (None, Decimal("80.00"))
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


def test_what_is_paid_before_and_after_the_due_day_is_told_apart() -> None:
    due = START + timedelta(weeks=1)
    paid = [a_repayment(n, 10, paid_on=due + timedelta(days=n - 2)) for n in (1, 2, 3)]
    (line,) = replay(schedule_of(1), paid).standings
    assert (line.paid, line.paid_in_advance, line.paid_late) == (Decimal(30), Decimal(10), Decimal(10))


def test_what_exceeds_the_schedule_is_reported() -> None:
    replayed = replay(schedule_of(1), [a_repayment(1, 60), a_repayment(2, 60)])
    assert (replayed.overpaid, replayed.outstanding) == (Decimal(20), Decimal(0))


@given(lives())
def test_every_balance_is_what_the_rules_say_in_the_plainest_way(
    life: tuple[list[Instalment], list[Charge], list[Repayment]],
) -> None:
    lines, charges, history = life
    naive, replayed = naively(*life), replay(with_charges(lines, charges), history)
    paid = {(line.due.sequence, part): getattr(line, f"{part}_paid") for line in replayed.standings for part in PARTS}
    assert paid == naive.paid()
    assert [(line.due.sequence, line.due.due_on) for line in replayed.standings] == [
        (line.sequence, line.due_on) for line in naive.all_lines()
    ]
    assert spread(replayed) == naive.allocations()
    assert replayed.overpaid == max(Decimal(0), naive.paid_in_all() - naive.owed_in_all())


@given(lives())
def test_every_cent_paid_is_allocated_once_and_no_instalment_over_allocated(
    life: tuple[list[Instalment], list[Charge], list[Repayment]],
) -> None:
    lines, charges, history = life
    replayed = replay(with_charges(lines, charges), history)
    allocated = sum((part.total for parts in replayed.allocations.values() for part in parts), Decimal(0))
    assert allocated + replayed.overpaid == sum((repayment.amount for repayment in history), Decimal(0))
    assert allocated == sum((line.paid for line in replayed.standings), Decimal(0))
    for line in replayed.standings:
        assert min(getattr(line.due, part) - getattr(line, f"{part}_paid") for part in PARTS) >= 0
        assert (line.covered_on is None) == (line.owed > 0 or not line.paid)


@given(st.data(), lives())
def test_the_same_facts_give_the_same_result_in_whatever_order_they_are_read(
    data: st.DataObject, life: tuple[list[Instalment], list[Charge], list[Repayment]]
) -> None:
    lines, charges, history = life
    shuffled = replay(with_charges(lines, data.draw(st.permutations(charges))), data.draw(st.permutations(history)))
    assert shuffled == replay(with_charges(lines, charges), history)


@given(lives())
def test_facts_that_arrive_in_order_of_value_date_need_no_replay(
    life: tuple[list[Instalment], list[Charge], list[Repayment]],
) -> None:
    lines, charges, history = life
    due = with_charges(lines, charges)
    history.sort(key=lambda repayment: (repayment.paid_on, repayment.arrival))
    left = sum((line.total for line in due), Decimal(0))
    for earlier, newest in enumerate(history):
        amount = min(newest.amount, left)
        before = replay(due, history[:earlier])
        owed = [
            Instalment(
                line.due.sequence,
                line.due.due_on,
                **{part: getattr(line.due, part) - getattr(line, f"{part}_paid") for part in PARTS},
            )
            for line in before.standings
        ]
        after = replay(due, history[: earlier + 1])
        assert allocate(amount, owed) == after.allocations[newest.id]
        left -= amount


def spread(replayed: Replayed) -> dict[object, dict[tuple[int, str], Decimal]]:
    """Which repayment paid what, by line and part."""
    return {
        repayment_id: {
            (part.sequence, name): getattr(part, name) for part in parts for name in PARTS if getattr(part, name)
        }
        for repayment_id, parts in replayed.allocations.items()
    }


def test_a_year_of_weekly_repayments_is_replayed_in_under_five_milliseconds() -> None:
    schedule, history = schedule_of(52), [a_repayment(number, "99.99") for number in range(1, 53)]
    penalties = [Charge(ChargeKind.PENALTY, line.due_on, Decimal("2.00")) for line in schedule]
    spent = []
    for _ in range(5):
        before = process_time()
        replay(with_charges(schedule, penalties), history)
        spent.append(process_time() - before)
    assert min(spent) < 0.005
