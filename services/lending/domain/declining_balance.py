"""Interest on what is left of the principal."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from services.lending.domain.factors import Factor
from services.lending.domain.proof import Rule
from services.lending.domain.spread import Loan, Part, Spread, repay


def level_instalment(principal: Decimal, factors: Sequence[Factor]) -> Decimal:
    """The instalment, unrounded, that repays the principal when every period asks for the same: an annuity.

    principal x product(1 + f) / F with F1 = 1 and Fk = 1 + F(k-1) x (1 + fk), which for equal factors is the textbook
    payment principal x f / (1 - (1 + f)^-n): 12000.00 at 2 % in 4 is 3151.485...
    """
    growth, weight = Decimal(1), Decimal(0)
    for factor in factors:
        weight = 1 + weight * (1 + factor.value)
        growth *= 1 + factor.value
    return principal * growth / weight


def level_total(loan: Loan, *, rule: Rule, is_smoothed: bool) -> Spread | None:
    """Pay the same instalment until the last, interest first. None when no level instalment can be.

    The instalment is rounded, and rounded down instead where that would leave nothing for the last. When smoothed, it
    is shifted once by the n-th part of what the last would differ, where that is more than n / 2 cents and helps.
    """
    level = level_instalment(loan.principal, loan.level_factors[loan.principal_grace :])
    for instalment in (loan.instalment.nearest(level), loan.instalment.below(level)):
        parts = _repay_level(loan, instalment)
        if parts:
            smoother = _smoothed(loan, instalment, parts) if is_smoothed else None
            return Spread(rule, smoother or parts, level=level)
    return None


def equal_principal(loan: Loan) -> Spread | None:
    """Equal principal: so much in every instalment after the grace, the rest in the last; interest on the balance.

    Where instalments are to be multiples, interest stays exact and the principal is what the multiple leaves. None
    when they cannot be.
    """
    share = loan.principal / loan.sharing
    if loan.has_multiple:
        parts = _repay_multiples(loan, share, loan.instalment.nearest)
        parts = parts or _repay_multiples(loan, share, loan.instalment.below)
    else:
        rounded = loan.money.split(loan.principal, loan.sharing)[0]
        parts = repay(loan, lambda _interest: rounded)
    return Spread(Rule.DECLINING_PRINCIPAL, parts, share=share) if parts else None


def _repay_level(loan: Loan, instalment: Decimal) -> list[Part] | None:
    return repay(loan, lambda interest: instalment - interest)


def _repay_multiples(loan: Loan, share: Decimal, rounded: Callable[[Decimal], Decimal]) -> list[Part] | None:
    return repay(loan, lambda interest: rounded(share + interest) - interest)


def _smoothed(loan: Loan, level: Decimal, parts: list[Part]) -> list[Part] | None:
    """The loan repaid by a better level instalment, or None where no other is better."""
    gap = _gap(level, parts)
    if abs(gap) <= loan.count // 2 * loan.money.step:
        return None
    better = loan.instalment.nearest(level + loan.money.nearest(gap / loan.sharing))
    shifted = _repay_level(loan, better)
    return shifted if shifted and abs(_gap(better, shifted)) < abs(gap) else None


def _gap(level: Decimal, parts: list[Part]) -> Decimal:
    """How much more than the others the last instalment asks for."""
    return parts[-1].interest + parts[-1].principal - level
