"""What a loan is agreed on: the conditions of its product, and what it may say for itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from services.lending.domain.conditions import Conditions, agree, overrides
from services.lending.domain.loan_type import check_limits
from services.lending.domain.terms import Terms
from services.lending.models import Loan, LoanType
from services.lending.queries import locks
from services.lending.shapes.conditions import CONDITION_NAMES
from shared.db import UnitOfWork
from shared.errors import RuleViolated


class LoanTypeUnavailable(RuleViolated):
    """No such loan type, or it is not offered any more."""


class NotOverridable(RuleViolated):
    """The product does not let a loan say this for itself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an applicant may choose from: without a product anything, in the conditions every loan starts from."""

    loan_type: LoanType | None

    @classmethod
    def of(cls, loan_type: LoanType | None, *, is_requested: bool) -> Self:
        """The offer of the loan type that was requested, if one was. Raises LoanTypeUnavailable."""
        if is_requested and (loan_type is None or not loan_type.is_active):
            raise LoanTypeUnavailable("Loan type not found or inactive", field="loan_type_id")
        return cls(loan_type)

    def conditions_with(self, wishes: Mapping[str, Any], principal: Decimal) -> Conditions:
        """The conditions of a loan of this amount with these wishes. Raises NotOverridable."""
        offered = self.loan_type.conditions if self.loan_type else Conditions()
        return self.amended(offered, wishes, principal)

    def amended(self, present: Conditions, wishes: Mapping[str, Any], principal: Decimal) -> Conditions:
        """The present conditions, changed by these wishes as far as the product allows. Raises NotOverridable."""
        if present.grants_fee(wishes, principal):
            wishes = {name: wish for name, wish in wishes.items() if name != "processing_fee"}
        if self.loan_type:
            _check_overrides(self.loan_type, present, wishes)
        return agree(present, wishes)

    def check(self, terms: Terms) -> None:
        """Refuse terms outside the limits of the product. Raises OutsideLimits."""
        if self.loan_type:
            check_limits(terms, self.loan_type.limits)


def offer_for_loan(uow: UnitOfWork, loan_type_id: UUID | None) -> Offer:
    """The offer a loan is made from, which stays as it is meanwhile. Raises LoanTypeUnavailable."""
    loan_type = locks.loan_type_for_share(uow.session, loan_type_id) if loan_type_id else None
    return Offer.of(loan_type, is_requested=loan_type_id is not None)


def _check_overrides(loan_type: LoanType, offered: Conditions, wishes: Mapping[str, Any]) -> None:
    for name in overrides(offered, wishes):
        if CONDITION_NAMES[name] not in loan_type.allowed_overrides:
            raise NotOverridable(f"The loan type does not let a loan set {CONDITION_NAMES[name]}.", field=name)


def freeze(loan: Loan, conditions: Conditions, principal: Decimal) -> None:
    """Write the conditions onto the loan, with the whole fee on this principal. Raises InvalidTerms."""
    loan.interest, loan.first_due_on = conditions.interest, conditions.first_due_on
    loan.charges = replace(conditions.charges, processing_fee=conditions.fee_on(principal))
