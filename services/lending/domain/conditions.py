"""What a product or a loan says beside the amount and the term: interest, grace, fees and penalties."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self, TypeVar

from services.lending.domain.terms import NO_INTEREST, Interest, InvalidTerms, Terms, TermUnit
from shared.money import ZERO, round_money

Part = TypeVar("Part", Interest, "Charges")


class PenaltyMode(StrEnum):
    """Whether the penalty for a late instalment is only shown, or charged day by day."""

    SHOWN = "SHOWN"
    CHARGED = "CHARGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a loan costs beside its interest.

    `processing_fee_rate` is a fraction of the principal, on top of the fixed `processing_fee`. A penalty is owed per
    day late beyond the days of grace.
    """

    processing_fee: Decimal = ZERO
    processing_fee_rate: Decimal = ZERO
    penalty_per_day: Decimal = ZERO
    penalty_grace_days: int = 0
    penalty_mode: PenaltyMode = PenaltyMode.SHOWN
    deducts_fee: bool = False
    rebates_unearned_interest: bool = False

    def paid_out(self, principal: Decimal, fee: Decimal) -> Decimal:
        """What the member is handed of the principal: what the whole `fee` leaves of it, where it is deducted."""
        return principal - fee if self.deducts_fee else principal


NO_CHARGES = Charges()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditions of a product or a loan; the defaults are those of a loan without a product."""

    interest: Interest = NO_INTEREST
    charges: Charges = NO_CHARGES
    first_due_on: date | None = None

    def terms(self, principal: Decimal, term_count: int, term_unit: TermUnit) -> Terms:
        """The terms of a loan of this amount and length. Raises InvalidTerms."""
        return Terms(
            principal=principal,
            term_count=term_count,
            term_unit=term_unit,
            interest=self.interest,
            first_due_on=self.first_due_on,
        )

    def changed(self, wishes: Mapping[str, Any]) -> Self:
        """These conditions with other values for some of `OVERRIDABLE`, given by their names."""
        return replace(
            self,
            interest=changed(self.interest, wishes),
            charges=changed(self.charges, wishes),
            first_due_on=wishes.get("first_due_on", self.first_due_on),
        )

    def fee_on(self, principal: Decimal) -> Decimal:
        """The whole processing fee: the fixed part and the part of the principal, rounded as the loan is.

        Raises InvalidTerms when it is to be kept back from the principal and exceeds it.
        """
        fee = self.charges.processing_fee + self._fee_by_rate(principal)
        if self.charges.deducts_fee and fee > principal:
            message = "The processing fee exceeds the principal it is deducted from."
            raise InvalidTerms(message, field="processing_fee")
        return fee

    def grants_fee(self, wishes: Mapping[str, Any], principal: Decimal) -> bool:
        """Whether what is wished for as the fee is the whole fee on this principal anyway: the web client's forms send
        back what they were shown."""
        return "processing_fee_rate" not in wishes and wishes.get("processing_fee") == self.fee_on(principal)

    def without_fee_by_rate(self, principal: Decimal) -> Self:
        """These conditions of a loan, whose `processing_fee` is the whole one, with the fixed part of it only."""
        return self.changed({"processing_fee": self.charges.processing_fee - self._fee_by_rate(principal)})

    def _fee_by_rate(self, principal: Decimal) -> Decimal:
        return round_money(principal * self.charges.processing_fee_rate, f"ROUND_{self.interest.rounding}")


INTEREST = tuple(field.name for field in fields(Interest))
_GRACE = INTEREST.index("principal_grace")
# The conditions a loan may be allowed to say for itself, in the order in which people are shown them.
OVERRIDABLE = (*INTEREST[:_GRACE], "first_due_on", *INTEREST[_GRACE:], *(field.name for field in fields(Charges)))


def changed(part: Part, wishes: Mapping[str, Any]) -> Part:
    """Interest or charges with the values of those wishes that are about them."""
    names = wishes.keys() & {field.name for field in fields(part)}
    return replace(part, **{name: wishes[name] for name in names})


def agree(offered: Conditions, wishes: Mapping[str, Any]) -> Conditions:
    """What is offered, changed by the wishes: the conditions of a loan. Who names a fee, in whole or as a rate, names
    all of it."""
    return offered.changed(_with_whole_fee(wishes))


def overrides(offered: Conditions, wishes: Mapping[str, Any]) -> Iterator[str]:
    """The names of the conditions that the wishes would change; a wish for what is offered anyway changes nothing."""
    for name, wish in _with_whole_fee(wishes).items():
        if offered.changed({name: wish}) != offered:
            yield name


def _with_whole_fee(wishes: Mapping[str, Any]) -> Mapping[str, Any]:
    if "processing_fee" in wishes or "processing_fee_rate" in wishes:
        return {"processing_fee": ZERO, "processing_fee_rate": ZERO, **wishes}
    return wishes
