"""How money received is spread over a schedule."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.payments.domain.instalment import Instalment
from shared.errors import RuleViolated
from shared.money import ZERO


class Overpayment(RuleViolated):
    """The repayment is more than all that is still owed on the loan."""

    def __init__(self, left_to_pay: Decimal) -> None:
        super().__init__(f"Payment amount cannot exceed total left to pay (₦{left_to_pay:,.2f})", field="amount")
        self.left_to_pay = left_to_pay

    @property
    def details(self) -> dict[str, Any]:
        """`payable`: the largest amount that would have been taken."""
        return {"payable": f"{self.left_to_pay:.2f}"}


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of one repayment that is put on one instalment."""

    sequence: int
    interest: Decimal
    principal: Decimal
    penalty: Decimal = ZERO
    fee: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.penalty + self.fee + self.interest + self.principal


def allocate(repayment: Decimal, outstanding: Iterable[Instalment]) -> tuple[Allocation, ...]:
    """Spend a repayment on the oldest instalment first, inside it on penalty, fee, interest, principal in this order.

    `outstanding` holds what is still owed on each instalment, not what was first due. What is left of one instalment
    goes to the next, due or not. The allocations are in order of instalment and sum to the repayment.
    Raises Overpayment.

    A repayment of 50 on an instalment that owes 20 interest and 100 principal pays 20 of interest and 30 of principal.
    """
    left, allocations = repayment, []
    instalments = sorted(outstanding, key=lambda owed: (owed.due_on, owed.sequence))
    for owed in instalments:
        if not left:
            break
        penalty = min(left, owed.penalty)
        fee = min(left - penalty, owed.fee)
        interest = min(left - penalty - fee, owed.interest)
        principal = min(left - penalty - fee - interest, owed.principal)
        allocation = Allocation(owed.sequence, interest, principal, penalty, fee)
        if allocation.total:
            allocations.append(allocation)
            left -= allocation.total
    if left:
        raise Overpayment(sum((owed.total for owed in instalments), ZERO))
    return tuple(allocations)
