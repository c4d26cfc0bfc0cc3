"""What every way of spreading a loan over its instalments starts from, and what it yields."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from services.lending.domain.factors import Factor
from services.lending.domain.proof import Rule
from services.lending.domain.rounding import Grain
from shared.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """A principal to be repaid in as many instalments as there are `factors`, each the interest factor of its period.

    `level_factors` are those a level instalment is derived from. Amounts are rounded to `money`; instalments to
    `instalment`, which is coarser where a multiple was agreed.
    """

    principal: Decimal
    factors: tuple[Factor, ...]
    level_factors: tuple[Factor, ...]
    principal_grace: int
    interest_grace: int
    money: Grain
    instalment: Grain

    @property
    def count(self) -> int:
        """How many instalments there are."""
        return len(self.factors)

    @property
    def sharing(self) -> int:
        """How many instalments share the principal."""
        return self.count - self.principal_grace

    @property
    def has_multiple(self) -> bool:
        """Whether the instalments are to be multiples of something coarser than the smallest unit."""
        return self.instalment.step != self.money.step


@dataclass(frozen=True, slots=True)
class Part:
    """What one period brings: its own interest, before any is held back, and the principal due at its end."""

    charged_on: Decimal
    unrounded_interest: Decimal
    interest: Decimal
    principal: Decimal


@dataclass(frozen=True, slots=True)
class Spread:
    """A loan spread over its instalments by a rule, with the level instalment or share it works with, unrounded."""

    rule: Rule
    parts: list[Part]
    level: Decimal | None = None
    share: Decimal | None = None


def repay(
    loan: Loan, principal_of: Callable[[Decimal], Decimal], *, charged_on: Decimal | None = None
) -> list[Part] | None:
    """Ask each period for its interest and for the principal that a function of that interest names.

    There is none in the grace, and the last pays the rest. Interest is on the balance, or always on `charged_on`. None
    when a principal would be below zero, or nothing would be left for the last.
    """
    parts, balance = [], loan.principal
    for sequence, factor in enumerate(loan.factors, start=1):
        base = balance if charged_on is None else charged_on
        unrounded = factor.of(base)
        interest = loan.money.nearest(unrounded)
        if sequence == loan.count:
            principal = balance
        elif sequence <= loan.principal_grace:
            principal = ZERO
        else:
            principal = principal_of(interest)
            if not 0 <= principal < balance:
                return None
        parts.append(Part(base, unrounded, interest, principal))
        balance -= principal
    return parts


def held_back(interests: list[Decimal], grace: int) -> list[Decimal]:
    """The interest asked for on each line when that of the first `grace` periods is due with the one after them."""
    return [ZERO] * grace + [sum(interests[: grace + 1], ZERO), *interests[grace + 1 :]]
