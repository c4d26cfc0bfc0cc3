"""How money is put on the instalments of a loan: the one place that knows in which order.

Recording, replaying, settling and closing a day all put money on instalments through `allocate_in_turn`, and the SQL
that finds the instalments an amount reaches sorts by `INSTALMENT_ORDER`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from services.payments.domain.instalment import Instalment
from shared.errors import RuleViolated
from shared.money import ZERO, in_naira

INSTALMENT_ORDER = ("due_on", "sequence")
"""Which instalment is paid before another: the oldest first."""

PART_ORDER = ("penalty", "fee", "interest", "principal")
"""Which part of an instalment is paid before another."""

_instalment_order = attrgetter(*INSTALMENT_ORDER)


class Overpayment(RuleViolated):
    """The repayment is more than all that is still owed on the loan."""

    def __init__(self, left_to_pay: Decimal) -> None:
        super().__init__(f"Payment amount cannot exceed total left to pay ({in_naira(left_to_pay)})", field="amount")
        self.left_to_pay = left_to_pay

    @property
    def details(self) -> dict[str, Any]:
        """`payable`: the largest amount that would have been taken."""
        return {"payable": f"{self.left_to_pay:.2f}"}


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of one repayment that is put on one instalment."""

    sequence: int
    interest: Decimal = ZERO
    principal: Decimal = ZERO
    penalty: Decimal = ZERO
    fee: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.penalty + self.fee + self.interest + self.principal


def in_order(instalments: Iterable[Instalment]) -> list[Instalment]:
    """The instalments in the order they are paid in."""
    return sorted(instalments, key=_instalment_order)


def allocate(repayment: Decimal, outstanding: Iterable[Instalment]) -> tuple[Allocation, ...]:
    """Where one repayment goes: on the oldest instalment first, inside it in the order of `PART_ORDER`.

    `outstanding` holds what is still owed on each instalment, not what was first due. What is left of one instalment
    goes to the next, due or not. The allocations are in order of instalment and sum to the repayment.
    Raises Overpayment.

    A repayment of 50 on an instalment that owes 20 interest and 100 principal pays 20 of interest and 30 of principal.
    """
    instalments = list(outstanding)
    (allocations,) = allocate_in_turn([repayment], instalments)
    if sum((allocation.total for allocation in allocations), ZERO) < repayment:
        raise Overpayment(sum((owed.total for owed in instalments), ZERO))
    return allocations


def allocate_in_turn(amounts: Iterable[Decimal], owed: Iterable[Instalment]) -> Iterator[tuple[Allocation, ...]]:
    """Where each of several amounts goes that are paid one after the other, as `allocate` says of one.

    `owed` holds what is owed before the first of them. What exceeds all that is owed is on no allocation.
    """
    unpaid = _unpaid_parts(owed)
    sequence, part, left_of_part = next(unpaid, _NOTHING)
    for amount in amounts:
        left = amount
        by_sequence: dict[int, dict[str, Decimal]] = {}
        while left and left_of_part:
            paid = min(left, left_of_part)
            by_sequence.setdefault(sequence, {})[part] = paid
            left -= paid
            left_of_part -= paid
            if not left_of_part:
                sequence, part, left_of_part = next(unpaid, _NOTHING)
        yield tuple(Allocation(sequence, **parts) for sequence, parts in by_sequence.items())


_NOTHING = (0, "", ZERO)


def _unpaid_parts(owed: Iterable[Instalment]) -> Iterator[tuple[int, str, Decimal]]:
    """Everything that is owed, as sequence of the instalment, part and amount, in the order it is paid in."""
    for instalment in in_order(owed):
        for part in PART_ORDER:
            amount: Decimal = getattr(instalment, part)
            if amount:
                yield instalment.sequence, part, amount
