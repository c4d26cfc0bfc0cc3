"""Interest on the whole principal all along, whatever was repaid of it."""

from collections.abc import Callable
from decimal import Decimal

from services.lending.domain.factors import sum_of
from services.lending.domain.proof import Rule
from services.lending.domain.spread import Loan, Part, Spread, held_back, repay
from shared.money import ZERO


def total_split(loan: Loan) -> Spread:
    """Round the interest of the whole term once; split interest and principal evenly, the last takes the remainders.

    50000.00 at 24 % over 12 months is 12000.00 of interest, 11 x 4166.67 and 4166.63 of principal. Where instalments
    are to be multiples, interest stays exact and the principal is what the multiple leaves.
    """
    interest = loan.money.nearest(sum_of(loan.factors).of(loan.principal))
    interests = list(loan.money.split(interest, loan.count))
    share, unrounded = loan.principal / loan.sharing, interest / loan.count
    if loan.has_multiple:
        principals = _multiples(loan, share, interests)
    else:
        principals = loan.money.split(loan.principal, loan.sharing)
    columns = zip(interests, (ZERO,) * loan.principal_grace + principals, strict=True)
    parts = [Part(loan.principal, unrounded, part, principal) for part, principal in columns]
    return Spread(Rule.FLAT_SPLIT, parts, share=share)


def level_total(loan: Loan) -> Spread | None:
    """Round the interest of each period; pay the same instalment of both until the last.

    1000.00 at 12 % over 3 months is 2 x (333.33 + 10.00) and 333.34 + 10.00. None when no level instalment can be.
    """
    interests = [loan.money.nearest(factor.of(loan.principal)) for factor in loan.factors]
    level = (loan.principal + sum(interests[loan.principal_grace :], ZERO)) / loan.sharing

    def attempt(instalment: Decimal) -> list[Part] | None:
        return repay(loan, lambda interest: instalment - interest, charged_on=loan.principal)

    parts = attempt(loan.instalment.nearest(level)) or attempt(loan.instalment.below(level))
    return Spread(Rule.FLAT_LEVEL, parts, level=level) if parts else None


def _multiples(loan: Loan, share: Decimal, interests: list[Decimal]) -> tuple[Decimal, ...]:
    """Principals that make each instalment but the last a multiple: share and interest are each rounded to it."""
    asked = held_back(interests, loan.interest_grace)[loan.principal_grace : -1]

    def principals(rounded: Callable[[Decimal], Decimal]) -> list[Decimal]:
        return [rounded(share) + rounded(interest) - interest for interest in asked]

    before_last = principals(loan.instalment.nearest)
    if sum(before_last, ZERO) >= loan.principal:
        before_last = principals(loan.instalment.below)
    return (*before_last, loan.principal - sum(before_last, ZERO))
