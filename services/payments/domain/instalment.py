"""One line of a schedule: what is owed on it, and how far it is paid."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from shared.money import ZERO


class InstalmentStatus(StrEnum):
    """How far an instalment is paid. OVERDUE is never stored: it is what an unpaid one is called once it is late."""

    PENDING = "PENDING"
    PARTIAL = "PARTIAL"
    PAID = "PAID"
    OVERDUE = "OVERDUE"


@dataclass(frozen=True, slots=True)
class Instalment:
    """Amounts by part: all of what falls due, or only what is still owed of it, as the reader of it says.

    `takes_charges` is False for a down payment. `is_charge_line`: no instalment of the schedule, but the line of the
    charges dated after the last due date.
    """

    sequence: int
    due_on: date
    interest: Decimal
    principal: Decimal
    penalty: Decimal = ZERO
    fee: Decimal = ZERO
    takes_charges: bool = True
    is_charge_line: bool = False

    @property
    def total(self) -> Decimal:
        return self.penalty + self.fee + self.interest + self.principal


def instalment_status(*, due: Decimal, paid: Decimal) -> InstalmentStatus:
    """Whether `paid` covers all, some or nothing of what is `due` on an instalment."""
    if paid >= due:
        return InstalmentStatus.PAID
    return InstalmentStatus.PARTIAL if paid else InstalmentStatus.PENDING
