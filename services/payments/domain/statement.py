"""What happened on a loan, in the order in which it counts, and what was owed after each of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.payments.domain.replay import Standing
from shared.money import ZERO


class MovementKind(StrEnum):
    """What changes what is owed."""

    LOAN = "LOAN"
    NEW_TERMS = "NEW_TERMS"
    FEE = "FEE"
    PENALTY = "PENALTY"
    WAIVER = "WAIVER"
    INTEREST_REBATE = "INTEREST_REBATE"
    REPAYMENT = "REPAYMENT"
    RECOVERY = "RECOVERY"
    REVERSAL = "REVERSAL"


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount by part."""

    penalty: Decimal = ZERO
    fee: Decimal = ZERO
    interest: Decimal = ZERO
    principal: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of a statement: what was `charged` is owed more from the day `on`, what was `credited` less; `balance`
    is owed after it.

    `arrival` orders what is of one day. `parts` is what the amount is made of, None of money that was taken back later.
    """

    on: date
    arrival: int
    kind: MovementKind
    charged: Decimal = ZERO
    credited: Decimal = ZERO
    parts: Parts | None = None
    method: str | None = None
    reference: str | None = None
    note: str | None = None
    balance: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Statement:
    """All movements of a loan to the end of a day, and how its instalments stood then."""

    day: date
    movements: Sequence[Movement]
    standings: Sequence[Standing]

    @property
    def balance(self) -> Decimal:
        """Owed at the end of the day, whether due yet or not."""
        return self.movements[-1].balance if self.movements else ZERO

    @property
    def principal_owed(self) -> Decimal:
        """The principal in it."""
        return sum((line.due.principal - line.principal_paid for line in self.standings), ZERO)

    @property
    def arrears(self) -> Decimal:
        """What is overdue of it."""
        return sum((line.owed for line in self.standings if line.due.due_on < self.day), ZERO)

    def turnover(self, first: date) -> "Turnover":
        """The movements from the day `first` on, summed up."""
        before = [movement for movement in self.movements if movement.on < first]
        since = self.movements[len(before) :]
        return Turnover(
            before[-1].balance if before else ZERO,
            sum((movement.charged for movement in since if movement.kind is not MovementKind.REVERSAL), ZERO),
            sum((_received(movement) for movement in since), ZERO),
            sum((movement.credited for movement in since if movement.kind in _TAKEN_OFF), ZERO),
            self.balance,
        )


@dataclass(frozen=True, slots=True)
class Turnover:
    """What a span did to what is owed: `opening` + `charged` - `received` - `given_up` = `closing`. What was received
    is less what was taken back; what new terms add is charged, and what they take off is given up."""

    opening: Decimal
    charged: Decimal
    received: Decimal
    given_up: Decimal
    closing: Decimal

    def __add__(self, other: "Turnover") -> "Turnover":
        return Turnover(
            self.opening + other.opening,
            self.charged + other.charged,
            self.received + other.received,
            self.given_up + other.given_up,
            self.closing + other.closing,
        )


_TAKEN_OFF = frozenset({MovementKind.WAIVER, MovementKind.INTEREST_REBATE, MovementKind.NEW_TERMS})


def with_balances(movements: Iterable[Movement]) -> list[Movement]:
    """The movements by day and then by arrival, each with what is owed after it."""
    found, balance = [], ZERO
    for movement in sorted(movements, key=lambda movement: (movement.on, movement.arrival)):
        balance += movement.charged - movement.credited
        found.append(replace(movement, balance=balance))
    return found


def _received(movement: Movement) -> Decimal:
    match movement.kind:
        case MovementKind.REPAYMENT | MovementKind.RECOVERY:
            return movement.credited
        case MovementKind.REVERSAL:
            return -movement.charged
        case _:
            return ZERO
