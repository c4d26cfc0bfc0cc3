"""Cash as it lies on the table: how many of each note and coin."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.errors import RuleViolated
from shared.money import ZERO, in_naira

NOTES_AND_COINS = tuple(
    Decimal(value) for value in ("1000", "500", "200", "100", "50", "20", "10", "5", "2", "1", "0.5")
)
"""The naira's, the largest first."""


class CashCountDiffers(RuleViolated):
    """The notes and coins do not come to the cash that was handed over."""

    def __init__(self, counted: Decimal, handed_over: Decimal) -> None:
        super().__init__(
            f"The notes and coins come to {in_naira(counted)}, but {in_naira(handed_over)} was handed over",
            field="cashCount",
        )
        self.counted, self.handed_over = counted, handed_over

    @property
    def details(self) -> dict[str, Any]:
        """Both amounts."""
        return {"counted": f"{self.counted:.2f}", "cashHandedOver": f"{self.handed_over:.2f}"}


class DenominationTwice(RuleViolated):
    """A note or coin is counted on two lines."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many of one note or coin."""

    denomination: Decimal
    count: int


def check_count(counted: Sequence[Pieces], handed_over: Decimal) -> None:
    """Raises DenominationTwice when a note or coin comes twice, CashCountDiffers unless all come to `handed_over`."""
    for denomination, times in Counter(pieces.denomination for pieces in counted).items():
        if times > 1:
            raise DenominationTwice(f"{in_naira(denomination)} is counted {times} times", field="cashCount")
    total = sum((pieces.denomination * pieces.count for pieces in counted), ZERO)
    if total != handed_over:
        raise CashCountDiffers(total, handed_over)
