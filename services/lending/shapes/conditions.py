"""What is shown of the conditions of a loan or a product, and what clients call each of them."""

from services.lending.domain.conditions import OVERRIDABLE, PenaltyMode
from services.lending.domain.terms import Amortization, DayCount, InterestMethod, Rounding
from shared import shapes


class Interest(shapes.Shape):
    interestRate = shapes.percent(of="annual_rate")
    interestMethod = shapes.choice(InterestMethod)
    amortization = shapes.choice(Amortization)
    dayCount = shapes.choice(DayCount)
    repayEvery = shapes.count()
    principalGrace = shapes.count()
    interestGrace = shapes.count()
    instalmentMultiple = shapes.money(maybe=True)
    rounding = shapes.choice(Rounding)


class Charges(shapes.Shape):
    processingFeeAmount = shapes.money(of="processing_fee")
    processingFeePercent = shapes.percent(of="processing_fee_rate")
    penaltyFeePerDayAmount = shapes.money(of="penalty_per_day")
    penaltyGraceDays = shapes.count()
    penaltyMode = shapes.choice(PenaltyMode)
    deductFeeFromDisbursement = shapes.flag(of="deducts_fee")
    rebateUnearnedInterest = shapes.flag(of="rebates_unearned_interest")


class Conditions(shapes.Shape):
    firstDueDate = shapes.day(of="first_due_on", maybe=True)
    interest = shapes.included(Interest)
    charges = shapes.included(Charges)


_NAMES = dict(zip(Conditions.attributes, Conditions.fields, strict=True))
# What clients call the conditions that a loan may be allowed to say for itself.
CONDITION_NAMES = {name: _NAMES[name] for name in OVERRIDABLE}
# What the application form of the web client says with every loan, and the day of the first instalment.
USUAL_OVERRIDES = tuple(
    CONDITION_NAMES[name] for name in ("annual_rate", "processing_fee", "penalty_per_day", "first_due_on")
)
