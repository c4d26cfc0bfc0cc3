"""What a product or a loan says beside the amount and the term: interest, grace, fees and penalties."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from services.lending.domain.terms import (
    Amortization,
    DayCount,
    InterestMethod,
    InvalidTerms,
    Rounding,
    Terms,
    TermUnit,
)
from shared.errors import RuleViolated
from shared.money import ZERO, round_money


class NotOverridable(RuleViolated):
    """The product does not let a loan say this for itself."""


class PenaltyMode(StrEnum):
    """Whether the penalty for a late instalment is only shown, or charged day by day."""

    SHOWN = "SHOWN"
    CHARGED = "CHARGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditions of a product or a loan; the defaults are those of a loan without a product.

    Rates are fractions: `annual_rate` per year, `processing_fee_rate` of the principal, on top of the fixed
    `processing_fee`. A penalty is owed per day late beyond the days of grace.
    """

    annual_rate: Decimal = ZERO
    interest_method: InterestMethod = InterestMethod.FLAT
    amortization: Amortization = Amortization.EQUAL_INSTALMENTS
    day_count: DayCount = DayCount.EQUAL_PERIODS
    repay_every: int = 1
    first_due_on: date | None = None
    principal_grace: int = 0
    interest_grace: int = 0
    instalment_multiple: Decimal | None = None
    rounding: Rounding = Rounding.HALF_UP
    processing_fee: Decimal = ZERO
    processing_fee_rate: Decimal = ZERO
    penalty_per_day: Decimal = ZERO
    penalty_grace_days: int = 0
    penalty_mode: PenaltyMode = PenaltyMode.SHOWN
    deducts_fee: bool = False
    rebates_unearned_interest: bool = False

    def terms(self, principal: Decimal, term_count: int, term_unit: TermUnit) -> Terms:
        """The terms of a loan of this amount and length. Raises InvalidTerms."""
        return Terms(
            principal=principal,
            term_count=term_count,
            term_unit=term_unit,
            **{name: getattr(self, name) for name in INTEREST},
        )

    def fee_on(self, principal: Decimal) -> Decimal:
        """The whole processing fee: the fixed part and the part of the principal, rounded as the loan is.

        Raises InvalidTerms when it is to be kept back from the principal and exceeds it.
        """
        fee = self.processing_fee + self._fee_by_rate(principal)
        if self.deducts_fee and fee > principal:
            raise InvalidTerms("The processing fee exceeds the principal it is deducted from.", field=_FEE)
        return fee

    def grants_fee(self, wishes: Mapping[str, Any], principal: Decimal) -> bool:
        """Whether what is wished for as the fee is the whole fee on this principal anyway: the web client's forms send
        back what they were shown."""
        return "processing_fee_rate" not in wishes and wishes.get("processing_fee") == self.fee_on(principal)

    def without_fee_by_rate(self, principal: Decimal) -> Self:
        """These conditions of a loan, whose `processing_fee` is the whole one, with the fixed part of it only."""
        return replace(self, processing_fee=self.processing_fee - self._fee_by_rate(principal))

    def _fee_by_rate(self, principal: Decimal) -> Decimal:
        return round_money(principal * self.processing_fee_rate, f"ROUND_{self.rounding}")


# What the interest and the schedule of a loan depend on.
INTEREST = (
    "annual_rate", "interest_method", "amortization", "day_count", "repay_every", "first_due_on", "principal_grace",
    "interest_grace", "instalment_multiple", "rounding",
)  # fmt: skip

_FEE = "processingFeeAmount"
# The conditions a loan may be allowed to say for itself, by the names the wire has for them.
OVERRIDES: Mapping[str, str] = {
    "annual_rate": "interestRate",
    "interest_method": "interestMethod",
    "amortization": "amortization",
    "day_count": "dayCount",
    "repay_every": "repayEvery",
    "first_due_on": "firstDueDate",
    "principal_grace": "principalGrace",
    "interest_grace": "interestGrace",
    "instalment_multiple": "instalmentMultiple",
    "rounding": "rounding",
    "processing_fee": _FEE,
    "processing_fee_rate": "processingFeePercent",
    "penalty_per_day": "penaltyFeePerDayAmount",
    "penalty_grace_days": "penaltyGraceDays",
    "penalty_mode": "penaltyMode",
    "deducts_fee": "deductFeeFromDisbursement",
    "rebates_unearned_interest": "rebateUnearnedInterest",
}
# What the application form of the web client says with every loan, and the day of the first instalment.
USUAL_OVERRIDES = ("interestRate", _FEE, "penaltyFeePerDayAmount", "firstDueDate")


def agree(offered: Conditions, wishes: Mapping[str, Any], allowed: Collection[str] | None) -> Conditions:
    """What is offered, changed by the wishes: the conditions of a loan.

    `wishes` go by the names of the conditions; `allowed` are the wire's names of those a product lets a loan say, None
    where there is no product. A wish for what is offered anyway is always granted. Who names a fee, in whole or as
    a rate, names all of it. Raises NotOverridable.
    """
    if "processing_fee" in wishes or "processing_fee_rate" in wishes:
        wishes = {"processing_fee": ZERO, "processing_fee_rate": ZERO, **wishes}
    agreed = replace(offered, **wishes)
    for name in wishes:
        if allowed is not None and OVERRIDES[name] not in allowed and getattr(agreed, name) != getattr(offered, name):
            raise NotOverridable(f"The loan type does not let a loan set {OVERRIDES[name]}.", field=OVERRIDES[name])
    return agreed
