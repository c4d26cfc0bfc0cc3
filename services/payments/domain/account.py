"""The account of a loan: when it takes money, and what its status is here."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from services.payments.domain.settlement import InterestRule
from shared.errors import Conflict


class LoanStatus(StrEnum):
    """The life of a loan as lending publishes it."""

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


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """What lending last published of a loan, but for its union and its officer, which are those of the member now.

    `daily_penalty` accrues for each day late beyond the grace; it is 0 where penalties are only shown.
    """

    loan_number: str
    member_id: UUID
    loan_type_id: UUID | None
    created_by: UUID
    principal: Decimal
    currency: str
    lending_status: str
    disbursed_at: datetime | None
    closed_at: datetime | None
    term_count: int
    term_unit: str
    start_on: date
    end_on: date | None
    annual_rate: Decimal
    processing_fee: Decimal
    processing_fee_collected: bool
    penalty_per_day: Decimal
    interest_method: str
    rounding: str
    rebates_unearned_interest: bool
    base_on: date | None
    disbursed_on: date | None
    submitted_at: datetime | None
    approved_at: datetime | None
    approved_by: UUID | None
    disbursement_method: str | None
    disbursement_reference: str | None
    notes: str | None
    created_at: datetime
    updated_at: datetime
    daily_penalty: Decimal
    penalty_grace_days: int
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Account(LoanFacts):
    """The account of a loan: what lending last published of the loan, and what its money comes to.

    `status` is what the money makes of `lending_status`; money also has a say in `disbursed_at`, `closed_at` and
    `is_deleted`. `facts_version` separates newer facts from older ones. `version` counts what this service published
    of the account. `last_paid_on` is the newest value date of a repayment.
    """

    loan_id: UUID
    union_id: UUID
    officer_id: UUID
    status: str
    facts_version: int
    schedule_version: int
    version: int
    paid: Decimal
    outstanding: Decimal
    outstanding_principal: Decimal
    last_paid_on: date | None

    @property
    def has_schedule(self) -> bool:
        """Whether there is a schedule to pay on; that of a loan whose disbursement was undone is gone."""
        return self.schedule_version > 0 and bool(self.paid or self.outstanding)

    @property
    def interest_rule(self) -> InterestRule:
        """How the interest of the loan is earned."""
        return InterestRule(
            by_day=self.interest_method == "DECLINING_BALANCE" or self.rebates_unearned_interest,
            started_on=self.base_on or self.disbursed_on or self.start_on,
            rounding=ROUND_HALF_EVEN if self.rounding == "HALF_EVEN" else ROUND_HALF_UP,
        )


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


def account_status(published: LoanStatus, *, paid: Decimal, outstanding: Decimal) -> LoanStatus:
    """The status that money makes of the one lending last published, so that nobody has to wait for lending to follow.

    The first payment disburses an approved loan, the last one completes a running one, and a completed one on which
    something is owed again, because a repayment was reversed, runs again.
    """
    if published is LoanStatus.COMPLETED:
        return LoanStatus.ACTIVE if outstanding else published
    if published not in RUNNING or not paid:
        return published
    if not outstanding:
        return LoanStatus.COMPLETED
    return LoanStatus.ACTIVE if published is LoanStatus.APPROVED else published
