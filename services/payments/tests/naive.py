"""The rules of allocation once more, as plainly as they can be said.

Everything owed lies along one line, in the order it is paid in, and the repayments, in the order they count in, are
laid along it end to end. Nothing here is shared with the code it checks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

PARTS = ("penalty", "fee", "interest", "principal")
Cell = tuple[int, str]


@dataclass
class NaiveLine:
    """What falls due on one line of a schedule."""

    sequence: int
    due_on: date
    due: dict[str, Decimal]
    takes_charges: bool = True
    is_charge_line: bool = False


@dataclass
class NaiveRepayment:
    name: object
    amount: Decimal
    paid_on: date
    arrival: int


@dataclass
class NaiveLoan:
    """A schedule and facts, changed by whoever plays with it."""

    lines: list[NaiveLine]
    repayments: list[NaiveRepayment] = field(default_factory=list)
    charges: list[tuple[str, date, Decimal, bool]] = field(default_factory=list)
    rebates: list[Decimal] = field(default_factory=list)

    def all_lines(self) -> list[NaiveLine]:
        """The lines with their charges on them, and without the interest that was given up."""
        lines = [
            NaiveLine(line.sequence, line.due_on, dict(line.due), line.takes_charges)
            for line in sorted(self.lines, key=lambda line: (line.due_on, line.sequence))
        ]
        after: list[tuple[str, date, Decimal]] = []
        for kind, day, amount, waived in self.charges:
            asked = Decimal(0) if waived else amount
            for line in lines:
                if line.takes_charges and line.due_on >= day:
                    line.due[kind] += asked
                    break
            else:
                after.append((kind, day, asked))
        for rebate in self.rebates:
            for line in reversed(lines):
                while rebate > 0 and line.due["interest"] > 0:
                    step = min(rebate, line.due["interest"])
                    line.due["interest"] -= step
                    rebate -= step
        if after:
            due = {part: sum((asked for kind, _, asked in after if kind == part), Decimal(0)) for part in PARTS}
            number = max(line.sequence for line in self.lines) + 1
            lines.append(NaiveLine(number, max(day for _, day, _ in after), due, is_charge_line=True))
        return lines

    def cells(self) -> list[tuple[Cell, Decimal]]:
        """Everything owed, in the order it is paid in."""
        return [((line.sequence, part), line.due[part]) for line in self.all_lines() for part in PARTS]

    def owed_in_all(self) -> Decimal:
        return sum((amount for _, amount in self.cells()), Decimal(0))

    def in_order(self) -> list[NaiveRepayment]:
        return sorted(self.repayments, key=lambda repayment: (repayment.paid_on, repayment.arrival))

    def paid_in_all(self) -> Decimal:
        return sum((repayment.amount for repayment in self.repayments), Decimal(0))

    def paid(self) -> dict[Cell, Decimal]:
        """What is paid of each part of each line: where the money ends does not depend on how it was cut."""
        left, paid = self.paid_in_all(), {}
        for cell, amount in self.cells():
            paid[cell] = min(left, amount)
            left -= paid[cell]
        return paid

    def allocations(self) -> dict[object, dict[Cell, Decimal]]:
        """Which repayment paid what: the parts of the line it lies on."""
        found: dict[object, dict[Cell, Decimal]] = {}
        start = Decimal(0)
        for repayment in self.in_order():
            end = start + repayment.amount
            found[repayment.name] = _overlap(self.cells(), start, end)
            start = end
        return found


def _overlap(cells: Iterable[tuple[Cell, Decimal]], start: Decimal, end: Decimal) -> dict[Cell, Decimal]:
    found, here = {}, Decimal(0)
    for cell, amount in cells:
        common = min(end, here + amount) - max(start, here)
        if common > 0:
            found[cell] = common
        here += amount
    return found


def lines_of(schedule: Sequence[tuple[int, date, Decimal, Decimal]]) -> list[NaiveLine]:
    """Lines from (sequence, due day, interest, principal)."""
    zero = {"penalty": Decimal(0), "fee": Decimal(0)}
    return [
        NaiveLine(number, due_on, zero | {"interest": interest, "principal": principal})
        for number, due_on, interest, principal in schedule
    ]
