"""Running sums per union, which a dashboard adds up instead of the loans and members themselves.

They change by the difference between a thing before and after an event, so they are exact whatever the order of events,
and moving to another union is no special case.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple
from uuid import UUID


class Figure(StrEnum):
    """What is summed: the first four by status of the loans, members by verified or pending, the others by month."""

    LOANS = "loans"
    PRINCIPAL = "principal"
    PAID = "paid"
    OUTSTANDING = "outstanding"
    MEMBERS = "members"
    NEW_LOANS = "new_loans"
    NEW_MEMBERS = "new_members"
    DISBURSED = "disbursed"
    REPAID = "repaid"


class SumKey(NamedTuple):
    """Names one running sum: a figure, in one status or month, of a union."""

    figure: Figure
    slot: str
    union_id: UUID


Part = tuple[SumKey, Decimal]
"""What one thing adds to one sum."""


def month_slot(day: date) -> str:
    """The slot of the month a day lies in: `2026-03-01`."""
    return day.replace(day=1).isoformat()


def change(things: Iterable[tuple[Iterable[Part], Iterable[Part]]]) -> dict[SumKey, Decimal]:
    """What to add to the sums when things change: each is given by its parts before and after, in the same order.

    Sums that stay as they are are left out.
    """
    differences: defaultdict[SumKey, Decimal] = defaultdict(Decimal)
    for before, after in things:
        for was, now in zip_longest(before, after):
            # Most parts stay; passing over them early is half of the time this takes.
            if was != now:
                if was:
                    differences[was[0]] -= was[1]
                if now:
                    differences[now[0]] += now[1]
    return {key: amount for key, amount in differences.items() if amount}
