"""An application for a loan, and how far it goes by itself once it is received."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.lending.domain.loan import LoanStatus
from services.lending.domain.terms import TermUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How much money for how long, and from when; None is what the applicant left open.

    `wishes` are the conditions that were asked for, by their names (see `conditions.Conditions`).
    """

    principal: Decimal
    term_count: int
    term_unit: TermUnit
    loan_type_id: UUID | None = None
    start_on: date | None = None
    wishes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application(Request):
    """What was asked for, for whom, and whether it is meant to be decided on at once."""

    member_id: UUID
    officer_id: UUID | None = None
    notes: str | None = None
    submit: bool | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it says everything the web client's form asks for."""
        return self.start_on is not None and {"processing_fee", "penalty_per_day"} <= self.wishes.keys()


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
