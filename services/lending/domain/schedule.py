"""How a loan is repaid: its instalments, made once from the terms, never by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from services.lending.domain import declining_balance, flat
from services.lending.domain.conventions import OURS, Conventions, LevelBasis
from services.lending.domain.dates import due_dates
from services.lending.domain.factors import period_factors, regular_factor
from services.lending.domain.proof import Proof, Rule
from services.lending.domain.rounding import EXACT, Grain
from services.lending.domain.spread import Loan, Spread, held_back
from services.lending.domain.terms import (
    LARGEST_AMOUNT,
    Amortization,
    DayCount,
    InterestMethod,
    InvalidTerms,
    Terms,
)
from shared.money import CENT, ZERO


@dataclass(frozen=True, slots=True)
class Instalment:
    """One line of a schedule; `sequence` counts from 1, `balance_after` is the principal still owed after it."""

    sequence: int
    due_on: date
    principal: Decimal
    interest: Decimal
    balance_after: Decimal
    proof: Proof

    @property
    def total(self) -> Decimal:
        """Everything due on that day."""
        return self.principal + self.interest


def make_schedule(terms: Terms, base_day: date, conventions: Conventions = OURS) -> tuple[Instalment, ...]:
    """The instalments of these terms, counted from `base_day`; the last one takes what rounding left.

    The principals sum to that of the terms, no part is below zero, and the same terms always give the same schedule.
    50000.00 over 12 is 11 x 4166.67 and 4166.63. Raises InvalidTerms.
    """
    due_days = due_dates(terms, base_day, conventions.missing_day)
    with localcontext(EXACT):
        loan = _loan(terms, base_day, due_days, conventions)
        spread = _spread(loan, terms, conventions)
        if spread is None:
            raise _unpayable(terms)
        return _lines(loan, spread, due_days)


def interest_total(instalments: Sequence[Instalment]) -> Decimal:
    """All the interest of a schedule."""
    return sum((line.interest for line in instalments), ZERO)


def _loan(terms: Terms, base_day: date, due_days: Sequence[date], conventions: Conventions) -> Loan:
    factors = period_factors(terms, base_day, due_days, conventions)
    is_nominal = _level_basis(terms, conventions) is LevelBasis.NOMINAL
    rounding = conventions.rounding or f"ROUND_{terms.interest.rounding}"
    return Loan(
        principal=terms.principal.quantize(CENT),
        factors=factors,
        level_factors=(regular_factor(terms, conventions),) * len(factors) if is_nominal else factors,
        principal_grace=terms.interest.principal_grace,
        interest_grace=terms.interest.interest_grace,
        money=Grain(conventions.unit, rounding),
        instalment=Grain(max(terms.interest.instalment_multiple or conventions.unit, conventions.unit), rounding),
    )


def _level_basis(terms: Terms, conventions: Conventions) -> LevelBasis:
    if conventions.level_basis:
        return conventions.level_basis
    return LevelBasis.NOMINAL if terms.interest.day_count is DayCount.EQUAL_PERIODS else LevelBasis.FACTORS


def _spread(loan: Loan, terms: Terms, conventions: Conventions) -> Spread | None:
    match terms.interest.interest_method, terms.interest.amortization:
        case InterestMethod.FLAT, Amortization.LEVEL_TOTAL:
            return flat.level_total(loan)
        case InterestMethod.FLAT, _:
            return flat.total_split(loan)
        case _, Amortization.EQUAL_PRINCIPAL:
            return declining_balance.equal_principal(loan)
    is_nominal = _level_basis(terms, conventions) is LevelBasis.NOMINAL
    rule = Rule.DECLINING_LEVEL if is_nominal else Rule.DECLINING_FACTORS
    return declining_balance.level_total(loan, rule=rule, is_smoothed=conventions.is_smoothed)


def _unpayable(terms: Terms) -> InvalidTerms:
    if terms.interest.instalment_multiple:
        message = f"Instalments that are multiples of {terms.interest.instalment_multiple:f} cannot repay this loan."
        return InvalidTerms(message, field="instalment_multiple")
    field = "first_due_on" if terms.first_due_on else "term_count"
    return InvalidTerms("No level instalment covers the interest of every period of this loan.", field=field)


def _lines(loan: Loan, spread: Spread, due_days: Sequence[date]) -> tuple[Instalment, ...]:
    asked = held_back([part.interest for part in spread.parts], loan.interest_grace)
    if loan.principal + sum(asked, ZERO) > LARGEST_AMOUNT:
        message = "Principal and interest exceed the largest amount that can be recorded."
        raise InvalidTerms(message, field="principal")
    lines, balance = [], loan.principal
    columns = zip(due_days, loan.factors, spread.parts, asked, strict=True)
    for sequence, (due_on, factor, part, interest) in enumerate(columns, start=1):
        balance -= part.principal
        has_principal = sequence > loan.principal_grace
        proof = Proof(
            rule=spread.rule,
            factor=factor.value,
            charged_on=part.charged_on,
            interest=part.unrounded_interest,
            level=spread.level if has_principal else None,
            principal=spread.share if has_principal else None,
            rounding=loan.money.rounding,
            step=loan.money.step,
            multiple=loan.instalment.step,
            held_back=interest - part.interest,
            takes_the_rest=sequence == loan.count,
        )
        lines.append(Instalment(sequence, due_on, part.principal, interest, balance, proof))
    return tuple(lines)
