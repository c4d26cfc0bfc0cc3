"""How each line of a schedule was made, so that anybody can make it again with pencil and paper."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Rule(StrEnum):
    """The rules schedules are made by, named as in the worked cases of other lenders."""

    FLAT_SPLIT = "flat.total_split"
    FLAT_LEVEL = "flat.level_total"
    DECLINING_LEVEL = "declining.level_total"
    DECLINING_FACTORS = "declining.annuity_by_factors"
    DECLINING_PRINCIPAL = "declining.equal_principal"

    @property
    def text(self) -> str:
        """The rule in one sentence; n counts the instalments that share the principal."""
        return _TEXTS[self]


_ALL_BUT_THE_LAST = "principal = level instalment - interest; the last pays what is left and its interest"
_TEXTS = {
    Rule.FLAT_SPLIT: (
        "interest = round(principal x sum of the factors), once; interest and principal are each split evenly; "
        "the last takes what is left of both"
    ),
    Rule.FLAT_LEVEL: (
        "interest = round(principal x factor); level instalment = round((principal + sum of interest) / n); "
        f"{_ALL_BUT_THE_LAST}"
    ),
    Rule.DECLINING_LEVEL: (
        "interest = round(balance x factor); level instalment = round(principal x f / (1 - (1 + f)^-n)) with f the "
        f"factor of a regular period; {_ALL_BUT_THE_LAST}"
    ),
    Rule.DECLINING_FACTORS: (
        "interest = round(balance x factor); level instalment = round(principal x product(1 + f) / F) with F1 = 1, "
        f"Fk = 1 + F(k-1) x (1 + fk); {_ALL_BUT_THE_LAST}"
    ),
    Rule.DECLINING_PRINCIPAL: (
        "principal = round(principal / n); interest = round(balance x factor); the last pays what is left"
    ),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """The numbers behind one line, none of them rounded.

    `interest` is that of the period itself: `charged_on` x `factor`, or its even share where the whole term's interest
    is split. Of `level` (the level instalment) and `principal` (the even share of the principal) the one that the rule
    uses is there; neither in a line without principal. `step` is what the line's amounts were rounded to, `multiple`
    what its instalment was. `held_back` is the interest of earlier periods that is due here, below zero where this
    period's own waits for later. `takes_the_rest` marks the last line.
    """

    rule: Rule
    factor: Decimal
    charged_on: Decimal
    interest: Decimal
    level: Decimal | None
    principal: Decimal | None
    rounding: str
    step: Decimal
    multiple: Decimal
    held_back: Decimal
    takes_the_rest: bool
