"""Which instalment a charge falls due with, and what charges and rebates make of a schedule."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from services.payments.domain.allocation import in_order
from services.payments.domain.facts import Charge, ChargeKind
from services.payments.domain.instalment import Instalment
from shared.money import ZERO


def with_charges(schedule: Sequence[Instalment], charges: Iterable[Charge]) -> tuple[Instalment, ...]:
    """What falls due on a schedule once its charges are on it, in order of instalment.

    A charge belongs to the first instalment due on its own day or later, which is the one whose period (previous due
    date, due date] holds that day; a down payment takes none. Charges after the last due date share a line of their
    own, due with the last of them, which stays when they are waived. Interest given up is taken from the last
    instalment backwards, because what is not earned when a loan is settled early is the interest of the latest periods.
    """
    lines = in_order(schedule)
    if not lines:
        return ()
    charged = list(charges)
    fees = [charge for charge in charged if charge.kind is not ChargeKind.INTEREST_REBATE]
    rebate = sum((charge.amount for charge in charged if charge.kind is ChargeKind.INTEREST_REBATE), ZERO)
    if fees:
        lines = _with_fees(lines, fees)
    return tuple(_without(lines, rebate) if rebate else lines)


def _with_fees(lines: Sequence[Instalment], charges: Sequence[Charge]) -> list[Instalment]:
    takers = [line for line in lines if line.takes_charges]
    days = [line.due_on for line in takers]
    parts: defaultdict[tuple[int, ChargeKind], Decimal] = defaultdict(Decimal)
    last, after = max(line.sequence for line in lines), _latest_after(lines, charges)
    for charge in charges:
        place = bisect_left(days, charge.due_on)
        sequence = takers[place].sequence if place < len(takers) else last + 1
        parts[sequence, charge.kind] += ZERO if charge.is_waived else charge.amount
    if after is not None:
        lines = [*lines, Instalment(last + 1, after, interest=ZERO, principal=ZERO, is_charge_line=True)]
    charged = {sequence for sequence, _ in parts}
    return [
        replace(
            line,
            penalty=line.penalty + parts[line.sequence, ChargeKind.PENALTY],
            fee=line.fee + parts[line.sequence, ChargeKind.FEE],
        )
        if line.sequence in charged
        else line
        for line in lines
    ]


def _latest_after(lines: Sequence[Instalment], charges: Sequence[Charge]) -> date | None:
    """The day of the last charge that no instalment takes, None when there is none."""
    last_due = max((line.due_on for line in lines if line.takes_charges), default=date.min)
    return max((charge.due_on for charge in charges if charge.due_on > last_due), default=None)


def _without(lines: Sequence[Instalment], rebate: Decimal) -> list[Instalment]:
    left, less = rebate, []
    for line in reversed(lines):
        given_up = min(left, line.interest)
        less.append(replace(line, interest=line.interest - given_up) if given_up else line)
        left -= given_up
    return less[::-1]
