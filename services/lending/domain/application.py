"""An application for a loan, and how far it goes by itself once it is received."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.lending.domain.loan import LoanStatus
from services.lending.domain.terms import TermUnit
from shared.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What was asked for. `annual_rate` is a fraction per year; None is what the applicant left open."""

    member_id: UUID
    principal: Decimal
    term_count: int
    term_unit: TermUnit
    loan_type_id: UUID | None = None
    start_on: date | None = None
    processing_fee: Decimal | None = None
    penalty_per_day: Decimal | None = None
    annual_rate: Decimal = ZERO
    officer_id: UUID | None = None
    notes: str | None = None
    submit: bool | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it says everything the web client's form asks for."""
        return None not in (self.start_on, self.processing_fee, self.penalty_per_day)


class CreateFlow(StrEnum):
    """The institution's policy for new loans that do not say whether to be submitted."""

    COMPLETE_APPLICATION = "complete-application"
    DRAFT = "draft"
    LEGACY = "legacy"


def status_after_creation(flow: CreateFlow, *, submit: bool | None, is_complete: bool, by_admin: bool) -> LoanStatus:
    """The status a new loan is carried to: DRAFT, PENDING_APPROVAL or ACTIVE.

    The applicant's word (`submit`) decides. Without it, by policy: a complete application goes as far as its author may
    take it (an officer to PENDING_APPROVAL, an administrator to ACTIVE); `draft` keeps every loan a draft; `legacy`
    takes every loan as complete.
    """
    if submit is not None:
        return LoanStatus.PENDING_APPROVAL if submit else LoanStatus.DRAFT
    goes_on = flow is CreateFlow.LEGACY or (flow is CreateFlow.COMPLETE_APPLICATION and is_complete)
    if not goes_on:
        return LoanStatus.DRAFT
    return LoanStatus.ACTIVE if by_admin else LoanStatus.PENDING_APPROVAL
