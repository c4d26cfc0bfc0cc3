"""When a loan takes money, and what its status is here."""

from decimal import Decimal
from enum import StrEnum

from shared.errors import Conflict


class LoanStatus(StrEnum):
    """The life of a loan as lending tells it."""

    DRAFT = "DRAFT"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    DEFAULTED = "DEFAULTED"
    WRITTEN_OFF = "WRITTEN_OFF"
    CANCELED = "CANCELED"


RUNNING = frozenset({LoanStatus.APPROVED, LoanStatus.ACTIVE, LoanStatus.DEFAULTED})
LISTED = RUNNING | {LoanStatus.COMPLETED}
CLOSED = frozenset({LoanStatus.COMPLETED, LoanStatus.WRITTEN_OFF, LoanStatus.CANCELED})
# What comes in on a written-off loan is a recovery: the loan stays written off.
PAYABLE = RUNNING | {LoanStatus.WRITTEN_OFF}


class LoanNotPayable(Conflict):
    """The loan is not in a status that takes money, or it has no schedule to put money on."""


class LoanNotChargeable(Conflict):
    """The loan is not running, or it has no schedule to put charges on."""


def check_takes_money(status: LoanStatus, *, has_schedule: bool) -> None:
    """Raises LoanNotPayable unless the loan is running or written off and its schedule, be it provisional, is known."""
    if status not in PAYABLE or not has_schedule:
        raise LoanNotPayable("Can only make payments on active or approved loans")


def check_takes_charges(status: LoanStatus, *, has_schedule: bool) -> None:
    """Raises LoanNotChargeable unless the loan is running and its schedule is known."""
    if status not in RUNNING or not has_schedule:
        raise LoanNotChargeable("Charges can only be added to, or waived on, active or approved loans")


def account_status(told: LoanStatus, *, paid: Decimal, outstanding: Decimal) -> LoanStatus:
    """The status that money makes of the one lending last told, so that nobody has to wait for lending to follow.

    The first payment disburses an approved loan, the last one completes a running one, and a completed one on which
    something is owed again, because a repayment was reversed, runs again.
    """
    if told is LoanStatus.COMPLETED:
        return LoanStatus.ACTIVE if outstanding else told
    if told not in RUNNING or not paid:
        return told
    if not outstanding:
        return LoanStatus.COMPLETED
    return LoanStatus.ACTIVE if told is LoanStatus.APPROVED else told
