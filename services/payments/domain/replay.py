"""What a loan's schedule and repayments come to when they are gone through again from the first one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.payments.domain.allocation import Allocation, allocate_in_turn, in_order
from services.payments.domain.facts import Repayment
from services.payments.domain.instalment import Instalment
from shared.money import ZERO


@dataclass(frozen=True, slots=True)
class Standing:
    """How an instalment stands: what falls `due` on it, and what is paid of that, by part.

    `paid_in_advance` and `paid_late` are what was paid before and after the due day; `covered_on` is the value date,
    `closed_at` the moment of the repayment that covered it, None while something is owed or when nothing ever was.
    """

    due: Instalment
    penalty_paid: Decimal
    fee_paid: Decimal
    interest_paid: Decimal
    principal_paid: Decimal
    paid_in_advance: Decimal
    paid_late: Decimal
    covered_on: date | None
    closed_at: datetime | None

    @property
    def paid(self) -> Decimal:
        return self.penalty_paid + self.fee_paid + self.interest_paid + self.principal_paid

    @property
    def owed(self) -> Decimal:
        return self.due.total - self.paid


@dataclass(frozen=True, slots=True)
class Replayed:
    """`standings` in order of instalment, `allocations` by repayment in the order they count, and what is left over."""

    standings: tuple[Standing, ...]
    allocations: dict[UUID, tuple[Allocation, ...]]
    overpaid: Decimal

    @property
    def outstanding(self) -> Decimal:
        """Still owed, whether due yet or not."""
        return sum((standing.owed for standing in self.standings), ZERO)


def replay(due: Iterable[Instalment], repayments: Iterable[Repayment]) -> Replayed:
    """Allocate every repayment again, by value date and then by order of arrival, on a schedule nothing is paid of.

    `due` holds what falls due, charges included (see `with_charges`). What exceeds the schedule is reported as
    overpaid. The same facts give the same result, in whatever order they are read.
    """
    lines = {line.sequence: _Line(line) for line in in_order(due)}
    facts = sorted(repayments, key=lambda fact: (fact.paid_on, fact.arrival))
    allocated = allocate_in_turn((fact.amount for fact in facts), (line.due for line in lines.values()))
    allocations: dict[UUID, tuple[Allocation, ...]] = {}
    overpaid = ZERO
    for repayment, parts in zip(facts, allocated, strict=True):
        allocations[repayment.id] = parts
        overpaid += repayment.amount
        for part in parts:
            overpaid -= lines[part.sequence].add(part, repayment)
    return Replayed(tuple(line.standing() for line in lines.values()), allocations, overpaid)


class _Line:
    """What is paid of an instalment so far. Changed in place: copying it for each repayment took most of the time."""

    __slots__ = ("advance", "closed_at", "covered_on", "due", "fee", "interest", "late", "owed", "penalty", "principal")

    def __init__(self, due: Instalment) -> None:
        self.due, self.owed = due, due.total
        self.penalty = self.fee = self.interest = self.principal = ZERO
        self.advance = self.late = ZERO
        self.covered_on: date | None = None
        self.closed_at: datetime | None = None

    def add(self, part: Allocation, repayment: Repayment) -> Decimal:
        """Count what a repayment pays of the instalment; returns how much that is."""
        paid = part.total
        self.penalty += part.penalty
        self.fee += part.fee
        self.interest += part.interest
        self.principal += part.principal
        self.owed -= paid
        if repayment.paid_on < self.due.due_on:
            self.advance += paid
        elif repayment.paid_on > self.due.due_on:
            self.late += paid
        if not self.owed:
            self.covered_on, self.closed_at = repayment.paid_on, repayment.paid_at
        return paid

    def standing(self) -> Standing:
        """How the instalment stands after the repayments that were added."""
        return Standing(
            self.due,
            self.penalty,
            self.fee,
            self.interest,
            self.principal,
            self.advance,
            self.late,
            self.covered_on,
            self.closed_at,
        )
