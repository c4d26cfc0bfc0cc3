"""Writing the schedule of a loan, and keeping the one it replaces."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from services.lending.domain.progress import InstalmentStatus
from services.lending.domain.reschedule import Due, ScheduleEnd, continued, lines_that_stay
from services.lending.domain.schedule import Instalment as Line
from services.lending.domain.schedule import interest_total, make_schedule
from services.lending.events import schedule_lines
from services.lending.models import EndedSchedule, Instalment, Loan, Reschedule, terms_of
from services.lending.queries import schedules
from shared.context import Context
from shared.db import UnitOfWork
from shared.errors import Conflict
from shared.ids import new_id
from shared.messaging.events import plain
from shared.money import ZERO

Present = TypeVar("Present", bound=Due)


class MorePaidThanDue(Conflict):
    """The loan would come to less than what was already paid on it."""


def write_schedule(
    uow: UnitOfWork, loan: Loan, *, base_day: date, at: datetime, because: ScheduleEnd, principal: Decimal | None = None
) -> list[Instalment]:
    """Make the schedule of a loan from its terms, in place of the one it may have; of another principal, if given.

    Raises InvalidTerms, MorePaidThanDue.
    """
    made = make_schedule(terms_of(loan, loan.principal if principal is None else principal), base_day)
    instalments = put_lines(uow, loan, (), made, at=at, because=because)
    loan.base_on = base_day
    return instalments


def put_lines(
    uow: UnitOfWork, loan: Loan, stay: Sequence[Instalment], made: Sequence[Line], *, at: datetime, because: ScheduleEnd
) -> list[Instalment]:
    """Put lines after those of the present schedule that stay; the loan then comes to what they sum up to.

    Raises MorePaidThanDue.
    """
    instalments = [*stay, *(_planned(loan.id, line, at) for line in made)]
    principal = sum((line.principal for line in instalments), ZERO)
    come_to(loan, principal, sum((line.interest for line in instalments), ZERO))
    end_schedule(uow, loan, stay=stay, at=at, because=because)
    if loan in uow.session.new:
        # Its lines refer to its row, which nothing tells the session.
        uow.session.flush()
    uow.session.add_all(instalments)
    loan.schedule_version += 1
    loan.end_on = instalments[-1].due_on
    return instalments


def lines_by(proposal: Reschedule, schedule: Sequence[Present]) -> tuple[list[Present], Sequence[Line]]:
    """The lines of a schedule that stay by this proposal, and those that it puts after them.

    Raises NothingToReschedule, InvalidTerms.
    """
    stay, principal = lines_that_stay(schedule, proposal.from_on)
    return stay, continued(terms_of(proposal, principal), proposal.from_on, after=len(stay))


def plan(loan: Loan, principal: Decimal) -> None:
    """Say what a loan without a schedule will come to, and when it will end, if it is disbursed on its start date.

    Raises InvalidTerms, MorePaidThanDue.
    """
    lines = make_schedule(terms_of(loan, principal), loan.start_on)
    come_to(loan, principal, interest_total(lines))
    loan.end_on = lines[-1].due_on


def come_to(loan: Loan, principal: Decimal, interest: Decimal) -> None:
    """Set the principal and the interest of a loan; what is outstanding changes by as much. Raises MorePaidThanDue."""
    outstanding = refuse_less_than_paid(loan, principal + interest)
    loan.principal, loan.interest_total, loan.outstanding = principal, interest, outstanding


def refuse_less_than_paid(loan: Loan, total: Decimal) -> Decimal:
    """What would be outstanding if principal and interest came to this. Raises MorePaidThanDue."""
    outstanding = loan.outstanding + total - loan.principal - loan.interest_total
    if outstanding < 0:
        raise MorePaidThanDue(f"The loan would come to {-outstanding:.2f} less than what was already paid on it")
    return outstanding


def change_principal(loan: Loan, principal: Decimal) -> None:
    """Another principal for a loan without a schedule, with the fee that belongs to it. Raises InvalidTerms."""
    loan.processing_fee = loan.conditions.without_fee_by_rate(loan.principal).fee_on(principal)
    plan(loan, principal)


def remove_schedule(uow: UnitOfWork, loan: Loan, *, at: datetime, because: ScheduleEnd) -> list[Instalment] | None:
    """Take the schedule away and plan the loan anew; returns the empty one to publish, None when there was none."""
    if not end_schedule(uow, loan, stay=(), at=at, because=because):
        return None
    loan.base_on, loan.schedule_version = None, loan.schedule_version + 1
    plan(loan, loan.principal)
    return []


def end_schedule(
    uow: UnitOfWork, loan: Loan, *, stay: Sequence[Instalment], at: datetime, because: ScheduleEnd
) -> bool:
    """Move the present schedule into the history, all but the lines that stay; whether there was one."""
    lines = schedules.schedule_of(uow.session, loan.id) if loan.schedule_version else ()
    if not lines:
        return False
    ended = EndedSchedule(
        loan_id=loan.id,
        schedule_version=loan.schedule_version,
        lines=plain(schedule_lines(lines)),
        ended_by=because,
        ended_at=at,
        actor_id=_actor_id(uow.context),
    )
    uow.session.add(ended)
    schedules.remove_lines(uow.session, loan.id, but={line.id for line in stay})
    return True


def unpaid_instalment(
    instalment_id: UUID,
    loan_id: UUID,
    *,
    sequence: int,
    due_on: date,
    principal: Decimal,
    interest: Decimal,
    at: datetime,
) -> Instalment:
    """A line of a schedule as it is planned, with nothing charged or paid on it yet."""
    return Instalment(
        id=instalment_id,
        loan_id=loan_id,
        sequence=sequence,
        due_on=due_on,
        principal=principal,
        interest=interest,
        penalty=ZERO,
        fee=ZERO,
        is_charge_line=False,
        paid=ZERO,
        status=InstalmentStatus.PENDING,
        created_at=at,
        updated_at=at,
    )


def _planned(loan_id: UUID, line: Line, at: datetime) -> Instalment:
    return unpaid_instalment(
        new_id(),
        loan_id,
        sequence=line.sequence,
        due_on=line.due_on,
        principal=line.principal,
        interest=line.interest,
        at=at,
    )


def _actor_id(context: Context) -> UUID | None:
    return context.actor.id if context.actor else context.actor_id
