"""What a portfolio of loans looks like on a day: how much of it is how late."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from services.payments.domain.arrears import days_in_arrears
from services.payments.domain.replay import Standing
from shared.money import ZERO

RATIO_PLACES = Decimal("0.0001")


class Bucket(StrEnum):
    """How long a loan has been in arrears, in days."""

    CURRENT = "current"
    UP_TO_30 = "1-30"
    UP_TO_60 = "31-60"
    UP_TO_90 = "61-90"
    UP_TO_180 = "91-180"
    OVER_180 = "over 180"


LAST_DAYS: Mapping[Bucket, int] = MappingProxyType(
    {
        Bucket.CURRENT: 0,
        Bucket.UP_TO_30: 30,
        Bucket.UP_TO_60: 60,
        Bucket.UP_TO_90: 90,
        Bucket.UP_TO_180: 180,
    }
)
"""The last day in arrears of each bucket but the last, in order."""


def bucket(days_in_arrears: int) -> Bucket:
    """The bucket of a loan: 30 days in arrears is in 1-30, 31 days in 31-60."""
    return next((name for name, last in LAST_DAYS.items() if days_in_arrears <= last), Bucket.OVER_180)


@dataclass(frozen=True, slots=True)
class Position:
    """What one loan owes at the end of a day, and how much of it is late."""

    days_in_arrears: int
    arrears: Decimal
    outstanding: Decimal
    outstanding_principal: Decimal


def position(standings: Sequence[Standing], *, on: date) -> Position:
    """Where a loan stands at the end of the day `on`, given its instalments with all that was paid by then."""
    late = [line for line in standings if line.due.due_on < on and line.owed]
    return Position(
        days_in_arrears((line.due.due_on for line in late), on=on),
        sum((line.owed for line in late), ZERO),
        sum((line.owed for line in standings), ZERO),
        sum((line.due.principal - line.principal_paid for line in standings), ZERO),
    )


@dataclass(frozen=True, slots=True)
class Holding:
    """What some loans of one bucket come to together."""

    loans: int = 0
    outstanding_principal: Decimal = ZERO
    outstanding: Decimal = ZERO
    arrears: Decimal = ZERO

    def __add__(self, other: "Holding") -> "Holding":
        return Holding(
            self.loans + other.loans,
            self.outstanding_principal + other.outstanding_principal,
            self.outstanding + other.outstanding,
            self.arrears + other.arrears,
        )


class Portfolio:
    """The live loans of a day by bucket."""

    def __init__(self, holdings: Iterable[tuple[Bucket, Holding]]) -> None:
        self.holdings = dict.fromkeys(Bucket, Holding())
        for name, holding in holdings:
            self.holdings[name] += holding

    @property
    def whole(self) -> Holding:
        """All buckets together."""
        return sum(self.holdings.values(), Holding())

    def at_risk(self, days: int) -> Decimal:
        """PAR: outstanding principal of the loans more than `days` days in arrears, as a fraction of that of all.

        The whole loan counts, not its late part. `days` is the last day of a bucket: 0, 30, 60, 90 or 180. Rounded to
        four places, 0 for an empty portfolio. Of two loans that owe 300.00 and 100.00 of principal, the second 31 days
        late, 0.2500 is at risk by 30 days.
        """
        late = sum((self.holdings[name].outstanding_principal for name in Bucket if _begins_after(name, days)), ZERO)
        whole = self.whole.outstanding_principal
        return (late / whole if whole else ZERO).quantize(RATIO_PLACES)


def _begins_after(name: Bucket, days: int) -> bool:
    return LAST_DAYS.get(name, days + 1) > days
