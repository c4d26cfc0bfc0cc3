"""Schedules without a step in the life of the loan: previewed, made again, or made where one is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.lending.domain.application import Request
from services.lending.domain.loan import FINAL
from services.lending.domain.preview import Preview, preview
from services.lending.domain.reschedule import ScheduleEnd
from services.lending.domain.terms import InvalidTerms
from services.lending.events import LoanUpdated
from services.lending.models import Instalment, Loan, LoanType
from services.lending.queries import schedules
from services.lending.steps import schedule
from services.lending.steps.agreement import Offer
from services.lending.steps.transition import recorded_change, seen_loan
from shared.context import Actor
from shared.db import UnitOfWork
from shared.errors import Conflict
from shared.tally import EVERYBODY


class NoSchedule(Conflict):
    """The loan has no schedule yet, or none that counts any more."""


@dataclass(frozen=True, slots=True)
class Generated:
    """How many loans lacked a schedule, and how many of them have one now."""

    missing: int
    made: int


def preview_schedule(request: Request, loan_type: LoanType | None, *, today: date) -> Preview:
    """The schedule of the loan that is asked for; `loan_type` is the one it names, if there is one.

    Raises LoanTypeUnavailable, OutsideLimits, NotOverridable, InvalidTerms.
    """
    offer = Offer.of(loan_type, is_requested=request.loan_type_id is not None)
    conditions = offer.conditions_with(request.wishes, request.principal)
    terms = conditions.terms(request.principal, request.term_count, request.term_unit)
    offer.check(terms)
    return preview(terms, conditions, request.start_on or today)


def regenerate_schedule(
    uow: UnitOfWork, *, loan_id: UUID, by: Actor, at: datetime
) -> tuple[Loan, int, Sequence[Instalment]]:
    """Make the schedule of a loan again from what was agreed on; payments puts every repayment on it.

    Returns the loan, how many lines it had, and those it has now. Raises LoanNotFound, NoSchedule, MorePaidThanDue.
    """
    loan = seen_loan(uow, loan_id, by)
    if loan.status in FINAL or loan.base_on is None:
        raise NoSchedule(f"A loan that is {loan.status} has no schedule to make again")
    former = len(schedules.schedule_of(uow.session, loan.id))
    with recorded_change(uow, loan, LoanUpdated, "SCHEDULE_REGENERATED", at=at) as announcement:
        announcement.schedule = _make_again(uow, loan, loan.base_on, at)
    return loan, former, announcement.schedule


def generate_missing_schedules(uow: UnitOfWork, *, at: datetime) -> Generated:
    """Make the schedule of every loan that ought to have one and does not; one whose terms make none is left out."""
    loans = schedules.loans_without_schedule(uow.session)
    made = [loan for loan in loans if _make_missing(uow, loan, at)]
    uow.audit(
        action="MISSING_SCHEDULES_GENERATED",
        entity_name="Loan",
        entity_id=EVERYBODY,
        metadata={"totalLoans": len(loans), "loanNumbers": [loan.loan_number for loan in made]},
    )
    return Generated(len(loans), len(made))


def _make_again(uow: UnitOfWork, loan: Loan, base_day: date, at: datetime) -> list[Instalment]:
    """The later lines of a rescheduled loan come from what was proposed last, the earlier ones stay as they are."""
    last = schedules.last_approved_reschedule(uow.session, loan.id)
    if last is None:
        return schedule.write_schedule(uow, loan, base_day=base_day, at=at, because=ScheduleEnd.REGENERATED)
    stay, made = schedule.lines_by(last, schedules.schedule_of(uow.session, loan.id))
    return schedule.put_lines(uow, loan, stay, made, at=at, because=ScheduleEnd.REGENERATED)


def _make_missing(uow: UnitOfWork, loan: Loan, at: datetime) -> bool:
    base_day = loan.base_on or loan.disbursed_on or loan.start_on
    try:
        lines = schedule.write_schedule(uow, loan, base_day=base_day, at=at, because=ScheduleEnd.REGENERATED)
    except (InvalidTerms, schedule.MorePaidThanDue):
        return False
    loan.updated_at, loan.version = at, loan.version + 1
    uow.publish(LoanUpdated.of(loan, lines))
    return True
