"""What a loan was agreed on: frozen with the loan, and complete enough to make its schedule again at any time."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shared.errors import RuleViolated
from shared.money import CENT, ZERO

LARGEST_AMOUNT = Decimal("999999999999.99")
LONGEST_TERM = 3650
LONGEST_STEP = 365
HIGHEST_RATE = Decimal(2)


class InvalidTerms(RuleViolated):
    """These terms cannot make a loan."""


class TermUnit(StrEnum):
    """What `repay_every` counts: the time from one instalment to the next."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class InterestMethod(StrEnum):
    """What interest is charged on: the whole principal all along, or what is left of it."""

    FLAT = "FLAT"
    DECLINING_BALANCE = "DECLINING_BALANCE"


class Amortization(StrEnum):
    """What the instalments have in common."""

    EQUAL_INSTALMENTS = "EQUAL_INSTALMENTS"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"
    LEVEL_TOTAL = "LEVEL_TOTAL"


class DayCount(StrEnum):
    """How long a period is held to be when its interest is charged."""

    EQUAL_PERIODS = "EQUAL_PERIODS"
    THIRTY_360 = "THIRTY_360"
    ACTUAL_360 = "ACTUAL_360"
    ACTUAL_364 = "ACTUAL_364"
    ACTUAL_365 = "ACTUAL_365"
    ACTUAL_ACTUAL = "ACTUAL_ACTUAL"


class Rounding(StrEnum):
    """Where an amount goes that lies exactly between two: away from zero, or to the even one."""

    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"


_ONLY_WITH = {
    Amortization.EQUAL_PRINCIPAL: InterestMethod.DECLINING_BALANCE,
    Amortization.LEVEL_TOTAL: InterestMethod.FLAT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """How interest is charged and repaid, whatever the amount and the length of the loan.

    `annual_rate` is a fraction per year (0.24 is 24 %). An instalment is due every `repay_every` units of the term.
    `principal_grace` and `interest_grace` count the first instalments that ask for no principal, or whose interest is
    asked for later. `instalment_multiple` is the whole amount that the instalments with principal are multiples of, but
    for the last; interest held back comes on top of a level instalment.
    """

    annual_rate: Decimal = ZERO
    interest_method: InterestMethod = InterestMethod.FLAT
    amortization: Amortization = Amortization.EQUAL_INSTALMENTS
    day_count: DayCount = DayCount.EQUAL_PERIODS
    repay_every: int = 1
    principal_grace: int = 0
    interest_grace: int = 0
    instalment_multiple: Decimal | None = None
    rounding: Rounding = Rounding.HALF_UP


NO_INTEREST = Interest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The agreed numbers of a loan: so many instalments of a principal, at this interest. Raises InvalidTerms, naming
    the field, when they make no loan.

    `first_due_on` is the day of instalment 1 where it is not one step after the base day.
    """

    principal: Decimal
    term_count: int
    term_unit: TermUnit
    interest: Interest = NO_INTEREST
    first_due_on: date | None = None

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_grace()
        self._check_amortization()
        self._check_multiple()

    def _check_numbers(self) -> None:
        if not 1 <= self.term_count <= LONGEST_TERM:
            raise InvalidTerms(f"A loan has between 1 and {LONGEST_TERM} instalments.", field="term_count")
        if not 1 <= self.interest.repay_every <= LONGEST_STEP:
            raise InvalidTerms(f"An instalment is due every 1 to {LONGEST_STEP} units.", field="repay_every")
        rate = self.interest.annual_rate
        if rate.is_signed() or not (rate.is_finite() and rate <= HIGHEST_RATE):
            raise InvalidTerms("The interest rate must be between 0 and 200 % a year.", field="annual_rate")
        if not (self.principal.is_finite() and self.principal <= LARGEST_AMOUNT):
            raise InvalidTerms(f"The principal is at most {LARGEST_AMOUNT}.", field="principal")
        if self.principal % CENT:
            raise InvalidTerms("The principal has at most two decimals.", field="principal")
        if self.principal < CENT * self.term_count:
            message = f"The principal is too small for {self.term_count} instalments."
            raise InvalidTerms(message, field="principal")

    def _check_grace(self) -> None:
        for name in ("principal_grace", "interest_grace"):
            if not 0 <= getattr(self.interest, name) < self.term_count:
                raise InvalidTerms("The grace must leave at least the last instalment.", field=name)

    def _check_amortization(self) -> None:
        amortization, method = self.interest.amortization, self.interest.interest_method
        needed = _ONLY_WITH.get(amortization, method)
        if needed is not method:
            raise InvalidTerms(f"{amortization} needs {needed} interest.", field="amortization")

    def _check_multiple(self) -> None:
        multiple = self.interest.instalment_multiple
        if multiple is None:
            return
        if not (multiple.is_finite() and multiple > 0 and multiple == multiple.to_integral_value()):
            raise InvalidTerms(
                "The instalment multiple must be a whole amount above zero.", field="instalment_multiple"
            )
        if self.principal < multiple * self.term_count:
            message = f"The principal is too small for {self.term_count} instalments of {multiple:f} or more."
            raise InvalidTerms(message, field="principal")
