"""What a loan type allows of the loans made from it."""

from dataclasses import dataclass
from decimal import Decimal

from services.lending.domain.conditions import Conditions
from services.lending.domain.terms import LONGEST_TERM, Terms, TermUnit
from shared.errors import Conflict, RuleViolated


class InvalidLimits(RuleViolated):
    """The limits of a loan type contradict each other."""


class OutsideLimits(RuleViolated):
    """The loan is not one its loan type allows."""


class LoanTypeInUse(Conflict):
    """Loans of this type are not finished."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The principal and the term a loan of this type may have. Raises InvalidLimits when nothing could fit."""

    min_amount: Decimal
    max_amount: Decimal
    term_unit: TermUnit
    min_term: int
    max_term: int

    def __post_init__(self) -> None:
        if self.max_amount <= self.min_amount:
            raise InvalidLimits("The maximum amount must be greater than the minimum amount.", field="max_amount")
        if not 1 <= self.min_term <= LONGEST_TERM:
            raise InvalidLimits(f"The minimum term must be between 1 and {LONGEST_TERM}.", field="min_term")
        if not self.min_term <= self.max_term <= LONGEST_TERM:
            message = f"The maximum term must be between the minimum term and {LONGEST_TERM}."
            raise InvalidLimits(message, field="max_term")


def check_product(limits: Limits, conditions: Conditions) -> None:
    """Accept a product if any loan at all can be made from it: one of its largest amount. Raises InvalidTerms."""
    grace = max(conditions.interest.principal_grace, conditions.interest.interest_grace)
    term_count = min(max(limits.min_term, grace + 1), limits.max_term)
    conditions.terms(limits.max_amount, term_count, limits.term_unit)


def check_limits(terms: Terms, limits: Limits) -> None:
    """Accept terms within the limits. Raises OutsideLimits, naming the limit."""
    if not limits.min_amount <= terms.principal <= limits.max_amount:
        message = f"Principal amount must be between {limits.min_amount:.2f} and {limits.max_amount:.2f}"
        raise OutsideLimits(message, field="principal")
    if terms.term_unit is not limits.term_unit:
        raise OutsideLimits(f"The term unit of this loan type is {limits.term_unit}", field="term_unit")
    if not limits.min_term <= terms.term_count <= limits.max_term:
        message = f"The term must be between {limits.min_term} and {limits.max_term} ({limits.term_unit})"
        raise OutsideLimits(message, field="term_count")


def check_loan_type_may_go(unfinished_loans: int) -> None:
    """`unfinished_loans` counts those of this type that are still being decided on or repaid. Raises LoanTypeInUse."""
    if unfinished_loans:
        raise LoanTypeInUse("Cannot delete a loan type while loans of it are not finished")
