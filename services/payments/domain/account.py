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


class LoanNotPayable(Conflict):
    """The loan is not in a status that takes money, or it has no schedule to put money on."""


def check_takes_money(status: LoanStatus, *, has_schedule: bool) -> None:
    """Raises LoanNotPayable unless the loan is running and its schedule is known, be it only a provisional one."""
    if status not in RUNNING or not has_schedule:
        raise LoanNotPayable("Can only make payments on active or approved loans")


def account_status(told: LoanStatus, *, paid: Decimal, outstanding: Decimal) -> LoanStatus:
    """The status that money makes of the one lending last told, so that nobody has to wait for lending to follow.

    The first payment disburses an approved loan, the last one completes a running one.
    """
    if told not in RUNNING or not paid:
        return told
    if not outstanding:
        return LoanStatus.COMPLETED
    return LoanStatus.ACTIVE if told is LoanStatus.APPROVED else told
