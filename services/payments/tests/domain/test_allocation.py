from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.allocation import Allocation, Overpayment, allocate
from services.payments.domain.instalment import Instalment

JANUARY = Instalment(1, date(2026, 1, 31), interest=Decimal(20), principal=Decimal(100))
FEBRUARY = Instalment(2, date(2026, 2, 28), interest=Decimal(10), principal=Decimal(100))
CHARGED = Instalment(
    1, date(2026, 1, 31), interest=Decimal(20), principal=Decimal(100), penalty=Decimal(3), fee=Decimal(2)
)

amounts = st.decimals(min_value=0, max_value=10_000, places=2)


@st.composite
def schedules(draw: st.DrawFn) -> list[Instalment]:
    """Instalments in any order, several of which may fall due on one day."""
    count = draw(st.integers(min_value=1, max_value=12))
    instalments = [
        Instalment(
            sequence,
            date(2026, 1, 1) + timedelta(days=draw(st.integers(min_value=0, max_value=6)) + 7 * (sequence // 2)),
            interest=draw(amounts),
            principal=draw(amounts),
            penalty=draw(amounts),
            fee=draw(amounts),
        )
        for sequence in range(1, count + 1)
    ]
    return draw(st.permutations(instalments))


@st.composite
def payable(draw: st.DrawFn) -> tuple[Decimal, list[Instalment]]:
    """A schedule, and an amount of at most what is owed on it."""
    schedule = draw(schedules())
    owed = sum((instalment.total for instalment in schedule), Decimal(0))
    return draw(st.decimals(min_value=0, max_value=owed, places=2)), schedule


@pytest.mark.parametrize(
    ("repayment", "allocated"),
    [
        pytest.param(15, [(1, 15, 0)], id="interest first"),
        pytest.param(50, [(1, 20, 30)], id="then principal of the same instalment"),
        pytest.param(130, [(1, 20, 100), (2, 10, 0)], id="then the next oldest"),
        pytest.param(230, [(1, 20, 100), (2, 10, 100)], id="until nothing is left"),
    ],
)
def test_a_repayment_settles_the_oldest_instalment_first(repayment: int, allocated: list[tuple[int, int, int]]) -> None:
    expected = tuple(Allocation(sequence, Decimal(i), Decimal(p)) for sequence, i, p in allocated)
    assert allocate(Decimal(repayment), [FEBRUARY, JANUARY]) == expected


@pytest.mark.parametrize(
    ("repayment", "parts"),
    [
        pytest.param(2, (2, 0, 0, 0), id="penalty"),
        pytest.param(4, (3, 1, 0, 0), id="then fee"),
        pytest.param(10, (3, 2, 5, 0), id="then interest"),
        pytest.param(30, (3, 2, 20, 5), id="then principal"),
    ],
)
def test_inside_an_instalment_the_charges_come_first(repayment: int, parts: tuple[int, ...]) -> None:
    (allocation,) = allocate(Decimal(repayment), [CHARGED])
    assert (allocation.penalty, allocation.fee, allocation.interest, allocation.principal) == parts


def test_more_than_is_left_to_pay_is_refused_with_the_amount_that_is() -> None:
    with pytest.raises(Overpayment, match=r"Payment amount cannot exceed total left to pay \(₦9,666\.67\)"):
        allocate(
            Decimal("9666.68"), [Instalment(1, date(2026, 1, 1), interest=Decimal(0), principal=Decimal("9666.67"))]
        )


@given(payable())
def test_the_allocations_sum_to_the_repayment(case: tuple[Decimal, list[Instalment]]) -> None:
    repayment, schedule = case
    assert sum((allocation.total for allocation in allocate(repayment, schedule)), Decimal(0)) == repayment


@given(payable())
def test_no_part_of_an_instalment_takes_more_than_it_owes(case: tuple[Decimal, list[Instalment]]) -> None:
    repayment, schedule = case
    owed_on = {instalment.sequence: instalment for instalment in schedule}
    for allocation in allocate(repayment, schedule):
        owed = owed_on[allocation.sequence]
        for part in ("penalty", "fee", "interest", "principal"):
            assert 0 <= getattr(allocation, part) <= getattr(owed, part)


@given(payable())
def test_only_the_youngest_instalment_touched_may_stay_open(case: tuple[Decimal, list[Instalment]]) -> None:
    repayment, schedule = case
    allocated = {allocation.sequence: allocation.total for allocation in allocate(repayment, schedule)}
    oldest_first = sorted(schedule, key=lambda owed: (owed.due_on, owed.sequence))
    rests = [owed.total - allocated.get(owed.sequence, Decimal(0)) for owed in oldest_first if owed.total]
    still_owed_from = next((index for index, rest in enumerate(rests) if rest), len(rests))
    untouched = [owed.total for owed in oldest_first if owed.total][still_owed_from + 1 :]
    assert rests[still_owed_from + 1 :] == untouched


@given(schedules(), st.decimals(min_value="0.01", max_value=100, places=2))
def test_an_overpayment_is_never_taken(schedule: list[Instalment], surplus: Decimal) -> None:
    owed = sum((instalment.total for instalment in schedule), Decimal(0))
    with pytest.raises(Overpayment):
        allocate(owed + surplus, schedule)
