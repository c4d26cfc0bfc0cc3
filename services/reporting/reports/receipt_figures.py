"""Money received, and its sums, which several reports show in their own way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from services.reporting.queries.received import Received
from services.reporting.queries.window import Holding
from shared.money import ZERO

S = TypeVar("S")

SPLIT = (
    "Money pays the oldest instalment first, and within it the penalty, the fee, the interest, then the principal. "
    "Where money is put on other instalments later, because a payment was taken back, came late to be recorded or the "
    "loan was rescheduled, the difference counts on the day that was recorded."
)


def by_officer(found: Mapping[Holding, S]) -> dict[UUID | None, list[S]]:
    """What unions came to, by the officer who had them."""
    groups: defaultdict[UUID | None, list[S]] = defaultdict(list)
    for (_, officer_id), figures in found.items():
        groups[officer_id].append(figures)
    return dict(groups)


def total(money: Iterable[Received], part: str) -> Decimal:
    """One amount of all together."""
    return sum((getattr(each, part) for each in money), ZERO)
