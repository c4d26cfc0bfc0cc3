"""What happened to a loan's money. Facts are added and never changed; where the money went is derived from them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class RepaymentKind(StrEnum):
    """What an entry about money received is: a recovery comes in after the write-off, a reversal takes another back."""

    REPAYMENT = "REPAYMENT"
    RECOVERY = "RECOVERY"
    REVERSAL = "REVERSAL"


class ChargeKind(StrEnum):
    """What is added to what a loan owes; or taken off it: interest that is not asked for after an early settlement."""

    FEE = "FEE"
    PENALTY = "PENALTY"
    INTEREST_REBATE = "INTEREST_REBATE"


@dataclass(frozen=True, slots=True)
class Repayment:
    """The facts of a repayment that decide its place and its effect; `arrival` grows in the order they came."""

    id: UUID
    amount: Decimal
    paid_on: date
    paid_at: datetime
    arrival: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or a penalty, which belongs to the instalment whose period holds `due_on`; or a rebate of interest.

    One that was given up (`is_waived`) is asked for no more.
    """

    kind: ChargeKind
    due_on: date
    amount: Decimal
    is_waived: bool = False
