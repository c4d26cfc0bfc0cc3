"""What lenders disagree about beyond the terms of a loan: ours are the defaults, the others serve to check theirs."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.money import CENT


class MissingDay(StrEnum):
    """Where a month step goes when the month is too short for the day."""

    CLAMP = "CLAMP"
    ROLL = "ROLL"


class LevelBasis(StrEnum):
    """The factors a level instalment is derived from: those of equal periods, or those of the very days."""

    NOMINAL = "NOMINAL"
    FACTORS = "FACTORS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """A lender's habits.

    `unit` is the amount everything is a multiple of. `rounding`, a rounding of the decimal module, stands in for that
    of the terms. `periods_per_year` is how many units of the term make a year of equal periods, where not 365, 52 or
    12. `level_basis` None means nominal for equal periods and by factors for every other day count. A smoothed schedule
    shifts its level instalment once where the last one would differ much.
    """

    unit: Decimal = CENT
    rounding: str | None = None
    periods_per_year: int | None = None
    level_basis: LevelBasis | None = None
    is_smoothed: bool = False
    missing_day: MissingDay = MissingDay.CLAMP


OURS = Conventions()
