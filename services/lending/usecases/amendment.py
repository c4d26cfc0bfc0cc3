"""The amendment of a loan: another agreement, or its deletion."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from services.lending.domain.conditions import Conditions
from services.lending.domain.loan import FINAL, UNDECIDED
from services.lending.domain.reschedule import ScheduleEnd
from services.lending.domain.terms import TermUnit
from services.lending.events import LoanUpdated
from services.lending.models import Loan, LoanType
from services.lending.queries import counts
from services.lending.steps import closure, schedule, separation, undo
from services.lending.steps.agreement import Offer, freeze, offer_for_loan
from services.lending.steps.transition import recorded_change, seen_loan
from shared.context import Actor, Role
from shared.db import UnitOfWork
from shared.errors import Conflict, Forbidden
from shared.wire import timestamp


class DecidedAlready(Forbidden):
    """An officer changes or withdraws an application only until it is decided on."""


class LoanEnded(Conflict):
    """A loan that has ended is not changed any more."""


class ChangedMeanwhile(Conflict):
    """Somebody else changed the loan since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to change; what is None stays. `wishes` are conditions by their names."""

    principal: Decimal | None = None
    term_count: int | None = None
    term_unit: TermUnit | None = None
    loan_type_id: UUID | None = None
    start_on: date | None = None
    notes: str | None = None
    expected_updated_at: datetime | None = None
    wishes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a loan is agreed on; `size` is how much for how long, `plan` all that its schedule depends on."""

    conditions: Conditions
    principal: Decimal
    term_count: int
    term_unit: TermUnit
    loan_type_id: UUID | None

    @classmethod
    def of(cls, loan: Loan) -> Self:
        """What the loan is agreed on now."""
        conditions = loan.conditions.without_fee_by_rate(loan.principal)
        return cls(conditions, loan.principal, loan.term_count, loan.term_unit, loan.loan_type_id)

    @property
    def size(self) -> tuple[Decimal, int, TermUnit]:
        return self.principal, self.term_count, self.term_unit

    @property
    def plan(self) -> tuple[Any, ...]:
        return self.size, self.conditions.interest, self.conditions.first_due_on


def edit_loan(uow: UnitOfWork, change: Change, *, loan_id: UUID, by: Actor, at: datetime) -> Loan:
    """Change a loan. Its schedule, if it has one and it depends on what changed, is made anew.

    Raises LoanNotFound, DecidedAlready, LoanEnded, ChangedMeanwhile, OwnOfficer, FourEyesNeeded, AlreadyRescheduled,
    MorePaidThanDue, LoanTypeUnavailable, OutsideLimits, NotOverridable, InvalidTerms.
    """
    loan = seen_loan(uow, loan_id, by)
    _check_editable(loan, change, by)
    agreed = _agreed(uow, loan, change)
    separation.check_change(uow, loan, agreed.principal, at=at)
    start_on = change.start_on or loan.start_on
    base = start_on if loan.base_on == loan.start_on else loan.base_on
    is_other = base != loan.base_on or agreed.plan != Agreement.of(loan).plan
    if is_other:
        undo.refuse_rescheduled(uow, loan)
    with recorded_change(uow, loan, LoanUpdated, "LOAN_UPDATED", at=at) as announcement:
        separation.note_maker(uow, loan)
        counts.loan_retyped(uow, loan.loan_type_id, agreed.loan_type_id)
        freeze(loan, agreed.conditions, agreed.principal)
        loan.loan_type_id = agreed.loan_type_id
        loan.term_count, loan.term_unit, loan.start_on = agreed.term_count, agreed.term_unit, start_on
        loan.notes = change.notes or loan.notes
        if base is None:
            schedule.plan(loan, agreed.principal)
        elif is_other:
            announcement.schedule = schedule.write_schedule(
                uow, loan, base_day=base, at=at, because=ScheduleEnd.EDITED, principal=agreed.principal
            )
        if is_other:
            loan.undone = None
    return loan


def delete_loan(uow: UnitOfWork, *, loan_id: UUID, by: Actor, at: datetime, reason: str | None = None) -> None:
    """Take a loan away on which nothing was ever paid. Raises LoanNotFound, DecidedAlready, LoanHasPayments."""
    loan = seen_loan(uow, loan_id, by)
    _check_undecided(loan, by)
    closure.delete(uow, loan, at=at, reason=reason)


def _check_editable(loan: Loan, change: Change, by: Actor) -> None:
    _check_undecided(loan, by)
    if loan.status in FINAL:
        raise LoanEnded(f"A loan that is {loan.status} cannot be changed")
    expected = change.expected_updated_at
    # The wire shows milliseconds, so no more than these can be expected.
    if expected is not None and timestamp(expected) != timestamp(loan.updated_at):
        raise ChangedMeanwhile("The loan was changed by somebody else meanwhile; please load it again")


def _check_undecided(loan: Loan, by: Actor) -> None:
    if by.role is Role.CREDIT_OFFICER and loan.status not in UNDECIDED:
        raise DecidedAlready("You do not have permission to change a loan once it is decided on")


def _agreed(uow: UnitOfWork, loan: Loan, change: Change) -> Agreement:
    """What the loan would be agreed on after the change. Another product brings its own conditions; the present one
    has no say in what was agreed on before, whatever became of it meanwhile."""
    present = Agreement.of(loan)
    if change.loan_type_id not in {None, loan.loan_type_id}:
        offer = offer_for_loan(uow, change.loan_type_id)
        conditions = offer.conditions_with(change.wishes, change.principal or loan.principal)
    else:
        offer = Offer(uow.session.get(LoanType, loan.loan_type_id) if loan.loan_type_id else None)
        conditions = offer.amended(present.conditions, change.wishes, loan.principal)
    agreed = Agreement(
        conditions,
        change.principal or loan.principal,
        change.term_count or loan.term_count,
        change.term_unit or loan.term_unit,
        change.loan_type_id or loan.loan_type_id,
    )
    if (agreed.size, agreed.loan_type_id) != (present.size, present.loan_type_id):
        offer.check(conditions.terms(*agreed.size))
    return agreed
