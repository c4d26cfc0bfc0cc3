"""Money received, by the officer who had the union, which several reports show in their own way."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.queries.holders import holders
from services.reporting.queries.received import Received, received
from services.reporting.reports.definition import Asked

SPLIT = (
    "Money pays the oldest instalment first, and within it the penalty, the fee, the interest, then the principal. "
    "Where money is put on other instalments later, because a payment was taken back, came late to be recorded or the "
    "loan was rescheduled, the difference counts on the day that was recorded."
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money of one day and union, and who had the union then; None is nobody known."""

    officer_id: UUID | None
    money: Received


def receipts(connection: Connection, asked: Asked) -> list[Receipt]:
    """What came in during the period, in no order."""
    held = holders(connection)
    every = received(connection, asked.window)
    found = (Receipt(held.officer_on(money.union_id, money.day), money) for money in every)
    return [each for each in found if asked.officers is None or each.officer_id in asked.officers]


def by_officer(found: Iterable[Receipt]) -> dict[UUID | None, list[Received]]:
    """The money by who had the union."""
    groups: defaultdict[UUID | None, list[Received]] = defaultdict(list)
    for receipt in found:
        groups[receipt.officer_id].append(receipt.money)
    return dict(groups)


def total(money: Iterable[Received], part: str) -> Decimal:
    """One figure of all together."""
    return sum((getattr(each, part) for each in money), Decimal("0.00"))
