"""What a loan really costs: one rate that counts interest, fees and the days they fall due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from services.lending.domain.factors import PERIODS_PER_YEAR, first_period
from services.lending.domain.rounding import EXACT
from services.lending.domain.schedule import Instalment, interest_total
from services.lending.domain.terms import Terms
from shared.money import ZERO

_RATE_STEP = Decimal("0.000001")
_CLOSE_ENOUGH = Decimal("1E-12")
_MOST_ROUNDS = 500


@dataclass(frozen=True, slots=True)
class EffectiveCost:
    """The cost of a loan. `nominal_annual_rate` is the internal rate of return per period x periods a year, a fraction.

    It is None where the fee leaves the member nothing to bear interest on.
    """

    total_interest: Decimal
    fees: Decimal
    total_cost: Decimal
    nominal_annual_rate: Decimal | None


def effective_cost(
    terms: Terms, base_day: date, instalments: Sequence[Instalment], fee: Decimal = ZERO
) -> EffectiveCost:
    """What these instalments and a fee paid up front cost, the rate rounded half-even to six places.

    The rate solves principal - fee = sum of total / ((1 + f x i) x (1 + i)^t), i the rate per period, t + f the periods
    from the base day with f their broken part: the actuarial method of the annual percentage rate (United States,
    Regulation Z, 12 CFR 1026 Appendix J (b)). It is then multiplied by 12, 52 or 365 over the length of a period, as
    the nominal rate of the terms is: without fee and rounding it is that rate for interest on the declining balance.
    10000.00 at 12 % flat over 12 months is 21.46 %.
    """
    interest = interest_total(instalments)
    with localcontext(EXACT):
        days, normal_days = first_period(terms, base_day, instalments[0].due_on)
        whole, broken = divmod(Decimal(days) / normal_days, 1)
        totals = [line.total for line in instalments]
        per_period = _return(terms.principal - fee, totals, int(whole), broken)
        periods = Decimal(PERIODS_PER_YEAR[terms.term_unit]) / terms.interest.repay_every
        rate = None if per_period is None else (per_period * periods).quantize(_RATE_STEP)
    return EffectiveCost(interest, fee, interest + fee, rate)


def _return(received: Decimal, totals: Sequence[Decimal], whole: int, broken: Decimal) -> Decimal | None:
    """The rate per period at which the totals are worth what was received.

    Newton's method from zero: what the totals are worth falls ever more slowly with the rate and is at zero no less
    than what was received, so each step goes towards the root and none beyond it.
    """
    if received <= 0:
        return None
    rate = Decimal(0)
    for _ in range(_MOST_ROUNDS):
        surplus, slope = _surplus(received, totals, whole, broken, rate)
        step = -surplus / slope if slope else Decimal(0)
        rate += step
        if step < _CLOSE_ENOUGH * (1 + rate):
            return rate
    return None


def _surplus(
    received: Decimal, totals: Sequence[Decimal], whole: int, broken: Decimal, rate: Decimal
) -> tuple[Decimal, Decimal]:
    """How much more than was received the totals are worth at this rate, and how that changes with it.

    Both sides are multiplied by 1 + broken part x rate, so that only whole powers remain.
    """
    discount = 1 / (1 + rate)
    worth = weighted = Decimal(0)
    for periods, total in reversed(list(enumerate(totals, start=whole))):
        worth = worth * discount + total
        weighted = weighted * discount + total * periods
    at_first = discount**whole
    return worth * at_first - received * (1 + broken * rate), -weighted * at_first * discount - received * broken
