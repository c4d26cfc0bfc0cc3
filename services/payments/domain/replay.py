"""What a loan's schedule and repayments come to when they are gone through again from the first one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.payments.domain.allocation import Allocation, allocate
from services.payments.domain.instalment import Instalment


@dataclass(frozen=True, slots=True)
class Repayment:
    """The facts of a repayment that decide its place and its effect; `arrival` grows in the order they came."""

    id: UUID
    amount: Decimal
    paid_on: date
    paid_at: datetime
    arrival: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """`allocations` by repayment; `owed`: what is still owed, by sequence; `closed_at`: when, by sequence."""

    allocations: dict[UUID, tuple[Allocation, ...]]
    owed: dict[int, Instalment]
    closed_at: dict[int, datetime]


def replay(schedule: Sequence[Instalment], repayments: Iterable[Repayment]) -> Replayed:
    """Allocate every repayment again, by value date and then by order of arrival, on a schedule nothing is paid of.

    `schedule` holds what falls due. An instalment is closed at the moment of the repayment that covers it.
    The same facts give the same result. Raises Overpayment when the repayments exceed the schedule.
    """
    result = Replayed(allocations={}, owed={owed.sequence: owed for owed in schedule}, closed_at={})
    for repayment in sorted(repayments, key=lambda fact: (fact.paid_on, fact.arrival)):
        still_owed = [owed for owed in result.owed.values() if owed.total]
        result.allocations[repayment.id] = allocate(repayment.amount, still_owed)
        for allocation in result.allocations[repayment.id]:
            rest = _less(result.owed[allocation.sequence], allocation)
            result.owed[allocation.sequence] = rest
            if not rest.total:
                result.closed_at[allocation.sequence] = repayment.paid_at
    return result


def _less(owed: Instalment, paid: Allocation) -> Instalment:
    return replace(
        owed,
        interest=owed.interest - paid.interest,
        principal=owed.principal - paid.principal,
        penalty=owed.penalty - paid.penalty,
        fee=owed.fee - paid.fee,
    )
